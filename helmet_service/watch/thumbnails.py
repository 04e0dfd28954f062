"""Small grey pictures of a camera's frames, which its memory of what never moves compares."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 640  # pixels: a head of 12 px in a frame of 1280 has 6


def grey_thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR -> (h, w) uint8, at most `WIDTH` wide."""
    height, width = pixels.shape[:2]
    share = min(1.0, WIDTH / width)
    size = max(1, round(share * width)), max(1, round(share * height))
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
