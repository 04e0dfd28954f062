"""EXIF's orientation: which way the stored pixels must be turned to stand upright.

Source: CIPA DC-008 4.6, on the blocks of TIFF 6.0.
"""

from __future__ import annotations

import struct
from typing import Final

# By EXIF's orientation: whether to mirror left to right, then by how many degrees to turn clockwise.
TURNS: Final = {
    1: (False, 0),
    2: (True, 0),
    3: (False, 180),
    4: (True, 180),
    5: (True, 270),
    6: (False, 90),
    7: (True, 90),
    8: (False, 270),
}
EXIF_HEAD: Final = b"Exif\x00\x00"
# `struct` formats by TIFF's types. The standard stores the orientation as a SHORT (3), but programs write others too.
_TIFF_NUMBERS: Final = {
    1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d",
}  # fmt: skip


def orientation(exif: bytes) -> int:
    """EXIF's orientation, 1..8; 1 when there is none or the TIFF block is broken."""
    tiff = exif.removeprefix(EXIF_HEAD)
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * entries, 12):
            tag, kind = struct.unpack_from(order + "HH", tiff, entry)
            if tag == 0x0112:
                value = _tiff_number(tiff, order, kind, entry + 8)
                return int(value) if value in range(1, 9) else 1
    except (struct.error, ZeroDivisionError):
        return 1
    return 1


def _tiff_number(tiff: bytes, order: str, kind: int, at: int) -> float:
    """The first number of a TIFF entry, 0 for a type without numbers; at: offset of its value or of a pointer to it."""
    form = _TIFF_NUMBERS.get(kind)
    if form is None:
        return 0
    if struct.calcsize(order + form) > 4:
        (at,) = struct.unpack_from(order + "I", tiff, at)
    number, *denominator = struct.unpack_from(order + form, tiff, at)
    return float(number / denominator[0] if denominator else number)
