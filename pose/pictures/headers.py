"""Reads a picture file's header before anything is decoded: format, size, EXIF, and the bytes that the pixels need.

Files come from strangers. Pillow parses headers segment by segment in Python and inflates text and colour profiles, so
a small file can cost minutes or hundreds of megabytes. This module walks the header once, cheaply, and passes on only
what the pixels need.

Sources: JPEG ITU-T T.81 annex B; PNG specification (third edition) 5 and 11; WebP RFC 9649; BMP as in Microsoft's
"Bitmap Header Types".
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pose.errors import PoseError
from pose.pictures.exif import EXIF_HEAD

EXPECTED: Final = "a JPEG, PNG, BMP or WebP picture"

# Depth maps and extended XMP need a few hundred segments of 64 kB in a 20 MB file; libjpeg's own progressive script
# has 10 scans. More is an attack: each segment costs a Python step, each scan a pass over all coefficients.
_MAX_JPEG_SEGMENTS: Final = 1_000
_MAX_JPEG_SCANS: Final = 100
_MAX_RUN_LENGTH_BMP: Final = 1_000_000  # bytes, and pixels: Pillow decodes run lengths in Python, up to 1 us each

# Zero bytes at the end of the coded pixels. Real pictures have up to 5, a picture of one colour 1 per 10,000 pixels.
_MOST_ZEROS_WEBP: Final = 16
_PIXELS_A_ZERO_WEBP: Final = 4_000

_JPEG_MARKER: Final = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SEQUENTIAL: Final = frozenset((0xC0, 0xC1, 0xC9))
# The end of a sequential scan's header. Some cameras write zeros here: libjpeg then complains, and hides later damage.
_WHOLE_BLOCKS: Final = b"\x00\x3f\x00"
_JPEG_STANDALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
# Application data and comments. JFIF (E0) and Adobe (EE) stay, because they give the colour space.
_JPEG_DROPPED: Final = (frozenset(range(0xE0, 0xF0)) | {0xFE}) - {0xE0, 0xEE}
_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_PNG_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples per pixel, by colour type
_PNG_CHECKED: Final = (b"IHDR", b"PLTE", b"IDAT")  # chunks whose CRC is verified
_PNG_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE: Final = 1 << 20


class PictureError(PoseError):
    """A picture that is refused: what was expected and what came (never picture data)."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected = expected
        self.got = got


class PictureTooLargeError(PictureError):
    """A picture of more pixels than are allowed."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says before its pixels.

    format: JPEG, PNG, BMP or WebP. width, height: pixels as stored, before EXIF turns them. exif: the TIFF block,
    b"" if there is none. source: the file, reduced to what the pixels need.
    """

    format: str
    width: int
    height: int
    exif: bytes
    source: bytes


def read_header(data: bytes) -> Header:
    """The header of a picture file; PictureError when it has none of the four formats, is animated or truncated."""
    for name, (matches, read) in _FORMATS.items():
        if matches(data):
            try:
                return read(data)
            except (struct.error, IndexError) as error:
                raise _truncated(name) from error
    raise PictureError(EXPECTED, _foreign(data))


def is_read(data: bytes) -> bool:
    """Whether these bytes begin like a file of the four formats."""
    return any(matches(data) for matches, _ in _FORMATS.values())


def _truncated(name: str) -> PictureError:
    return PictureError(f"a complete {name} picture", f"a truncated {name}")


def _damaged(name: str) -> PictureError:
    return PictureError(f"a whole {name} picture", f"a damaged {name}")


def _foreign(data: bytes) -> str:
    if data.startswith(b"GIF8"):
        return "a GIF"
    if data.startswith((b"II*\x00", b"MM\x00*")):
        return "a TIFF"
    if data[4:8] == b"ftyp":
        return "a HEIF, AVIF or MP4 file"
    return f"{len(data)} bytes of no known picture format" if data else "no bytes"


def _read_jpeg(data: bytes) -> Header:
    """Keep the tables, frames and scans up to the end marker; drop the further pictures that phones append."""
    kept, exif, width, height, frame = bytearray(data[:2]), b"", 0, 0, 0
    for marker, start, end in _jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            frame = marker
            height, width = struct.unpack_from(">HH", data, start + 5)
        if marker == 0xE1 and not exif and data.startswith(EXIF_HEAD, start + 4):
            exif = data[start + 4 : end]
        if marker == 0xDA:
            if frame in _JPEG_SEQUENTIAL:
                data = data[: end - 3] + _WHOLE_BLOCKS + data[end:]
            return Header("JPEG", width, height, exif, bytes(kept) + _jpeg_scans(data, start))
        if marker not in _JPEG_DROPPED:
            kept += _known_jfif(data[start:end])
    raise _truncated("JPEG")


def _known_jfif(segment: bytes) -> bytes:
    # libjpeg warns of unknown revisions, and after one warning it does not report damage.
    is_jfif = segment.startswith(b"\xff\xe0") and segment[4:9] == b"JFIF\0"
    return segment[:9] + b"\1\1" + segment[11:] if is_jfif else segment


