"""Where the frames of one moving picture go: a drawn file, a window, lines, and a progress bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NoReturn, TextIO

from tqdm import tqdm

from helmet_service.check.drawings import Drawings
from helmet_service.check.order import Order
from helmet_service.verdicts.watching import Watched
from helmet_service.video.drawing_frames import DrawnFrame
from pose.video.reading import VideoFacts
from pose.video.showing import Window
from pose.video.sources import name_of
from pose.video.writing import VideoWriter


@dataclass(slots=True)
class Outputs:
    """frames, judged, until_s: how many frames and judged frames there were, and the last one's time in seconds.

    interrupted: whether Ctrl-C ended them.
    """

    writer: VideoWriter | None
    window: Window | None
    lines: TextIO | None
    bar: tqdm[NoReturn]
    frames: int = 0
    judged: int = 0
    until_s: float = 0.0
    interrupted: bool = False

    @classmethod
    def open(cls, order: Order, drawings: Drawings | None, source: str, facts: VideoFacts, until: ExitStack) -> Outputs:
        """Those that the order asks for; until: closes them."""
        size = facts.width, facts.height
        return cls(
            until.enter_context(VideoWriter(drawings.video(source), *size)) if drawings else None,
            until.enter_context(Window(name_of(source))) if order.show else None,
            until.enter_context(order.lines()) if order.json_lines or order.out else None,
            # disable=None shows progress on a terminal only
            until.enter_context(tqdm(total=facts.frames, desc=name_of(source), unit=" frames", disable=None)),
        )

    def watched(self, frames: Iterable[DrawnFrame]) -> Iterator[Watched]:
        """Give each frame to all outputs, and pass on what was judged, until Ctrl-C or the window's end."""
        try:
            for drawn in frames:
                self._take(drawn)
                if drawn.judged:
                    yield drawn.judged.watched
                if self.window and not self.window.is_open:
                    return
        except KeyboardInterrupt:
            self.interrupted = True

    def _take(self, drawn: DrawnFrame) -> None:
        if self.writer:
            self.writer.write(drawn.pixels, drawn.frame.at_s)
        if self.window:
            self.window.show(drawn.pixels)
        if self.lines and drawn.judged:
            self.lines.write(drawn.judged.line + "\n")
        self.bar.update(drawn.frame.number + 1 - self.frames)
        self.frames, self.until_s = drawn.frame.number + 1, drawn.frame.at_s
        self.judged += drawn.judged is not None
