"""Operations that place a batch of crops in pictures: each changes the matrices by which the pictures are warped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pose.fields import person_sizes
from pose.skeleton import LEFT_HIP, LEFT_WRIST, NECK, NOSE, RIGHT_HIP, RIGHT_WRIST

Matrices = NDArray[np.float64]

# The least depth of points of a tilted picture, in depths of the crop's middle; points behind the camera land far away.
_LEAST_DEPTH: Final = 0.05
_LEAST_PERSON: Final = 8.0  # pixels: smaller people count with this size
_HIPS: Final = [RIGHT_HIP, LEFT_HIP]
_WRISTS: Final = [RIGHT_WRIST, LEFT_WRIST]


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """The contents of the pictures of N crops.

    size: the crops' side in pixels. extents: (N, 2) the pictures' width and height. people: (n, 18, 3) x, y, state, in
    their pictures' pixels. person_of: (n,) the crop of each person's picture.
    """

    size: int
    extents: NDArray[np.float64]
    people: NDArray[np.float32]
    person_of: NDArray[np.intp]


class GeometricOperation(Protocol):
    """Changes `matrices` (N, 3, 3), which map the pictures' pixels to the crops', both continuous and homogeneous."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The matrices after this operation; draws from `rng`."""
        ...


@dataclass(frozen=True, slots=True)
class ScalePeople:
    """Places the crop around a person, at a random size, or on a random part of the picture.

    The crop's middle is the person's, moved so that the crop shows as little as possible outside the picture.
    """

    probability: float = 0.85
    """Probability of a person. Otherwise, and without people, the scale is log-uniform over `picture`, and the crop's
    middle lies in the picture's inner 60 %."""
    person: tuple[float, float] = (0.05, 1.10)
    """The person's size (`pose.fields.person_sizes`) in sides of the crop, log-uniform over the part of this range that
    the limits allow."""
    picture: tuple[float, float] = (0.7, 2.0)
    """The picture's longer side in sides of the crop, when no person is chosen."""
    shorter_side: tuple[float, float] = (0.6, 4.0)
    """Limits of the picture's shorter side in sides of the crop, to avoid much grey and few pixels."""
    enlargement: float = 3.0
    """Most crop pixels per picture pixel."""
    unusual: float = 1.0
    """Relative frequency of people who lie, bend or climb: whose trunk is more than 45 degrees from upright, or who
    have a wrist above the nose."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """New matrices, which do not depend on the given ones."""
        count, extents = len(matrices), scenes.extents
        low, high = np.tile(np.array(self.picture), (count, 1)).T
        scale = scenes.size / extents.max(axis=1) * _even_in_log(low, high, rng)
        middle = rng.uniform(0.2, 0.8, (count, 2)) * extents
        wanted = rng.random(count) < self.probability
        crop, person = one_each(scenes.person_of, self._weights(scenes.people), rng)
        crop, person = crop[wanted[crop]], person[wanted[crop]]
        people = scenes.people[person]
        middle[crop] = np.mean(box_of(people[..., :2].astype(np.float64), people[..., 2] > 0), axis=0)
        scale[crop] = self._person_scales(np.maximum(person_sizes(people), _LEAST_PERSON), scenes, crop, rng)
        # Moved so that the crop shows as much of the picture as it can.
        margin = np.minimum((scenes.size / scale)[:, None], extents) / 2
        placed = np.zeros((count, 3, 3))
        placed[:, 0, 0] = placed[:, 1, 1] = scale
        placed[:, :2, 2] = scenes.size / 2 - scale[:, None] * np.clip(middle, margin, extents - margin)
        placed[:, 2, 2] = 1
        return placed

    def _weights(self, people: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.where(are_unusual(people), self.unusual, 1.0) * (people[..., 2] > 0).any(axis=1)

    def _person_scales(
        self, people: NDArray[np.float64], scenes: Scenes, crop: NDArray[np.intp], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        shorter = scenes.extents[crop].min(axis=1)
        least, most = (share * scenes.size / shorter for share in self.shorter_side)
        most = np.maximum(np.minimum(most, self.enlargement), least)
        low, high = (np.clip(share * scenes.size / people, least, most) for share in self.person)
        return _even_in_log(low, high, rng)


@dataclass(frozen=True, slots=True)
class Rotate:
    """Rotates about the crop's middle: mostly by small angles, sometimes by large ones."""

    probability: float = 1.0
    """Probability that a crop is rotated."""
    degrees: float = 15.0
    """Standard deviation of the angle, which is normally distributed."""
    far_probability: float = 0.1
    """Probability that the angle of a rotated crop is uniform from -`far_degrees` to `far_degrees` instead."""
    far_degrees: float = 110.0
    """The largest of these angles."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The rotated matrices."""
        count = len(matrices)
        far = rng.random(count) < self.far_probability
        degrees = np.where(
            far, rng.uniform(-self.far_degrees, self.far_degrees, count), rng.normal(0, self.degrees, count)
        )
        angle = np.radians(degrees * (rng.random(count) < self.probability))
        turn = _unchanged(count)
        turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
        turn[:, 1, 0], turn[:, 0, 1] = np.sin(angle), -np.sin(angle)
        return _about_the_middle(turn, scenes) @ matrices


