"""What a command line calls a moving picture: a video file, the number of a camera, or the address of a stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from pose.video.reading import MOST_PIXELS, open_video

if TYPE_CHECKING:
    from pose.video.decoding import Video
    from pose.video.live import Live

Moving: TypeAlias = "Video | Live"

_SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
_JUDGED_A_SECOND: Final = 5.0


def is_moving(source: str) -> bool:
    """Whether it names a moving picture, by its form alone."""
    if "://" in source:
        return True
    path = Path(source)
    return not path.is_dir() and (path.suffix.lower() in _SUFFIXES or _is_camera(source))


def open_moving(source: str, tell: Callable[[str], None]) -> Moving:
    """The moving picture of this name, as a context manager; tell: takes a line about each try to connect again.

    Raises VideoError or OSError where there is none.
    """
    if "://" in source or _is_camera(source):
        from pose.video.live import Live  # noqa: PLC0415  FFmpeg is large, and most commands are about pictures

        return Live(f"/dev/video{source}" if _is_camera(source) else source, tell)
    return open_video(Path(source), MOST_PIXELS)


def usual_every(rate: float) -> int:
    """Of how many frames one is looked at, so that it is about five a second; rate: frames a second."""
    return max(1, round(rate / _JUDGED_A_SECOND))


def _is_camera(source: str) -> bool:
    return source.isdecimal() and not Path(source).exists()
