"""Bytes of a picture file -> an upright BGR array, with every limit checked before a pixel is decoded."""

from __future__ import annotations

import binascii
import io
import math
import string
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from helmet_service.picture_headers import (
    EXPECTED,
    Header,
    PictureError,
    check_png_rows,
    orientation,
    read_header,
)

__all__ = ["Picture", "PictureError", "decode", "from_base64", "to_jpeg"]

# Pillow's classes rather than Image.open, whose own pixel limit is a process-wide global that warns or raises.
_READERS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
}

_TURNS: Final = {
    1: (False, 0),
    2: (True, 0),
    3: (False, 180),
    4: (True, 180),
    5: (True, 270),
    6: (False, 90),
    7: (True, 90),
    8: (False, 270),
}

_WHITE_SPACE: Final = string.whitespace.encode()
_BASE64_ALPHABET: Final = (string.ascii_letters + string.digits + "+/").encode()
_JPEG_QUALITY: Final = 90


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An upright picture.

    width, height: pixels from left to right and from top to bottom. pixels: (height, width, 3) uint8, BGR, contiguous,
    or a copy of a half, a quarter or an eighth of that size, where no more was asked for. mirrored, rotated: what EXIF
    asked for and was done to the stored pixels: first mirrored left to right, then turned clockwise by `rotated`
    degrees. EXIF's eight values in these terms:
    1 none; 2 mirrored; 3 180; 4 mirrored + 180; 5 mirrored + 270; 6 90; 7 mirrored + 90; 8 270.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    rotated: int
    mirrored: bool


def decode(data: bytes, max_pixels: int, rows: int | None = None) -> Picture:
    """A JPEG, PNG, BMP or WebP file as an upright picture.

    Grey, palette, 16-bit (>> 8), CMYK (stored inverted, as every JPEG encoder does) and alpha (dropped, not blended)
    are converted; EXIF is applied and ignored where it is broken; of a multi-picture JPEG the first is taken.
    rows: as many are enough, so that of a JPEG with at least twice as many a smaller copy is decoded, in less time.
    Raises PictureError: 413 over `max_pixels`, 422 for anything that is not a whole still picture.
    """
    header = read_header(data)
    _check_size(header, max_pixels)
    mirrored, rotated = _TURNS[orientation(header.exif)]
    width, height = (header.width, header.height) if rotated % 180 == 0 else (header.height, header.width)
    pixels = _decode_pixels(header, 1.0 if rows is None else rows / height)
    if mirrored:
        pixels = pixels[:, ::-1]
    return Picture(np.ascontiguousarray(np.rot90(pixels, -rotated // 90)), width, height, rotated, mirrored)


def from_base64(text: str, *, lenient: bool) -> bytes:
    """Base64 text -> bytes; a `data:` head, ASCII white space and missing padding are accepted.

    lenient: skip all other illegal characters, as Python's non-strict `b64decode` did for the ancestor's clients.
    Raises PictureError 422.
    """
    text = text.lstrip(string.whitespace)
    if text[:5].lower() == "data:":
        head, comma, text = text.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            raise PictureError(422, "a data URL with ;base64, before the data", "a data URL without it")
    try:
        raw = text.encode("ascii", "ignore" if lenient else "strict").translate(None, _WHITE_SPACE)
        if not lenient:
            _check_alphabet(raw)
        # Two more signs of padding complete what is missing and are ignored behind what is complete.
        return binascii.a2b_base64(raw + b"==")
    except UnicodeEncodeError as error:
        raise PictureError(422, "base64", "characters that are not ASCII") from error
    except binascii.Error as error:
        raise PictureError(422, "base64", "one character too few or too many") from error


def to_jpeg(pixels: NDArray[np.uint8], longest_side: int = 1920) -> bytes:
    """(H, W, 3) uint8 BGR -> a JPEG whose longer side is at most `longest_side` pixels."""
    height, width = pixels.shape[:2]
    scale = longest_side / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()


def _check_size(header: Header, max_pixels: int) -> None:
    size = f"{header.width}x{header.height} pixels"
    if header.width < 1 or header.height < 1:
        raise PictureError(422, "a picture of at least 1x1 pixels", size)
    if header.width * header.height > max_pixels:
        raise PictureError(413, f"a picture of at most {max_pixels} pixels", size)


def _decode_pixels(header: Header, share: float) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR as stored, not yet upright, of at least this share of its width and height."""
    try:
        return _load(header, share)
    except PictureError:
        raise
    # Pillow's plugins answer hostile bytes with OSError, SyntaxError, ValueError, struct.error, IndexError, TypeError,
    # OverflowError, MemoryError, EOFError and more: whatever it is, these bytes are no picture.
    except Exception as error:
        raise PictureError(422, EXPECTED, f"a broken or truncated {header.format}") from error


def _load(header: Header, share: float) -> NDArray[np.uint8]:
    with _READERS[header.format](io.BytesIO(header.source)) as image:
        if image.size != (header.width, header.height):
            raise ValueError("the file tells two sizes, and the pixel limit was checked on one of them")
        if header.format == "PNG":
            check_png_rows(header.source)
        # libjpeg leaves out what a smaller copy does not need; with other formats this does nothing.
        image.draft(None, (math.ceil(share * header.width), math.ceil(share * header.height)))
        image.load()
        return _to_bgr(image)


def _to_bgr(image: ImageFile.ImageFile) -> NDArray[np.uint8]:
    if image.mode.startswith("I"):
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return cv2.cvtColor(np.asarray(rgb), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)


def _check_alphabet(raw: bytes) -> None:
    body = raw.rstrip(b"=")
    illegal = len(body.translate(None, _BASE64_ALPHABET))
    if illegal:
        raise PictureError(422, "base64", f"{illegal} characters outside its alphabet")
    if len(raw) - len(body) > 2:
        raise PictureError(422, "base64", "more than two signs of padding")
