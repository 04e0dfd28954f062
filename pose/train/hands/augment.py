"""Patches -> crops as serving may cut them: moved, turned, scaled, mirrored, coarse, in other light."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.estimation.preprocess import GREY
from pose.train.augment.small_crops import coarser, in_other_light
from pose.train.hands.network import SIDE
from pose.train.hands.patches import SIDE as PATCH
from pose.train.hands.patches import SPAN

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]

_TURN: Final = 20.0  # degrees, standard deviation
_SHIFT: Final = 0.06  # squares, standard deviation along both axes
_SCALE: Final = 0.17  # standard deviation of the logarithm
_BOXED: Final = 0.3  # share of the hands that are cut as a box around them asks for: in the middle, at any turn
_BOX: Final = (1.0, 2.4)  # boxes that such a crop's side covers
_BOX_SHIFT: Final = 0.05  # boxes, standard deviation
_COARSE: Final = (0.3, 12.0)  # probability of fewer pixels, and the fewest that a crop's side then has


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """pixels: (SIDE, SIDE, 3) uint8 BGR. keypoints: (21, 2) in shares of its side, NaN without a hand."""

    pixels: Picture
    keypoints: Points
    left: bool


def augmented(patch: Picture, keypoints: NDArray[Any], left: bool, generator: np.random.Generator) -> Crop:
    """A crop from a patch of `Patches`, at random."""
    flip = bool(generator.random() < 0.5)
    boxed = not np.isnan(keypoints[0, 0]) and generator.random() < _BOXED
    change = _around_box(keypoints, generator) if boxed else _around_square(generator)
    crop = _warped(patch, keypoints, change, flip=flip)
    pixels = in_other_light(coarser(crop.pixels, *_COARSE, generator), generator)
    return Crop(pixels, crop.keypoints, bool(left) != flip)


def plain(patch: Picture, keypoints: NDArray[Any], left: bool) -> Crop:
    """The crop that serving would see."""
    crop = _warped(patch, keypoints, (np.full(2, 0.5), 1.0, 0.0), flip=False)
    return Crop(crop.pixels, crop.keypoints, left)


Change = tuple[Points, float, float]
"""The crop's middle and side in the patch's square, in shares of its side, and its turn in degrees."""


def _around_square(generator: np.random.Generator) -> Change:
    middle = 0.5 + generator.normal(0, _SHIFT, 2)
    return middle, math.exp(generator.normal(0, _SCALE)), float(generator.normal(0, _TURN))


def _around_box(keypoints: NDArray[Any], generator: np.random.Generator) -> Change:
    low, high = keypoints.min(axis=0), keypoints.max(axis=0)
    box = float((high - low).max())
    middle = (low + high) / 2 + generator.normal(0, _BOX_SHIFT, 2) * box
    return middle, box * math.exp(generator.uniform(*np.log(_BOX))), float(generator.uniform(-180, 180))


def _warped(patch: Picture, keypoints: NDArray[Any], change: Change, *, flip: bool) -> Crop:
    middle, side, degrees = change
    turn = cv2.getRotationMatrix2D((0, 0), degrees, 1 / side)[:, :2]
    if flip:
        turn = np.diag([-1.0, 1.0]) @ turn
    points = (keypoints - middle) @ turn.T + 0.5
    scale = SIDE * SPAN / PATCH  # crop pixels per patch pixel where the crop shows one square
    centre = (middle - 0.5) * PATCH / SPAN + (PATCH - 1) / 2  # in OpenCV's pixels of the patch
    matrix = turn * scale
    shift = (SIDE - 1) / 2 - matrix @ centre
    pixels = cv2.warpAffine(
        patch, np.column_stack([matrix, shift]), (SIDE, SIDE), borderMode=cv2.BORDER_CONSTANT, borderValue=[GREY] * 3
    )
    return Crop(pixels.astype(np.uint8, copy=False), points, False)
