"""Pictures in requests and answers: base64 -> a picture, pixels -> JPEG."""

from __future__ import annotations

import binascii
import string
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.pictures.decoding import Picture
from pose.pictures.headers import PictureError, PictureTooLargeError

_WHITE_SPACE: Final = string.whitespace.encode()
_BASE64_ALPHABET: Final = (string.ascii_letters + string.digits + "+/").encode()
_JPEG_QUALITY: Final = 90


def read_base64(text: str, read: Callable[[bytes], Picture], *, lenient: bool) -> Picture:
    """Decode base64 text, in the usual or the URL-safe alphabet, and `read` the picture file in it.

    lenient: see `from_base64`. URL-safe text is then tried again with `-` and `_` skipped.
    Raises PictureError; it says where blanks seem to have been plus signs.
    """
    body = _body(text)
    is_url_safe = ("-" in body or "_" in body) and "+" not in body and "/" not in body
    usual = body.replace("-", "+").replace("_", "/") if is_url_safe else text
    try:
        return read(from_base64(usual, lenient=lenient))
    except PictureTooLargeError:
        raise
    except PictureError as error:
        if lenient and is_url_safe:
            with suppress(PictureError):
                return read(from_base64(text, lenient=True))
        blanks = body.strip(string.whitespace).count(" ")
        if blanks and "+" not in body:
            got = f"base64 with {blanks} blanks and no +: forms turn + into a blank unless it is sent as %2B"
            raise PictureError(error.expected, got) from error
        raise


def from_base64(text: str, *, lenient: bool) -> bytes:
    """Base64 text -> bytes; a `data:` head, ASCII white space and missing padding are accepted.

    lenient: skip all other illegal characters, as Python's non-strict `b64decode` does (the legacy surface's format).
    Raises PictureError.
    """
    text = _body(text)
    try:
        raw = text.encode("ascii", "ignore" if lenient else "strict").translate(None, _WHITE_SPACE)
        if not lenient:
            _check_alphabet(raw)
        # Two more signs complete any missing padding; behind complete padding they are ignored.
        return binascii.a2b_base64(raw + b"==")
    except UnicodeEncodeError as error:
        raise PictureError("base64", "characters that are not ASCII") from error
    except binascii.Error as error:
        raise PictureError("base64", "one character too few or too many") from error


def to_jpeg(pixels: NDArray[np.uint8], longest_side: int) -> bytes:
    """(H, W, 3) uint8 BGR -> a JPEG whose longer side is at most `longest_side` pixels."""
    height, width = pixels.shape[:2]
    scale = longest_side / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()


def _body(text: str) -> str:
    """Base64 text without its `data:` head; PictureError when the head does not say base64."""
    text = text.lstrip(string.whitespace)
    if text[:5].lower() != "data:":
        return text
    head, comma, text = text.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise PictureError("a data URL with ;base64, before the data", "a data URL without it")
    return text


def _check_alphabet(raw: bytes) -> None:
    body = raw.rstrip(b"=")
    illegal = len(body.translate(None, _BASE64_ALPHABET))
    if illegal:
        raise PictureError("base64", f"{illegal} characters outside its alphabet")
    if len(raw) - len(body) > 2:
        raise PictureError("base64", "more than two signs of padding")