@dataclass(frozen=True, slots=True)
class Tilt:
    """Tilts the picture's top towards the camera, like a camera that looks down: large heads, short bodies."""

    probability: float = 0.0
    """Probability that a crop is tilted."""
    steepness: tuple[float, float] = (10.0, 40.0)
    """The angle in degrees."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The tilted matrices; the crops' middles stay, and the camera is 1.5 sides of the crop away."""
        count = len(matrices)
        angle = np.radians(rng.uniform(*self.steepness, count) * (rng.random(count) < self.probability))
        lean = _unchanged(count)
        lean[:, 1, 1], lean[:, 2, 1] = np.cos(angle), np.sin(angle) / (1.5 * scenes.size)
        return _about_the_middle(lean, scenes) @ matrices


@dataclass(frozen=True, slots=True)
class Flip:
    """Mirrors left and right; `crops.place` swaps the keypoints' names."""

    probability: float = 0.5
    """Probability that a crop is mirrored."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The matrices, some of which are mirrored."""
        mirror = _unchanged(len(matrices))
        mirror[rng.random(len(matrices)) < self.probability, 0, 0] = -1
        return _about_the_middle(mirror, scenes) @ matrices


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves the crop's content."""

    probability: float = 1.0
    """Probability that a crop is moved."""
    spread: float = 0.12
    """Standard deviation in sides of the crop, along both axes."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The moved matrices."""
        count = len(matrices)
        distances = rng.normal(0, self.spread, (count, 2)) * scenes.size
        shift = _unchanged(count)
        shift[:, :2, 2] = distances * (rng.random(count) < self.probability)[:, None]
        return shift @ matrices


def are_unusual(people: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of (n, 18, 3) people visibly lie, bend or climb, (n,) bool; see `ScalePeople.unusual`."""
    seen, points = people[..., 2] > 0, people[..., :2]
    above = seen[:, _WRISTS] & (points[:, _WRISTS, 1] < points[:, [NOSE], 1])
    hips = seen[:, _HIPS]
    middle = (points[:, _HIPS] * hips[..., None]).sum(axis=1) / np.maximum(hips.sum(axis=1), 1)[:, None]
    right, down = (middle - points[:, NECK]).T
    leaning = hips.any(axis=1) & seen[:, NECK] & (np.abs(right) > down)
    unusual: NDArray[np.bool_] = (seen[:, NOSE] & above.any(axis=1)) | leaning
    return unusual


def one_each(
    crop: NDArray[np.intp], weights: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """A random row of each crop, drawn by weight: the crops with a weight above 0, and the index of their row.

    crop, weights: (n,), of each row.
    """
    with np.errstate(divide="ignore"):
        waits = rng.exponential(size=len(crop)) / weights
    order = np.lexsort((waits, crop))
    crops, first = np.unique(crop[order], return_index=True)
    rows = order[first]
    there = np.isfinite(waits[rows])
    return crops[there], rows[there]


def box_of(
    points: NDArray[np.floating[Any]], there: NDArray[np.bool_]
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """The least and greatest x, y, (n, 2) each, of (n, k, 2) points where `there` (n, k); infinite for none."""
    low = np.where(there[..., None], points, np.inf).min(axis=1)
    high = np.where(there[..., None], points, -np.inf).max(axis=1)
    return low, high


def scales(matrices: Matrices, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Crop pixels per picture pixel at (..., k, 2) points of pictures, (..., k): the root of the ratio of areas."""
    grown: NDArray[np.float64] = np.sqrt(
        abs(np.linalg.det(matrices))[..., None] / _depths(points, matrices)[..., 0] ** 3
    )
    return grown


def moved(points: NDArray[np.floating[Any]], matrices: Matrices) -> NDArray[np.float32]:
    """(..., k, 2) points in pictures -> in crops; matrices: (..., 3, 3), one per k points."""
    flat = points @ matrices[..., :2, :2].swapaxes(-1, -2) + matrices[..., None, :2, 2]
    placed: NDArray[np.float32] = (flat / _depths(points, matrices)).astype(np.float32)
    return placed


def _depths(points: NDArray[np.floating[Any]], matrices: Matrices) -> NDArray[np.float64]:
    """The homogeneous coordinate of each point, (..., k, 1)."""
    depths = points @ matrices[..., 2:, :2].swapaxes(-1, -2) + matrices[..., None, 2:, 2]
    return np.maximum(depths, _LEAST_DEPTH)


def _unchanged(count: int) -> Matrices:
    return np.tile(np.eye(3), (count, 1, 1))


def _about_the_middle(changes: Matrices, scenes: Scenes) -> Matrices:
    """The changes about the crops' middle instead of the origin."""
    there, back = np.eye(3), np.eye(3)
    there[:2, 2], back[:2, 2] = scenes.size / 2, -scenes.size / 2
    about: Matrices = there @ changes @ back
    return about


def _even_in_log(low: NDArray[np.float64], high: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    return np.exp(rng.uniform(np.log(low), np.log(high)))
