"""Every n-th frame is judged, and every frame is drawn, with the people between two judged frames moved along."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.pictures.drawing import annotate
from helmet_service.video.between import between
from helmet_service.video.frame_judge import JudgedFrame
from pose.skeleton import Person
from pose.video.reading import Frame
from pose.video.sources import looked_at

Show = Callable[[NDArray[np.uint8], Sequence[Person]], NDArray[np.uint8]]

# Frames that wait for the next judged one; of more than these, the oldest are drawn without it.
_MOST_WAITING: Final = 128_000_000  # bytes


@dataclass(frozen=True, slots=True, eq=False)
class DrawnFrame:
    """A frame of the result. judged: None between judged frames."""

    frame: Frame
    pixels: NDArray[np.uint8]
    judged: JudgedFrame | None = None


def judge_frames(
    frames: Iterable[Frame], judge: Callable[[Frame], JudgedFrame], every: int
) -> Iterator[tuple[Frame, JudgedFrame | None]]:
    """All frames; judged are those that are due (`looked_at`)."""
    for frame, is_due in looked_at(frames, every):
        yield frame, judge(frame) if is_due else None


def draw_frames(frames: Iterable[tuple[Frame, JudgedFrame | None]], show: Show) -> Iterator[DrawnFrame]:
    """The same frames, drawn; the first one is judged. show: what may be seen of a frame with these people."""
    waiting: deque[Frame] = deque()
    last: JudgedFrame | None = None
    for frame, judged in frames:
        if judged is not None:
            while last is not None and waiting:
                yield _between(waiting.popleft(), last, judged, show)
            yield replace(_between(frame, judged, judged, show), judged=judged)
            last = judged
            continue
        waiting.append(frame)
        if last is not None and len(waiting) * frame.pixels.nbytes > _MOST_WAITING:
            yield _between(waiting.popleft(), last, last, show)
    while last is not None and waiting:
        yield _between(waiting.popleft(), last, last, show)


def _between(frame: Frame, before: JudgedFrame, after: JudgedFrame, show: Show) -> DrawnFrame:
    """A frame between two judged ones, or behind the last one, which then is both."""
    lasts = after.watched.at_s - before.watched.at_s
    shown = between(before.watched, after.watched, (frame.at_s - before.watched.at_s) / lasts if lasts else 0.0)
    # Who was found in one of both only may be anywhere between.
    pixels = show(frame.pixels, [*shown.judged.people, *before.found, *after.found])
    hats, own = shown.judged.hats[: before.supplied], shown.judged.hats[before.supplied :]
    return DrawnFrame(
        frame, annotate(pixels, shown.judged.people, shown.judged.judgement, hats, own, voted=shown.voted)
    )
