"""Bytes of a picture file -> an upright BGR array, with every limit checked before a pixel is decoded."""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from pose.pictures.exif import TURNS, orientation
from pose.pictures.headers import (
    EXPECTED,
    Header,
    PictureError,
    PictureTooLargeError,
    check_png_rows,
    read_header,
    restart_markers,
)

# Pillow's classes rather than Image.open, whose own pixel limit is a process-wide global that warns or raises.
_READERS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
}

MOST_PIXELS: Final = 178_956_970  # limit of the command line tools for local files; Pillow's own for other formats

_STRIP: Final = 1_000_000  # pixels
_REDUCTIONS: Final = (8, 4, 2, 1)  # factors by which libjpeg can shrink a picture to decode it in less time

# Webcams leave 1 to 29 unused bytes before restart markers; libjpeg reports their sum at the end.
_SPARE_BYTES: Final = re.compile(r"Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd[0-79]")
_MOST_SPARE_BYTES: Final = 64
# simplejpeg refuses these before it decodes a pixel.
_ODDITIES: Final = (
    "Unknown Adobe color transform code",
    "Could not determine subsampling level",
)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An upright picture.

    width, height: pixels from left to right and from top to bottom. pixels: (height, width, 3) uint8, BGR, contiguous,
    or a copy of a half, a quarter or an eighth of that size where the caller needs no more rows.
    mirrored, rotated: how the stored pixels were turned upright, as EXIF says (`exif.TURNS`): first mirrored left to
    right, then turned clockwise by `rotated` degrees.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    rotated: int
    mirrored: bool


def decode(data: bytes, max_pixels: int, rows: int | None = None, *, upright: bool = True) -> Picture:
    """Decode a JPEG, PNG, BMP or WebP file to an upright picture, or (`upright=False`) to its pixels as stored.

    Grey, palette, 16-bit (>> 8), CMYK (stored inverted, as every JPEG encoder does) and alpha (dropped, not blended)
    become BGR. Broken EXIF is ignored. A multi-picture JPEG gives its first picture.
    rows: the caller needs no more; a JPEG with at least twice as many is decoded to a smaller copy, in less time.
    Raises PictureTooLargeError over `max_pixels`, PictureError for anything that is not a whole still picture. Damage
    that the decoder reports is refused, because missing pixels cannot be judged.
    """
    header = checked_header(data, max_pixels)
    mirrored, rotated = TURNS[orientation(header.exif)] if upright else TURNS[1]
    width, height = (header.width, header.height) if rotated % 180 == 0 else (header.height, header.width)
    pixels = _decode_pixels(header, 1.0 if rows is None else rows / height)
    return Picture(turned(pixels, mirrored=mirrored, rotated=rotated), width, height, rotated, mirrored)


def turned(pixels: NDArray[np.uint8], *, mirrored: bool, rotated: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 as stored -> contiguous, mirrored left to right, then turned clockwise by `rotated` degrees."""
    if mirrored:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(np.rot90(pixels, -rotated // 90))


def checked_header(data: bytes, max_pixels: int) -> Header:
    """The header of a picture file; PictureError and PictureTooLargeError for what it tells already."""
    header = read_header(data)
    size = f"{header.width}x{header.height} pixels"
    if header.width < 1 or header.height < 1:
        raise PictureError("a picture of at least 1x1 pixels", size)
    if header.width * header.height > max_pixels:
        raise PictureTooLargeError(f"a picture of at most {max_pixels} pixels", size)
    return header


def _decode_pixels(header: Header, share: float) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR as stored, not yet upright, of at least this share of its width and height."""
    try:
        return _load(header, share)
    except PictureError:
        raise
    # Pillow's plugins raise OSError, SyntaxError, ValueError, struct.error, IndexError, TypeError, OverflowError,
    # MemoryError, EOFError and more for hostile bytes. Each means the same: these bytes are no picture.
    except Exception as error:
        raise PictureError(EXPECTED, f"a broken or truncated {header.format}") from error


def _load(header: Header, share: float) -> NDArray[np.uint8]:
    if header.format == "JPEG":
        try:
            return _load_jpeg(header, share)
        except ValueError as complaint:
            if not _is_odd_but_whole(str(complaint), header.source):
                raise PictureError("a whole JPEG picture", "a damaged JPEG") from complaint
    return _load_with_pillow(header, share)


def _load_jpeg(header: Header, share: float) -> NDArray[np.uint8]:
    """ValueError with libjpeg's first complaint, if it has any."""
    height, width, *_ = simplejpeg.decode_jpeg_header(header.source)
    _check_same_size(header, width, height)
    least = {}
    reduction = max(each for each in _REDUCTIONS if each == 1 or each * share <= 1)
    if reduction > 1:
        least = {"min_height": -(-height // reduction), "min_width": -(-width // reduction)}
    pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(header.source, "BGR", **least)
    return pixels


def _is_odd_but_whole(complaint: str, source: bytes) -> bool:
    """Whether libjpeg's complaint costs no pixel; Pillow decodes such a file without one."""
    spare = _SPARE_BYTES.match(complaint)
    if spare:
        return int(spare[1]) <= _MOST_SPARE_BYTES and _all_restarts_are_there(source)
    return any(words in complaint for words in _ODDITIES)


def _all_restarts_are_there(source: bytes) -> bool:
    """Whether restart markers count from 0 to 7 repeatedly and are as many as the header requires."""
    scan = np.frombuffer(source, np.uint8, offset=source.index(b"\xff\xda"))
    restarts = scan[1:][(scan[:-1] == 0xFF) & (scan[1:] & 0xF8 == 0xD0)] & 7
    return bool(np.array_equal(restarts, np.arange(restart_markers(source)) % 8))


def _load_with_pillow(header: Header, share: float) -> NDArray[np.uint8]:
    with _READERS[header.format](io.BytesIO(header.source)) as image:
        _check_same_size(header, *image.size)
        if header.format == "PNG":
            check_png_rows(header.source)
        # libjpeg skips what a smaller copy does not need; for other formats this does nothing.
        image.draft(None, (math.ceil(share * header.width), math.ceil(share * header.height)))
        image.load()
        return to_bgr(image)


def _check_same_size(header: Header, width: int, height: int) -> None:
    if (width, height) != (header.width, header.height):
        raise ValueError("the decoder sees another size than the header's, on which the pixel limit was checked")


def to_bgr(image: Image.Image) -> NDArray[np.uint8]:
    """Pillow's image -> (H, W, 3) uint8 BGR; 16-bit grey is shifted (>> 8), where Pillow clips; alpha is dropped.

    In strips: at once, the copies on the way take three times the memory of the result.
    """
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        pixels[top:bottom] = _strip_to_bgr(image.crop((0, top, image.width, bottom)))
    return pixels


def _strip_to_bgr(strip: Image.Image) -> NDArray[np.uint8]:
    if strip.mode.startswith("I"):
        grey = (np.asarray(strip) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    rgb = strip if strip.mode == "RGB" else strip.convert("RGB")
    return cv2.cvtColor(np.asarray(rgb), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
