"""A video file from a stranger: what it is, and how it is opened. Nothing here loads FFmpeg before `open_video`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pose.errors import PoseError

if TYPE_CHECKING:
    from pose.video.decoding import Video

EXPECTED: Final = "an MP4, MOV, MKV, WebM or AVI video"
MOST_PIXELS: Final = 1 << 23  # of a frame: 8 megapixels, so that 3840x2160 is within them
LONGEST_S: Final = 4 * 3600.0
HEAD_BYTES: Final = 64  # enough for `container_of`

# The atoms that may come first in ISO 14496-12 files and in QuickTime files, which need no `ftyp`.
_MOV_ATOMS: Final = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_PICTURES: Final = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")  # brands of `ftyp`
# EBML's head and its DocType element (RFC 8794, 11.2.6): id 42 82, a length, the name.
_EBML: Final = re.compile(rb"\x1a\x45\xdf\xa3.{0,50}?\x42\x82[\x80-\xff](?:matroska|webm)", re.DOTALL)
_CONTAINERS: Final[dict[str, Callable[[bytes], object]]] = {
    "mov": lambda head: head[4:8] in _MOV_ATOMS and not (head[4:8] == b"ftyp" and head[8:12] in _PICTURES),
    "matroska": _EBML.match,
    "avi": lambda head: head.startswith(b"RIFF") and head[8:12] == b"AVI ",
}
_FOREIGN: Final = {
    b"PK\x03\x04": "a ZIP archive",
    b"#EXTM3U": "a playlist",
    b"ffconcat": "a list of files",
}


class VideoError(PoseError):
    """A video that is refused: the field, what was expected and what came (never its data)."""

    def __init__(self, field: str, expected: str, got: str) -> None:
        super().__init__(f"{field}: expected {expected}, got {got}")
        self.field, self.expected, self.got = field, expected, got


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a file says of its video, and its first frame shows.

    container: FFmpeg's demuxer, as `container_of` names it. codec: FFmpeg's name. width, height: pixels, upright.
    rotated: clockwise degrees by which the stored frames are turned upright: 0, 90, 180 or 270. frames, duration_s: as
    the file says, None where it does not. rate: mean frames a second.
    """

    container: str
    codec: str
    width: int
    height: int
    rotated: int
    frames: int | None
    duration_s: float | None
    rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An upright frame, deinterlaced.

    number: of all frames that the file leads to, from 0 on; those that cannot be decoded leave gaps. at_s:
    presentation time in seconds since the first frame; grows from frame to frame. pixels: (H, W, 3) uint8 BGR of the
    facts' size. lost: how many pieces of the video could not be decoded in full so far.
    """

    number: int
    at_s: float
    pixels: NDArray[np.uint8]
    lost: int = 0


def container_of(head: bytes) -> str:
    """FFmpeg's demuxer for a file that begins with these bytes (`HEAD_BYTES` suffice), of an allow-list.

    mov: MP4 and QuickTime; matroska: MKV and WebM; avi. Raises VideoError for any other file.
    """
    for start, got in _FOREIGN.items():
        if head.startswith(start):
            raise VideoError("video", EXPECTED, got)
    for demuxer, begins in _CONTAINERS.items():
        if begins(head):
            return demuxer
    raise VideoError("video", EXPECTED, "a file of no known video format" if head else "no bytes")


def open_video(path: Path, most_pixels: int) -> Video:
    """The video in a file, as a context manager; most_pixels: of a frame.

    Raises VideoError for a file that is no video of the known containers, has no frame that can be decoded, or is over
    a limit (`most_pixels`, `LONGEST_S`); OSError when the file cannot be read.
    """
    from pose.video.decoding import Video  # noqa: PLC0415  FFmpeg is large, and the server asks for facts alone

    return Video(path, most_pixels)
