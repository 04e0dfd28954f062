"""What a picture file says of itself before anything is decoded: format, size, EXIF, and the bytes that matter.

Files come from strangers. Pillow parses their headers segment by segment in Python and inflates text and colour
profiles nobody asked for, so a small file can cost minutes or hundreds of megabytes. Here the header is walked once,
cheaply, and only what the pixels need is handed on.

Sources: JPEG ITU-T T.81 annex B; PNG specification (third edition) 5 and 11; WebP RFC 9649; BMP as in Microsoft's
"Bitmap Header Types"; EXIF CIPA DC-008 4.6.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

EXPECTED: Final = "a JPEG, PNG, BMP or WebP picture"

# Depth maps and extended XMP need a few hundred segments of 64 kB in a 20 MB file; libjpeg's own progressive script
# has 10 scans. More is an attack: each segment costs a step of Python, each scan a pass over all coefficients.
_MAX_JPEG_SEGMENTS: Final = 1_000
_MAX_JPEG_SCANS: Final = 100
_MAX_RUN_LENGTH_BMP: Final = 1_000_000  # bytes, and pixels: Pillow decodes run lengths in Python, up to 1 us each

_JPEG_MARKER: Final = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_STANDALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
# Application data and comments; JFIF (E0) and Adobe (EE) stay, they tell the colour space.
_JPEG_DROPPED: Final = (frozenset(range(0xE0, 0xF0)) | {0xFE}) - {0xE0, 0xEE}
_EXIF_HEAD: Final = b"Exif\x00\x00"
_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_PNG_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # a pixel, by colour type
_PNG_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE: Final = 1 << 20


class PictureError(Exception):
    """A picture that is refused: HTTP status (413 or 422), what was expected and what came (never picture data)."""

    def __init__(self, status: int, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.status = status
        self.expected = expected
        self.got = got


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the pixels.

    format: JPEG, PNG, BMP or WebP. width, height: pixels as stored, before EXIF turns them. exif: the TIFF block,
    b"" if there is none. source: the file without what the pixels do not need.
    """

    format: str
    width: int
    height: int
    exif: bytes
    source: bytes


def read_header(data: bytes) -> Header:
    """The header of a picture file. PictureError 422 when it is none of the four formats, animated or cut short."""
    for name, (matches, read) in _FORMATS.items():
        if matches(data):
            try:
                return read(data)
            except (struct.error, IndexError) as error:
                raise _truncated(name) from error
    raise PictureError(422, EXPECTED, _foreign(data))


def orientation(exif: bytes) -> int:
    """EXIF's orientation, 1..8; 1 when there is none or the block is broken."""
    tiff = exif.removeprefix(_EXIF_HEAD)
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * entries, 12):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == 0x0112:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _truncated(name: str) -> PictureError:
    return PictureError(422, f"a complete {name} picture", f"a truncated {name}")


def _foreign(data: bytes) -> str:
    if data.startswith(b"GIF8"):
        return "a GIF"
    if data.startswith((b"II*\x00", b"MM\x00*")):
        return "a TIFF"
    if data[4:8] == b"ftyp":
        return "a HEIF, AVIF or MP4 file"
    return f"{len(data)} bytes of no known picture format" if data else "no bytes"


def _read_jpeg(data: bytes) -> Header:
    """Keep the tables, frames and scans up to the end marker; a phone's further pictures behind it are dropped."""
    kept, exif, width, height = bytearray(data[:2]), b"", 0, 0
    for marker, start, end in _jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, start + 5)
        if marker == 0xE1 and not exif and data.startswith(_EXIF_HEAD, start + 4):
            exif = data[start + 4 : end]
        if marker == 0xDA:
            return Header("JPEG", width, height, exif, bytes(kept) + _jpeg_scans(data, start))
        if marker not in _JPEG_DROPPED:
            kept += data[start:end]
    raise _truncated("JPEG")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment after the first two bytes, up to and with the first scan's header."""
    at = 2
    for _ in range(_MAX_JPEG_SEGMENTS):
        found = _JPEG_MARKER.search(data, at)
        if not found:
            return
        start, at = found.span()
        marker = data[start + 1]
        if marker == 0xD9:
            return
        if marker not in _JPEG_STANDALONE:
            at += max(struct.unpack_from(">H", data, at)[0], 2)
            if at > len(data):
                return
            yield marker, start, at
    raise PictureError(422, f"a JPEG of at most {_MAX_JPEG_SEGMENTS} segments", "more")


