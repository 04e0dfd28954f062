"""What happens to small crops of heads and hands in training: other light, and fewer pixels."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

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

Picture = NDArray[np.uint8]

# Stronger than for whole pictures: a crop is small, and what it shows survives more than a skeleton does.
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
_NO_FACES: Final = np.full((1, 3), np.nan)


def in_other_light(crop: Picture, generator: np.random.Generator) -> Picture:
    """The crop (H, W, 3) after some of `PHOTOMETRY`, at random."""
    for operation in PHOTOMETRY:
        if generator.random() < operation.probability:
            crop = operation.apply(crop, operation.draw(generator, _NO_FACES)[0])
    return crop


def coarser(crop: Picture, probability: float, fewest: float, generator: np.random.Generator) -> Picture:
    """The square crop (S, S, 3) with that probability as if it had fewer pixels, at least `fewest` a side."""
    if generator.random() >= probability:
        return crop
    whole = crop.shape[0]
    side = round(whole * math.exp(generator.uniform(math.log(fewest / whole), 0)))
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, crop.shape[:2], interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
