"""What the service shows of pictures: every picture that leaves it starts from here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from helmet_service.pictures.blurring import blur_heads
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.watching import Voted
from helmet_service.work.judging import JudgedPicture
from helmet_service.work.service import Service
from pose import Person


def showable(service: Service, pixels: NDArray[np.uint8], people: Sequence[Person]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 BGR as it may be seen: with `BLUR_HEADS=1` a copy without recognisable heads.

    people: all that were found in it, those whom nobody judges too.
    """
    return blur_heads(pixels, people) if service.settings.blur_heads == "1" else pixels


def draw_judged(service: Service, judged: JudgedPicture, voted: Sequence[Voted] | None = None) -> NDArray[np.uint8]:
    """A drawing (H, W, 3) uint8 BGR of a judged picture, as it may be seen; voted: see `annotate`."""
    pixels = showable(service, judged.seen.picture.pixels, judged.seen.estimate.people)
    case = judged.judged
    return annotate(pixels, case.people, case.judgement, judged.supplied_hats, judged.own_hats, voted=voted)
