"""Random haze, dusk and glare in a picture's pixels; labels stay where they are."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

TRANSMISSION: Final = (0.25, 0.75)  # share of the scene's light that passes the haze
AIRLIGHT: Final = (190.0, 235.0)  # the haze's own light, in levels of 255
CLOUDS: Final = (3, 4)  # rows and columns of the grid of random thicknesses
LIGHT: Final = (0.25, 0.45)  # dusk's share of the day's light
GAMMA: Final = (1.2, 1.6)  # dark parts lose more
CAST: Final = ((1.0, 1.15), (0.9, 1.0), (0.8, 0.95))  # factors of blue, green and red: dusk is bluish
NOISE: Final = (4.0, 9.0)  # standard deviation in levels of 255, as sensors amplify little light

SPOTS: Final = (1, 4)  # bright spots in glare, the second exclusive
SPOT_RADIUS: Final = (0.04, 0.12)  # standard deviation, as a share of the picture's longer side
SPOT_LIGHT: Final = (150.0, 300.0)  # added in a spot's middle, in levels of 255: sensors saturate


def haze(pixels: Picture, generator: np.random.Generator) -> Picture:
    """The (H, W, 3) uint8 BGR picture through haze of uneven thickness, such as steam or fog: J t + A (1 - t).

    The atmospheric scattering model (Narasimhan & Nayar, "Vision and the Atmosphere", IJCV 2002); the transmission t
    in `TRANSMISSION` is a smooth random one from a coarse grid, because depth is unknown.
    """
    height, width = pixels.shape[:2]
    grid = generator.uniform(*TRANSMISSION, CLOUDS).astype(np.float32)
    transmission = cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return _levels(pixels * transmission + generator.uniform(*AIRLIGHT) * (1 - transmission))


def dusk(pixels: Picture, generator: np.random.Generator) -> Picture:
    """The (H, W, 3) uint8 BGR picture at dusk: darker, above all in its shadows, bluish and noisy."""
    cast = np.array([generator.uniform(*gain) for gain in CAST])
    dark = (pixels / 255) ** generator.uniform(*GAMMA) * generator.uniform(*LIGHT) * 255
    return _levels(dark * cast + generator.normal(0, generator.uniform(*NOISE), pixels.shape))


def glare(pixels: Picture, generator: np.random.Generator) -> Picture:
    """The (H, W, 3) uint8 BGR picture with one to three bright spots, like lamps or the low sun."""
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
