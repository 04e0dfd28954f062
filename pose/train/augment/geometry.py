"""Operations that place a crop in a picture: each multiplies one matrix, by which the picture is warped once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pose.fields import person_size
from pose.skeleton import LEFT_HIP, LEFT_WRIST, NECK, NOSE, RIGHT_HIP, RIGHT_WRIST

Matrix = NDArray[np.float64]

# The least depth, in depths of the crop's middle, that points of a tilted picture count with: what lies behind the
# camera lands far away.
_LEAST_DEPTH: Final = 0.05
_LEAST_PERSON: Final = 8.0  # pixels: what has fewer is drawn as if it had as many


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What an operation may look at.

    size: the crop's side in pixels. height, width: the picture's. people: (n, 18, 3) x, y, state, in its pixels.
    """

    size: int
    height: int
    width: int
    people: NDArray[np.float32]


class GeometricOperation(Protocol):
    """`matrix` (3, 3) maps the picture's pixels to the crop's, both continuous and homogeneous; each operation returns
    its own."""

    def place(self, matrix: Matrix, scene: Scene, rng: np.random.Generator) -> Matrix:
        """The matrix after this operation; draws from `rng`."""
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
    """The person's size (`pose.fields.person_size`) in sides of the crop, even in the logarithm within what the limits
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

    def place(self, matrix: Matrix, scene: Scene, rng: np.random.Generator) -> Matrix:  # noqa: ARG002 - as all
        """A matrix that starts anew."""
        people = [person for person in scene.people if (person[:, 2] > 0).any()]
        if rng.random() < self.probability and people:
            share = np.cumsum([self.unusual if is_unusual(person) else 1.0 for person in people])
            person = people[np.searchsorted(share, rng.random() * share[-1], side="right")]
            points = person[person[:, 2] > 0, :2].astype(np.float64)
            middle = (points.min(axis=0) + points.max(axis=0)) / 2
            scale = self._person_scale(max(person_size(person), _LEAST_PERSON), scene, rng)
        else:
            scale = scene.size / max(scene.height, scene.width) * _even_in_log(self.picture, rng)
            middle = rng.uniform(0.2, 0.8, 2) * (scene.width, scene.height)
        x, y = scene.size / 2 - scale * self._inside(middle, scene.size / scale, scene)
        return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1]])

    @staticmethod
    def _inside(middle: NDArray[np.float64], side: float, scene: Scene) -> NDArray[np.float64]:
        """The middle moved so that a square of `side` picture pixels around it holds as much picture as it can."""
        extent = np.array([scene.width, scene.height], np.float64)
        margin = np.minimum(side, extent) / 2
        return np.clip(middle, margin, extent - margin)

    def _person_scale(self, person: float, scene: Scene, rng: np.random.Generator) -> float:
        shorter = min(scene.height, scene.width)
        least, most = (share * scene.size / shorter for share in self.shorter_side)
        most = max(min(most, self.enlargement), least)
        low, high = (min(max(share * scene.size / person, least), most) for share in self.person)
        return _even_in_log((low, high), rng)


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

    def place(self, matrix: Matrix, scene: Scene, rng: np.random.Generator) -> Matrix:
        """The turned matrix."""
        if rng.random() >= self.probability:
            return matrix
        far = rng.random() < self.far_probability
        angle = math.radians(rng.uniform(-self.far_degrees, self.far_degrees) if far else rng.normal(0, self.degrees))
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        middle = np.full(2, scene.size / 2)
        about = np.eye(3)
        about[:2, :2], about[:2, 2] = turn, middle - turn @ middle
        return about @ matrix


@dataclass(frozen=True, slots=True)
class Tilt:
    """Leans the picture's top towards the camera, as one that looks down sees people: large heads, short bodies."""

    probability: float = 0.0
    """How often a crop is tilted."""
    steepness: tuple[float, float] = (10.0, 40.0)
    """The angle in degrees."""

    def place(self, matrix: Matrix, scene: Scene, rng: np.random.Generator) -> Matrix:
        """The tilted matrix; the crop's middle stays, seen from 1.5 sides of the crop away."""
        angle = math.radians(rng.uniform(*self.steepness))
        if rng.random() >= self.probability:
            return matrix
        away = 1.5 * scene.size
        lean = np.diag([1.0, math.cos(angle), 1.0])
        lean[2, 1] = math.sin(angle) / away
        middle = np.eye(3)
        middle[:2, 2] = scene.size / 2
        tilted: Matrix = middle @ lean @ np.linalg.inv(middle) @ matrix
        return tilted


@dataclass(frozen=True, slots=True)
class Flip:
    """Mirrors left and right; whoever moves the keypoints changes their names with it (`is_mirrored`)."""

    probability: float = 0.5
    """How often a crop is mirrored."""

    def place(self, matrix: Matrix, scene: Scene, rng: np.random.Generator) -> Matrix:
        """The matrix, or the mirrored one."""
        if rng.random() >= self.probability:
            return matrix
        return np.array([[-1.0, 0, scene.size], [0, 1, 0], [0, 0, 1]]) @ matrix


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves the crop's content."""

    probability: float = 1.0
    """How often a crop is moved."""
    spread: float = 0.12
    """Standard deviation in sides of the crop, along both axes."""

    def place(self, matrix: Matrix, scene: Scene, rng: np.random.Generator) -> Matrix:
        """The moved matrix."""
        if rng.random() >= self.probability:
            return matrix
        shift = np.eye(3)
        shift[:2, 2] = rng.normal(0, self.spread, 2) * scene.size
        return shift @ matrix


def is_unusual(person: NDArray[np.float32]) -> bool:
    """Whether one of (18, 3) keypoints lies, bends or climbs, as far as seen; see `ScalePeople.unusual`."""
    seen = person[:, 2] > 0
    points = person[:, :2]
    wrists = [wrist for wrist in (RIGHT_WRIST, LEFT_WRIST) if seen[wrist]]
    if seen[NOSE] and any(points[wrist, 1] < points[NOSE, 1] for wrist in wrists):
        return True
    hips = [hip for hip in (RIGHT_HIP, LEFT_HIP) if seen[hip]]
    if not hips or not seen[NECK]:
        return False
    right, down = points[hips].mean(axis=0) - points[NECK]
    return bool(abs(right) > down)


def is_mirrored(matrix: Matrix) -> bool:
    """Whether the matrix changes left and right."""
    return bool(np.linalg.det(matrix) < 0)


def scales(matrix: Matrix, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Crop pixels a picture pixel at (..., 2) points of the picture: the root of how areas change there."""
    grown: NDArray[np.float64] = np.sqrt(abs(np.linalg.det(matrix)) / _depths(points, matrix)[..., 0] ** 3)
    return grown


def moved(points: NDArray[np.floating[Any]], matrix: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """(..., 2) points of the picture -> of the crop."""
    flat = points @ matrix[:2, :2].T + matrix[:2, 2]
    placed: NDArray[np.float32] = (flat / _depths(points, matrix)).astype(np.float32)
    return placed


def _depths(points: NDArray[np.floating[Any]], matrix: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """(..., 1)."""
    depths: NDArray[np.float64] = np.maximum(points @ matrix[2:, :2].T + matrix[2, 2], _LEAST_DEPTH)
    return depths


def _even_in_log(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    return math.exp(rng.uniform(math.log(bounds[0]), math.log(bounds[1])))
