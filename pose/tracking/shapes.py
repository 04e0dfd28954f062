"""A person as a track compares it: points, box and size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.skeleton import HEAD_KEYPOINTS, Person

Array = NDArray[np.float64]

# The square root of a whole person's outline, in heights of the head: it is 1/7.5 of stature (Drillis & Contini 1966).
SIZE_IN_HEADS: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """points: (19, 3), the keypoints in their order and the head's centre: x, y in pixels and a score, 0 where unseen.

    middle: (2,) of the box around all that was found, in pixels. size: the square root of a whole person's outline, in
    pixels.
    """

    points: Array
    middle: Array
    size: float


def shape_of(person: Person) -> Shape:
    """The shape of a found person; without a head peak the head's centre is the middle of its keypoints.

    The size is that of the outline, at least what the head says (people may be cut off), and at least 1.
    """
    points = np.zeros((19, 3))
    points[:18] = person.keypoints
    face = points[list(HEAD_KEYPOINTS)]
    face = face[face[:, 2] > 0]
    head = 0.0
    if person.head is not None:
        points[18] = person.head.x, person.head.y, 1
        head = SIZE_IN_HEADS * person.head.size
    elif len(face):
        points[18] = *face[:, :2].mean(axis=0), 1
    low, high = person.outline.min(axis=0).astype(float), person.outline.max(axis=0).astype(float)
    return Shape(points, (low + high) / 2, max(float(np.sqrt((high - low).prod())), head, 1.0))


def moved(shape: Shape, way: Array) -> Shape:
    """The shape moved by so many pixels to the right and down, (2,)."""
    return replace(shape, points=shape.points + np.array((*way, 0)), middle=shape.middle + way)