def _jpeg_scans(data: bytes, start: int) -> bytes:
    # Inside a scan ff is always followed by 00 or a restart marker, so the first ff d9 ends the picture.
    end = data.find(b"\xff\xd9", start)
    if end < 0:
        raise _truncated("JPEG")
    if data.count(b"\xff\xda", start, end) > _MAX_JPEG_SCANS:
        raise PictureError(422, f"a JPEG of at most {_MAX_JPEG_SCANS} scans", "more")
    return data[start : end + 2]


def _read_png(data: bytes) -> Header:
    """Keep IHDR, PLTE and the pixels as one IDAT; transparency, text, profiles and animation control are dropped."""
    kept, pixels, exif = bytearray(_PNG_HEAD), bytearray(), b""
    at = len(_PNG_HEAD)
    width, height = struct.unpack_from(">II", data, at + 8)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 8 + length
        at = end + 4
        if at > len(data):
            raise _truncated("PNG")
        if kind in (b"IHDR", b"PLTE"):
            kept += data[start - 8 : at]
        elif kind == b"IDAT":
            pixels += data[start:end]
        elif kind == b"eXIf":
            exif = data[start:end]
        elif kind == b"acTL" and data[start : start + 4] != b"\x00\x00\x00\x01":
            raise PictureError(422, "a still picture", "an animated PNG")
        elif kind == b"IEND":
            source = kept + _png_chunk(b"IDAT", pixels) + _png_chunk(b"IEND", bytearray())
            return Header("PNG", width, height, exif, bytes(source))


def check_png_rows(source: bytes) -> None:
    """PictureError 422 when a PNG of `read_header` holds fewer rows than it says: Pillow would paint the rest black.

    Inflates the pixels once more, in pieces; call it only when the size is within the limit.
    """
    width, height, depth, colour, *_, interlaced = struct.unpack_from(">IIBBBBB", source, 16)
    bits = depth * _PNG_SAMPLES.get(colour, 1)
    passes = _PNG_PASSES if interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes]
    expected = sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)
    at = len(_PNG_HEAD)
    while source[at + 4 : at + 8] != b"IDAT":  # `read_header` put one there
        at += 12 + int.from_bytes(source[at : at + 4], "big")
    inflater, left, inflated = zlib.decompressobj(), source[at + 8 :], 0
    while inflated < expected:
        piece = inflater.decompress(left, _PIECE)
        if not piece:
            raise _truncated("PNG")
        inflated, left = inflated + len(piece), inflater.unconsumed_tail


def _png_chunk(kind: bytes, content: bytearray) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))


def _read_webp(data: bytes) -> Header:
    (length,) = struct.unpack_from("<I", data, 4)
    if 8 + length > len(data):
        raise _truncated("WebP")
    kind, exif = data[12:16], b""
    if kind == b"VP8X":
        if data[20] & 0x02:
            raise PictureError(422, "a still picture", "an animated WebP")
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        exif = _webp_exif(data) if data[20] & 0x08 else b""
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    return Header("WebP", width, height, exif, data)


def _webp_exif(data: bytes) -> bytes:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"EXIF":
            return data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return b""


def _read_bmp(data: bytes) -> Header:
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        return Header("BMP", width, height, b"", data)
    width, height, _, compression = struct.unpack_from("<iiII", data, 18)
    if compression in (1, 2) and max(len(data), width * abs(height)) > _MAX_RUN_LENGTH_BMP:
        raise PictureError(422, f"a run-length BMP of at most {_MAX_RUN_LENGTH_BMP} bytes and pixels", "a larger one")
    return Header("BMP", width, abs(height), b"", data)


_FORMATS: Final[dict[str, tuple[Callable[[bytes], bool], Callable[[bytes], Header]]]] = {
    "JPEG": (lambda data: data.startswith(b"\xff\xd8\xff"), _read_jpeg),
    "PNG": (lambda data: data.startswith(_PNG_HEAD), _read_png),
    "WebP": (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", _read_webp),
    "BMP": (lambda data: data.startswith(b"BM"), _read_bmp),
}
