"""Operations on a crop's pixels; numbers are drawn first and without pixels, so that a device can use the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Drawn = NDArray[np.float64]
Faces = NDArray[np.float64]
"""(N, 3) a face of each of N crops: x and y of the nose, and its distance from the neck, in sides of the crop; NaN
where no face is seen."""

GREY: Final = 128  # the level outside the picture


class PhotometricOperation(Protocol):
    """Draws numbers for crops, and applies them; all pictures are (H, W, 3) uint8 BGR."""

    @property
    def probability(self) -> float:
        """Probability that a crop is changed."""
        ...

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """(N, k), the k numbers for `apply` of each of N crops; NaN for a crop that cannot be changed."""
        ...

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """A changed copy of the picture."""
        ...


@dataclass(frozen=True, slots=True)
class BrightnessContrast:
    """Multiplies levels by a contrast and adds a brightness."""

    probability: float = 0.6
    """Probability that a crop is changed."""
    contrast: tuple[float, float] = (0.6, 1.4)
    """The factor of levels."""
    brightness: tuple[float, float] = (-30.0, 30.0)
    """The summand, in levels of 255."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """Contrast, brightness."""
        return uniform([self.contrast, self.brightness], len(faces), rng)

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """Levels are rounded and clipped to 0..255."""
        return _looked_up(picture, LEVELS * drawn[0] + drawn[1])


@dataclass(frozen=True, slots=True)
class ColourCast:
    """Multiplies each channel by its own factor."""

    probability: float = 0.3
    """Probability that a crop is changed."""
    gain: tuple[float, float] = (0.85, 1.15)
    """The factor of each channel."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """Gains of blue, green and red."""
        return rng.uniform(*self.gain, (len(faces), 3))

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """Levels are rounded and clipped to 0..255."""
        return _looked_up(picture, LEVELS[:, None] * drawn)


@dataclass(frozen=True, slots=True)
class Grey:
    """Removes the colour."""

    probability: float = 0.1
    """Probability that a crop loses its colour."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:  # noqa: ARG002 - as all operations
        """No numbers."""
        return np.zeros((len(faces), 0))

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:  # noqa: ARG002 - as all operations
        """Luma (ITU-R BT.601) in all channels."""
        return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class CutOut:
    """Covers a rectangle with grey."""

    probability: float = 0.1
    """Probability that a part of a crop is covered."""
    side: tuple[float, float] = (0.05, 0.2)
    """The rectangle's width and height, drawn independently, in sides of the crop."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """Left, top, right, bottom in sides of the crop."""
        sides = rng.uniform(*self.side, (len(faces), 2))
        corners = rng.uniform(0, 1 - sides)
        return np.concatenate([corners, corners + sides], axis=1)

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """Whole pixels are covered."""
        height, width = picture.shape[:2]
        left, top, right, bottom = np.rint(drawn * (width, height, width, height)).astype(int)
        covered = picture.copy()
        covered[top:bottom, left:right] = GREY
        return covered


@dataclass(frozen=True, slots=True)
class Blur:
    """Blurs by a Gaussian."""

    probability: float = 0.12
    """Probability that a crop is blurred."""
    sigma: tuple[float, float] = (0.4, 1.6)
    """Its standard deviation in pixels of the crop."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """Sigma."""
        return rng.uniform(*self.sigma, (len(faces), 1))

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """Borders are mirrored."""
        side = 2 * blur_radius(float(drawn[0])) + 1
        return cv2.GaussianBlur(picture, (side, side), float(drawn[0])).astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class JpegArtefacts:
    """Writes the crop as JPEG and reads it again."""

    probability: float = 0.12
    """Probability that a crop is changed."""
    quality: tuple[float, float] = (20.0, 70.0)
    """As libjpeg counts it, 1 to 100."""

    def draw(self, rng: np.random.Generator, faces: Faces) -> Drawn:
        """Quality, a whole number."""
        return np.rint(rng.uniform(*self.quality, (len(faces), 1)))

    def apply(self, picture: Picture, drawn: Drawn) -> Picture:
        """Colours are stored at half the resolution, as cameras do."""
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(drawn[0])])
        read: Picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        return read


BLUR_REACH: Final = 3  # standard deviations
LEVELS: Final = np.arange(256.0)


def uniform(ranges: Sequence[tuple[float, float]], count: int, rng: np.random.Generator) -> Drawn:
    """(count, k) numbers, a column for each of k ranges."""
    low, high = np.array(ranges).T
    return rng.uniform(low, high, (count, len(ranges)))


def blur_radius(sigma: float) -> int:
    """The pixels on each side that a blur reads."""
    return max(round(BLUR_REACH * sigma), 1)


def _looked_up(picture: Picture, table: NDArray[np.float64]) -> Picture:
    """The picture with levels replaced; table: (256,) or (256, 3), the new value of each level."""
    rounded = np.clip(np.rint(table), 0, 255).astype(np.uint8)
    return cv2.LUT(picture, np.broadcast_to(rounded.reshape(256, -1), (256, 3))[None].copy()).astype(
        np.uint8, copy=False
    )
