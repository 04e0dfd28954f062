"""Patches -> crops as cameras may show them: moved, turned, scaled, coarse, in other light."""

from __future__ import annotations

import math
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.estimation import headwear
from pose.train.augment.photometry import (
    Blur,
    BrightnessContrast,
    ColourCast,
    CutOut,
    Grey,
    JpegArtefacts,
    PhotometricOperation,
)
from pose.train.augment.weather import Dusk, Glare, Haze
from pose.train.headwear import patches

Picture = NDArray[np.uint8]

# Stronger than for whole pictures: a crop is small, and its kind survives more than a skeleton does.
PHOTOMETRY: Final[tuple[PhotometricOperation, ...]] = (
    Haze(probability=0.1),
    Glare(probability=0.05),
    Dusk(probability=0.12),
    BrightnessContrast(probability=0.7),
    ColourCast(probability=0.5),
    Grey(probability=0.1),
    CutOut(probability=0.15, side=(0.1, 0.3)),
    Blur(probability=0.15),
    JpegArtefacts(probability=0.3, quality=(15.0, 70.0)),
)
_SHIFT: Final = 0.1  # head sizes, standard deviation along both axes: about what found heads are off
_SCALE: Final = 0.14  # standard deviation of the logarithm, likewise
_STRETCH: Final = 0.06  # the same of the ratio of the sides
_TURN: Final = 10.0  # degrees, standard deviation
_FAR_TURN: Final = (0.1, 60.0)  # probability and greatest degrees of a large turn, as of heads seen without a body
_COARSE: Final = (0.35, 8.0)  # probability of fewer pixels, and the fewest that a head then has
_NO_FACES: Final = np.full((1, 3), np.nan)


def augmented(patch: Picture, generator: np.random.Generator) -> Picture:
    """A crop (`headwear.SIDE` square) from a patch, at random."""
    crop = _coarse(_placed(patch, generator), generator)
    for operation in PHOTOMETRY:
        if generator.random() < operation.probability:
            crop = operation.apply(crop, operation.draw(generator, _NO_FACES)[0])
    return crop


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


def _coarse(crop: Picture, generator: np.random.Generator) -> Picture:
    probability, fewest = _COARSE
    if generator.random() >= probability:
        return crop
    least = fewest * headwear.SPAN / headwear.SIDE
    side = round(headwear.SIDE * math.exp(generator.uniform(math.log(least), 0)))
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, crop.shape[:2], interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
