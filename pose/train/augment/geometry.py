"""Operations that place a batch of crops in pictures: each multiplies one matrix a crop, by which its picture is warped
once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pose.fields import person_sizes
from pose.skeleton import LEFT_HIP, LEFT_WRIST, NECK, NOSE, RIGHT_HIP, RIGHT_WRIST

Matrices = NDArray[np.float64]

# The least depth, in depths of the crop's middle, that points of a tilted picture count with: what lies behind the
# camera lands far away.
_LEAST_DEPTH: Final = 0.05
_LEAST_PERSON: Final = 8.0  # pixels: what has fewer is drawn as if it had as many
_HIPS: Final = [RIGHT_HIP, LEFT_HIP]
_WRISTS: Final = [RIGHT_WRIST, LEFT_WRIST]


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """What an operation may look at of N crops' pictures.

    size: the crops' side in pixels. extents: (N, 2) the pictures' width and height. people: (n, 18, 3) x, y, state, in
    their pictures' pixels. person_of: (n,) which crop's picture shows each.
    """

    size: int
    extents: NDArray[np.float64]
    people: NDArray[np.float32]
    person_of: NDArray[np.intp]


class GeometricOperation(Protocol):
    """`matrices` (N, 3, 3) map the pictures' pixels to the crops', both continuous and homogeneous; each operation
    returns its own."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The matrices after this operation; draws from `rng`."""
        ...


@dataclass(frozen=True, slots=True)
class ScalePeople:
    """Brings a person into the crop at a drawn size, or else a part of the picture.

    The crop's middle is the person's, moved as far as the crop would else show what lies outside of the picture.
    """

    probability: float = 0.85
    """Of a person; else, and where nobody is, the scale is even in the logarithm over `picture`, and the
    middle is drawn from the picture's inner 60 %."""
    person: tuple[float, float] = (0.05, 1.10)
    """The person's size (`pose.fields.person_sizes`) in sides of the crop, even in the logarithm within what the limits
    leave of this range."""
    picture: tuple[float, float] = (0.7, 2.0)
    """The picture's longer side in sides of the crop, when no person is chosen."""
    shorter_side: tuple[float, float] = (0.6, 4.0)
    """Limits of the picture's shorter side in sides of the crop: neither little picture in much grey, nor few
    pixels."""
    enlargement: float = 3.0
    """The most crop pixels a picture pixel."""
    unusual: float = 1.0
    """How many times as often a person is chosen who lies, bends or climbs: the trunk more than 45 degrees from
    upright, or a wrist above the nose."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """Matrices that start anew."""
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
        # Moved so that the crop holds as much picture as it can.
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
    """Turns about the crop's middle: mostly a little, sometimes far."""

    probability: float = 1.0
    """How often a crop is turned at all."""
    degrees: float = 15.0
    """Standard deviation of the angle, which is normal."""
    far_probability: float = 0.1
    """How often the angle of a turned crop is even over -`far_degrees` to `far_degrees` instead."""
    far_degrees: float = 110.0
    """The largest of these angles."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The turned matrices."""
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
    """Leans the picture's top towards the camera, as one that looks down sees people: large heads, short bodies."""

    probability: float = 0.0
    """How often a crop is tilted."""
    steepness: tuple[float, float] = (10.0, 40.0)
    """The angle in degrees."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The tilted matrices; the crops' middles stay, seen from 1.5 sides of the crop away."""
        count = len(matrices)
        angle = np.radians(rng.uniform(*self.steepness, count) * (rng.random(count) < self.probability))
        lean = _unchanged(count)
        lean[:, 1, 1], lean[:, 2, 1] = np.cos(angle), np.sin(angle) / (1.5 * scenes.size)
        return _about_the_middle(lean, scenes) @ matrices


@dataclass(frozen=True, slots=True)
class Flip:
    """Mirrors left and right; whoever moves the keypoints changes their names with it (`crops.place`)."""

    probability: float = 0.5
    """How often a crop is mirrored."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The matrices, some of them mirrored."""
        mirror = _unchanged(len(matrices))
        mirror[rng.random(len(matrices)) < self.probability, 0, 0] = -1
        return _about_the_middle(mirror, scenes) @ matrices


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves the crop's content."""

    probability: float = 1.0
    """How often a crop is moved."""
    spread: float = 0.12
    """Standard deviation in sides of the crop, along both axes."""

    def place(self, matrices: Matrices, scenes: Scenes, rng: np.random.Generator) -> Matrices:
        """The moved matrices."""
        count = len(matrices)
        ways = rng.normal(0, self.spread, (count, 2)) * scenes.size
        shift = _unchanged(count)
        shift[:, :2, 2] = ways * (rng.random(count) < self.probability)[:, None]
        return shift @ matrices


def are_unusual(people: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of (n, 18, 3) people lie, bend or climb, as far as seen, (n,); see `ScalePeople.unusual`."""
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
    """Of rows that belong to crops, one of each crop by its weight: the crops that have any above 0, and their rows."""
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
    """The least and greatest x, y, (n, 2) each, of those of (n, k, 2) points that are there; infinite for none."""
    low = np.where(there[..., None], points, np.inf).min(axis=1)
    high = np.where(there[..., None], points, -np.inf).max(axis=1)
    return low, high


def scales(matrices: Matrices, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Crop pixels a picture pixel at (..., k, 2) points of pictures, (..., k): the root of how areas change there."""
    grown: NDArray[np.float64] = np.sqrt(
        abs(np.linalg.det(matrices))[..., None] / _depths(points, matrices)[..., 0] ** 3
    )
    return grown


def moved(points: NDArray[np.floating[Any]], matrices: Matrices) -> NDArray[np.float32]:
    """(..., k, 2) points of pictures -> of crops, by a matrix each k points, (..., 3, 3)."""
    flat = points @ matrices[..., :2, :2].swapaxes(-1, -2) + matrices[..., None, :2, 2]
    placed: NDArray[np.float32] = (flat / _depths(points, matrices)).astype(np.float32)
    return placed


def _depths(points: NDArray[np.floating[Any]], matrices: Matrices) -> NDArray[np.float64]:
    """(..., k, 1)."""
    depths = points @ matrices[..., 2:, :2].swapaxes(-1, -2) + matrices[..., None, 2:, 2]
    return np.maximum(depths, _LEAST_DEPTH)


def _unchanged(count: int) -> Matrices:
    return np.tile(np.eye(3), (count, 1, 1))


def _about_the_middle(changes: Matrices, scenes: Scenes) -> Matrices:
    """The changes with the crops' middle in the place of the origin."""
    there, back = np.eye(3), np.eye(3)
    there[:2, 2], back[:2, 2] = scenes.size / 2, -scenes.size / 2
    about: Matrices = there @ changes @ back
    return about


def _even_in_log(low: NDArray[np.float64], high: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    return np.exp(rng.uniform(np.log(low), np.log(high)))