def restart_markers(source: bytes) -> int:
    """How many restart markers the scan of a sequential JPEG must have; source: that of `read_header`."""
    interval = units = 0
    for marker, start, end in _jpeg_segments(source):
        if marker == 0xDD:
            (interval,) = struct.unpack_from(">H", source, start + 4)
        if marker in _JPEG_FRAMES:
            height, width, components = struct.unpack_from(">HHB", source, start + 5)
            samples = source[start + 11 : end : 3] if components > 1 else b"\x11"
            across, down = 8 * max(each >> 4 for each in samples), 8 * max(each & 15 for each in samples)
            units = -(-width // across) * -(-height // down)
        if marker == 0xDA:
            break
    return -(-units // interval) - 1 if interval else 0


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment after the first two bytes, up to and including the first scan's header."""
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
    raise PictureError(f"a JPEG of at most {_MAX_JPEG_SEGMENTS} segments", "more")


def _jpeg_scans(data: bytes, start: int) -> bytes:
    # In a scan, 00 or a restart marker follows each ff, so the first ff d9 ends the picture.
    end = data.find(b"\xff\xd9", start)
    if end < 0:
        raise _truncated("JPEG")
    if data.count(b"\xff\xda", start, end) > _MAX_JPEG_SCANS:
        raise PictureError(f"a JPEG of at most {_MAX_JPEG_SCANS} scans", "more")
    return data[start : end + 2]


def _read_png(data: bytes) -> Header:
    """Keep IHDR, PLTE and the pixels as one IDAT; transparency, text, profiles and animation control are dropped."""
    kept, pixels, exif = bytearray(_PNG_HEAD), bytearray(), b""
    width, height = struct.unpack_from(">II", data, len(_PNG_HEAD) + 8)
    for kind, start, end in _png_chunks(data):
        if kind in (b"IHDR", b"PLTE"):
            kept += data[start - 8 : end + 4]
        elif kind == b"IDAT":
            pixels += data[start:end]
        elif kind == b"eXIf":
            exif = data[start:end]
        elif kind == b"acTL" and data[start : start + 4] != b"\x00\x00\x00\x01":
            raise PictureError("a still picture", "an animated PNG")
    source = kept + _png_chunk(b"IDAT", pixels) + _png_chunk(b"IEND", bytearray())
    return Header("PNG", width, height, exif, bytes(source))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end) of the content of each chunk before IEND."""
    at = len(_PNG_HEAD)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 8 + length
        at = end + 4
        if at > len(data):
            raise _truncated("PNG")
        if kind in _PNG_CHECKED and zlib.crc32(data[start - 4 : end]) != int.from_bytes(data[end:at], "big"):
            raise _damaged("PNG")
        if kind == b"IEND":
            return
        yield kind, start, end


def check_png_rows(source: bytes) -> None:
    """PictureError when a PNG holds fewer rows than it says, because Pillow would make the rest black.

    source: that of `read_header`. Inflates the pixels once more, in pieces; call it only when the size is within the
    limit.
    """
    width, height, depth, colour, *_, interlaced = struct.unpack_from(">IIBBBBB", source, 16)
    bits = depth * _PNG_SAMPLES.get(colour, 1)
    passes = _PNG_PASSES if interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes]
    expected = sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)
    at = len(_PNG_HEAD)
    while source[at + 4 : at + 8] != b"IDAT":  # `read_header` writes exactly one
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
            raise PictureError("a still picture", "an animated WebP")
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        exif = _webp_chunk(data, b"EXIF") if data[20] & 0x08 else b""
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    _check_webp_end(data, width, height)
    return Header("WebP", width, height, exif, data)


def _webp_chunk(data: bytes, *kinds: bytes) -> bytes:
    """The content of the first chunk of one of these kinds, b"" if there is none."""
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in kinds:
            return data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return b""


def _check_webp_end(data: bytes, width: int, height: int) -> None:
    """PictureError when the pixels end in more zeros than an encoder writes; libwebp would not report them."""
    pixels = _webp_chunk(data, b"VP8 ", b"VP8L")
    zeros = len(pixels) - len(pixels.rstrip(b"\0"))
    if zeros > _MOST_ZEROS_WEBP + width * height / _PIXELS_A_ZERO_WEBP:
        raise _damaged("WebP")


def _read_bmp(data: bytes) -> Header:
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        return Header("BMP", width, height, b"", data)
    width, height, _, compression = struct.unpack_from("<iiII", data, 18)
    if compression in (1, 2) and max(len(data), width * abs(height)) > _MAX_RUN_LENGTH_BMP:
        raise PictureError(f"a run-length BMP of at most {_MAX_RUN_LENGTH_BMP} bytes and pixels", "a larger one")
    return Header("BMP", width, abs(height), b"", data)


_FORMATS: Final[dict[str, tuple[Callable[[bytes], bool], Callable[[bytes], Header]]]] = {
    "JPEG": (lambda data: data.startswith(b"\xff\xd8\xff"), _read_jpeg),
    "PNG": (lambda data: data.startswith(_PNG_HEAD), _read_png),
    "WebP": (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", _read_webp),
    "BMP": (lambda data: data.startswith(b"BM"), _read_bmp),
}
