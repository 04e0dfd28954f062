"""EXIF as programs write it."""

from __future__ import annotations

import struct


def orientation_stored_as(kind: int, order: str, value: bytes) -> bytes:
    """EXIF with an orientation of a TIFF type, its value beside the field or, where that is longer, behind it."""
    pointed = len(value) > 4
    field = struct.pack(order + "HHI", 0x0112, kind, 1) + (
        struct.pack(order + "I", 26) if pointed else value.ljust(4, b"\0")
    )
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    return b"Exif\0\0" + head + struct.pack(order + "H", 1) + field + bytes(4) + (value if pointed else b"")
