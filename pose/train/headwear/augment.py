"""Patches -> crops as cameras may show them: moved, turned, scaled, coarse, in other light."""

from __future__ import annotations

import math
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.estimation import headwear
from pose.train.augment.small_crops import coarser, in_other_light
from pose.train.headwear import patches

Picture = NDArray[np.uint8]

_SHIFT: Final = 0.1  # head sizes, standard deviation along both axes: about what found heads are off
_SCALE: Final = 0.14  # standard deviation of the logarithm, likewise
_STRETCH: Final = 0.06  # the same of the ratio of the sides
_TURN: Final = 10.0  # degrees, standard deviation
_FAR_TURN: Final = (0.1, 60.0)  # probability and greatest degrees of a large turn, as of heads seen without a body
# Probability of fewer pixels, and the fewest that a crop then has: 8 a head.
_COARSE: Final = (0.35, 8.0 * headwear.SPAN)


def augmented(patch: Picture, generator: np.random.Generator) -> Picture:
    """A crop (`headwear.SIDE` square) from a patch, at random."""
    return in_other_light(coarser(_placed(patch, generator), *_COARSE, generator), generator)


def plain(patch: Picture) -> Picture:
    """The crop that serving would see."""
    return _warped(patch, np.eye(2), np.zeros(2))


def _placed(patch: Picture, generator: np.random.Generator) -> Picture:
    probability, far = _FAR_TURN
    degrees = generator.uniform(-far, far) if generator.random() < probability else generator.normal(0, _TURN)
    turn = cv2.getRotationMatrix2D((0, 0), degrees, math.exp(generator.normal(0, _SCALE)))[:, :2]
    stretch = math.exp(generator.normal(0, _STRETCH))
    flip = -1 if generator.random() < 0.5 else 1
    return _warped(patch, turn @ np.diag([flip * stretch, 1 / stretch]), generator.normal(0, _SHIFT, 2))


def _warped(patch: Picture, change: NDArray[Any], shift: NDArray[np.float64]) -> Picture:
    """The crop after a linear change about the head; shift: of the head out of the crop's middle, in head sizes."""
    patch_head, crop_head = patches.SIDE / patches.SPAN, headwear.SIDE / headwear.SPAN  # pixels
    matrix = change * crop_head / patch_head
    middle = (headwear.SIDE - 1) / 2 + shift * crop_head - matrix @ np.full(2, (patches.SIDE - 1) / 2)
    size = headwear.SIDE, headwear.SIDE
    crop = cv2.warpAffine(patch, np.column_stack([matrix, middle]), size, borderMode=cv2.BORDER_REPLICATE)
    return crop.astype(np.uint8, copy=False)
