"""What haze, dusk and glare do to a picture's pixels, drawn at random; labels stay where they are."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

TRANSMISSION: Final = (0.25, 0.75)  # of the scene's light through the haze, at its thickest and at its thinnest
AIRLIGHT: Final = (190.0, 235.0)  # levels of 255 of the haze itself
CLOUDS: Final = (3, 4)  # rows and columns of the grid of thicknesses that are drawn
LIGHT: Final = (0.25, 0.45)  # of the day's at dusk
GAMMA: Final = (1.2, 1.6)  # dark parts lose more
CAST: Final = ((1.0, 1.15), (0.9, 1.0), (0.8, 0.95))  # what blue, green and red are multiplied by: dusk is blue
NOISE: Final = (4.0, 9.0)  # standard deviation in levels of 255: sensors amplify what little they get

SPOTS: Final = (1, 4)  # bright spots in glare, the second exclusive
SPOT_RADIUS: Final = (0.04, 0.12)  # standard deviation, in the picture's longer side
SPOT_LIGHT: Final = (150.0, 300.0)  # what is added in a spot's middle, in levels of 255: sensors saturate


def haze(pixels: Picture, generator: np.random.Generator) -> Picture:
    """The (H, W, 3) uint8 BGR picture through haze of uneven thickness, as steam and fog are: J t + A (1 - t).

    The atmospheric scattering model (Narasimhan & Nayar, "Vision and the Atmosphere", IJCV 2002) with a smooth random
    transmission t in `TRANSMISSION`, from a coarse grid, instead of one of depth, which nobody knows.
    """
    height, width = pixels.shape[:2]
    grid = generator.uniform(*TRANSMISSION, CLOUDS).astype(np.float32)
    transmission = cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return _levels(pixels * transmission + generator.uniform(*AIRLIGHT) * (1 - transmission))


def dusk(pixels: Picture, generator: np.random.Generator) -> Picture:
    """The (H, W, 3) uint8 BGR picture in little light: darker, bluish and noisy, shadows most."""
    cast = np.array([generator.uniform(*gain) for gain in CAST])
    dark = (pixels / 255) ** generator.uniform(*GAMMA) * generator.uniform(*LIGHT) * 255
    return _levels(dark * cast + generator.normal(0, generator.uniform(*NOISE), pixels.shape))


def glare(pixels: Picture, generator: np.random.Generator) -> Picture:
    """The (H, W, 3) uint8 BGR picture with one to three bright spots anywhere, as lamps and the low sun make them."""
    rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    lit = pixels.astype(np.float64)
    for _ in range(generator.integers(*SPOTS)):
        x, y = generator.uniform(0, 1, 2) * pixels.shape[1::-1]
        radius = generator.uniform(*SPOT_RADIUS) * max(pixels.shape)
        spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
        lit += generator.uniform(*SPOT_LIGHT) * spot[..., None]
    return _levels(lit)


def _levels(values: NDArray[np.floating]) -> Picture:
    levels: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels
