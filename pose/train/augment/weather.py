"""Operations on a crop's pixels that simulate poor visibility: haze, dusk, glare, and shields in front of faces.

Haze, dusk and glare use other formulas than `python -m benchmarks.harder_views`, so that a network cannot learn the
benchmark's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.train.augment.photometry import Drawn, Faces, Picture, uniform

CLOUDS: Final = 4  # rows and columns of the grid of a haze's thicknesses


@dataclass(frozen=True, slots=True)
class Haze:
    """Blends with a light grey of varying thickness, like haze, steam and smoke."""

    probability: float = 0.0
    """Probability of haze in a crop."""
    thickness: tuple[float, float] = (0.1, 0.85)
    """The haze's greatest share of a pixel; its share is at least a third of that everywhere."""
    level: tuple[float, float] = (140.0, 240.0)
    """The grey level of the haze, 0 to 255."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """Level, thickness at each point of the grid, row after row."""
        count = len(faces)
        grid = rng.uniform(1 / 3, 1, (count, CLOUDS * CLOUDS)) * rng.uniform(*self.thickness, (count, 1))
        return np.concatenate([rng.uniform(*self.level, (count, 1)), grid], axis=1)

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """The thickness is interpolated linearly between the points of the grid."""
        grid = drawn[1:].reshape(CLOUDS, CLOUDS).astype(np.float32)
        thickness = cv2.resize(grid, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
        return _rounded(picture * (1 - thickness) + drawn[0] * thickness)


@dataclass(frozen=True, slots=True)
class Dusk:
    """Darkens, and adds a sensor's noise in low light."""

    probability: float = 0.0
    """Probability that a crop is dark."""
    light: tuple[float, float] = (0.2, 0.6)
    """The factor of levels."""
    noise: tuple[float, float] = (1.0, 9.0)
    """Standard deviation of the noise, in levels of 255."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """Light, noise, the seed of the noise."""
        count = len(faces)
        return np.column_stack(
            [rng.uniform(*self.light, count), rng.uniform(*self.noise, count), rng.integers(2**31, size=count)]
        )

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """The noise is normally distributed; a device draws other noise."""
        noise = np.random.default_rng(int(drawn[2])).standard_normal(picture.shape, np.float32)
        return _rounded(picture * drawn[0] + drawn[1] * noise)


@dataclass(frozen=True, slots=True)
class Glare:
    """Adds a bright spot, like lamps, welding and the low sun."""

    probability: float = 0.0
    """Probability of a spot in a crop."""
    strength: tuple[float, float] = (60.0, 300.0)
    """The summand in its middle, in levels of 255."""
    radius: tuple[float, float] = (0.06, 0.5)
    """The distance from its middle at which the summand is 1/e of that, in sides of the crop."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """X and y of the middle and radius in sides of the crop, strength."""
        return uniform([(0, 1), (0, 1), self.radius, self.strength], len(faces), rng)

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """The light falls off exponentially with the distance."""
        distance = _distances(picture, drawn[0], drawn[1]) / drawn[2]
        return _rounded(picture + drawn[3] * np.exp(-distance)[..., None])


@dataclass(frozen=True, slots=True)
class FaceShield:
    """Covers one face with a dark disc, like welding masks and tinted shields; its keypoints and head stay labelled."""

    probability: float = 0.0
    """Probability that a face is covered in a crop with faces."""
    radius: tuple[float, float] = (0.45, 0.75)
    """The disc's radius, in distances from the nose to the neck."""
    level: tuple[float, float] = (5.0, 80.0)
    """The disc's grey level, 0 to 255."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """X and y of the middle and radius in sides of the crop, level."""
        radius, level = uniform([self.radius, self.level], len(faces), rng).T
        return np.column_stack([faces[:, :2], faces[:, 2] * radius, level])

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """Whole pixels are covered."""
        covered = picture.copy()
        covered[_distances(picture, drawn[0], drawn[1]) <= drawn[2]] = round(drawn[3])
        return covered


def _distances(picture: Picture, x: float, y: float) -> NDArray[np.float64]:
    """(H, W): the distance of each pixel's centre from a point; all in sides of the square picture."""
    size = len(picture)
    centres = (np.arange(size) + 0.5) / size
    return np.hypot(centres[None, :] - x, centres[:, None] - y)


def _rounded(values: NDArray[np.floating]) -> Picture:
    levels: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels
