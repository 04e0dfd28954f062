"""What a command line calls a moving picture: a video file, the number of a camera, or the address of a stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from pose.video.reading import MOST_PIXELS, Frame, VideoFacts, open_video

VIDEO_SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
_USER_INFO: Final = re.compile(r"(?<=://)[^/@]*@")
_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9.]+")
_JUDGED_A_SECOND: Final = 5.0


class Moving(Protocol):
    """An open moving picture, as a context manager."""

    @property
    def facts(self) -> VideoFacts:
        """Of its video."""

    @property
    def damage(self) -> str | None:
        """In words, what of it could not be had; None until `frames` has ended."""

    def frames(self) -> Iterator[Frame]:
        """Its frames, one iteration at a time."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


def is_moving(source: str) -> bool:
    """Whether it names a moving picture, by its form alone."""
    if "://" in source:
        return True
    path = Path(source)
    return not path.is_dir() and (path.suffix.lower() in VIDEO_SUFFIXES or _is_camera(source))


def is_live(source: str) -> bool:
    """Whether a moving picture is a camera or a stream, not a file."""
    return "://" in source or _is_camera(source)


def open_moving(source: str, tell: Callable[[str], None]) -> Moving:
    """The moving picture of this name, as a context manager; tell: takes a line about each try to connect again.

    Raises VideoError or OSError where there is none.
    """
    if is_live(source):
        from pose.video.live import Live  # noqa: PLC0415  FFmpeg is large, and most commands are about pictures

        return Live(f"/dev/video{source}" if _is_camera(source) else source, name_of(source), tell)
    return open_video(Path(source), MOST_PIXELS)


def name_of(source: str) -> str:
    """How messages and lines call it: a file's name, or an address without the password in it."""
    if "://" in source:
        return _USER_INFO.sub("", source)
    return f"camera {source}" if _is_camera(source) else Path(source).name


def file_stem(source: str) -> str:
    """A name for files about it, without an ending."""
    name = name_of(source)
    return _UNUSUAL.sub("-", name.partition("://")[2] or name).strip("-") if is_live(source) else Path(name).stem


def usual_every(rate: float) -> int:
    """Of how many frames one is looked at, so that it is about five a second; rate: frames a second."""
    return max(1, round(rate / _JUDGED_A_SECOND))


def looked_at(frames: Iterable[Frame], every: int) -> Iterator[tuple[Frame, bool]]:
    """All frames, and whether each is looked at.

    That is the first one, and the first one from each further multiple of `every` on: numbers may have gaps.
    """
    due = 0
    for frame in frames:
        is_due = frame.number >= due
        if is_due:
            due = (frame.number // every + 1) * every
        yield frame, is_due


def _is_camera(source: str) -> bool:
    return source.isdecimal() and not Path(source).exists()
