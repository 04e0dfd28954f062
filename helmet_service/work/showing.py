"""What the service shows of pictures: every picture that leaves it starts from here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from helmet_service.pictures.blurring import blur_heads
from helmet_service.work.service import Service
from pose import Person


def showable(service: Service, pixels: NDArray[np.uint8], people: Sequence[Person]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 BGR as it may be seen: with `BLUR_HEADS=1` a copy without recognisable heads.

    people: all that were found in it, those whom nobody judges too.
    """
    return blur_heads(pixels, people) if service.settings.blur_heads == "1" else pixels
