"""Picture -> the ancestor's network input, at height 256, and the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.baseline.grouping import STRIDE

HEIGHT: Final = 256
_GREY: Final = 128
_RANGE: Final = 256

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a picture lies in the input: scaled to the input's height and centred between grey bars.

    width, height: the input's, in pixels. left: the left bar's width. scale: input pixels per picture pixel.
    """

    width: int
    height: int
    left: int
    scale: float

    def to_input(self, keypoints: Floats) -> Floats:
        """Keypoints (..., 3), x, y and score, in picture pixels -> in input pixels; unseen ones stay (0, 0, 0)."""
        there = keypoints * np.array((self.scale, self.scale, 1), np.float32) + np.array((self.left, 0, 0), np.float32)
        return np.where(keypoints[..., 2:] > 0, there, 0).astype(np.float32)

    def to_picture(self, keypoints: Floats) -> Floats:
        """Keypoints (..., 3) in input pixels -> in picture pixels."""
        there = (keypoints - np.array((self.left, 0, 0), np.float32)) / np.array(
            (self.scale, self.scale, 1), np.float32
        )
        return np.where(keypoints[..., 2:] > 0, there, 0).astype(np.float32)


def placed(picture_width: int, picture_height: int) -> Placed:
    """Place a picture: the input is at least square, its width a multiple of the stride and not bounded."""
    scale = HEIGHT / picture_height
    covered = round(picture_width * scale)
    width = STRIDE * math.ceil(max(covered, HEIGHT) / STRIDE)
    return Placed(width, HEIGHT, (width - covered) // 2, scale)


def prepare(picture: NDArray[np.uint8], where: Placed) -> Floats:
    """(H, W, 3) uint8 BGR -> (1, 3, height, width) float32 in [-0.5, 0.5)."""
    scaled = cv2.resize(picture, (0, 0), fx=where.scale, fy=where.scale, interpolation=cv2.INTER_LINEAR)
    normalised = (scaled.astype(np.float32) - _GREY) * np.float32(1 / _RANGE)
    right = where.width - where.left - scaled.shape[1]
    bottom = where.height - scaled.shape[0]
    padded = cv2.copyMakeBorder(normalised, 0, bottom, where.left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.ascontiguousarray(padded.transpose(2, 0, 1)[None])
