"""Where the drawn frames of a moving picture go: a file, a window, and a progress bar that counts them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from pose.video.reading import Frame, VideoFacts
from pose.video.showing import Window
from pose.video.writing import VideoWriter


@dataclass(slots=True)
class Outputs:
    """frames: how many of the video's frames there were so far. until_s: the time of the last one, in seconds.

    interrupted: whether Ctrl-C ended them.
    """

    writer: VideoWriter | None
    window: Window | None
    bar: tqdm[NoReturn]
    frames: int = 0
    until_s: float = 0.0
    interrupted: bool = False

    @classmethod
    def open(cls, drawn: Path | None, *, show: bool, name: str, facts: VideoFacts, until: ExitStack) -> Outputs:
        """drawn: the file to write, None: none. show: in a window. name: of the moving picture. until: closes them."""
        return cls(
            until.enter_context(VideoWriter(drawn, facts.width, facts.height)) if drawn else None,
            until.enter_context(Window(name)) if show else None,
            # disable=None shows progress on a terminal only
            until.enter_context(tqdm(total=facts.frames, desc=name, unit=" frames", disable=None)),
        )

    @property
    def are_wanted(self) -> bool:
        """False once the window was closed."""
        return self.window is None or self.window.is_open

    @contextmanager
    def until_interrupted(self) -> Iterator[None]:
        """Ctrl-C ends the block."""
        try:
            yield
        except KeyboardInterrupt:
            self.interrupted = True

    def take(self, frame: Frame) -> None:
        """The next frame, with its pixels drawn."""
        if self.writer:
            self.writer.write(frame.pixels, frame.at_s)
        if self.window:
            self.window.show(frame.pixels)
        self.bar.update(frame.number + 1 - self.frames)
        self.frames, self.until_s = frame.number + 1, frame.at_s
