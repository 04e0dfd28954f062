"""What the service shows of pictures: every picture that leaves it starts from here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from helmet_service.pictures.blurring import blur_heads
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.watching import Watched
from helmet_service.work.judging import JudgedPicture
from helmet_service.work.service import Service
from pose import Person


def showable(service: Service, pixels: NDArray[np.uint8], people: Sequence[Person]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 BGR as it may be seen: with `BLUR_HEADS=1` a copy without recognisable heads.

    people: all that were found in it, those whom nobody judges too.
    """
    return blur_heads(pixels, people) if service.settings.blur_heads == "1" else pixels


def draw_judged(service: Service, judged: JudgedPicture, watched: Watched | None = None) -> NDArray[np.uint8]:
    """A drawing (H, W, 3) uint8 BGR of a judged picture, as it may be seen.

    watched: what a `Watcher` made of `judged.judged`; its tracks and votes are drawn then.
    """
    pixels = showable(service, judged.seen.picture.pixels, judged.seen.estimate.people)
    case, voted = (judged.judged, None) if watched is None else (watched.judged, watched.voted)
    return annotate(pixels, case.people, case.judgement, judged.supplied_hats, judged.own_hats, voted=voted)
