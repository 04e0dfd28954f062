"""How alike a track and a found person are, by keypoints and by boxes.

Points are (19, 3): the keypoints in the order of `KEYPOINTS` and the head's centre, each x, y in pixels and a score,
0 where unseen.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.skeleton import HEAD_KEYPOINTS, Person

Array = NDArray[np.float64]

POINTS: Final = 19
# How far people disagree on where a point is, in sizes: twice COCO's standard deviations
# (https://cocodataset.org/#keypoints-eval). The neck's is a shoulder's, the head centre's
# lies between those of an ear and a shoulder.
SPREADS: Final = 2 * np.array(
    [
        0.026, 0.079, 0.079, 0.072, 0.062, 0.079, 0.072, 0.062, 0.107, 0.087, 0.089, 0.107, 0.087, 0.089,
        0.025, 0.025, 0.035, 0.035, 0.05,
    ]
)  # fmt: skip
# The square root of a whole person's outline, in heights of the head: it is 1/7.5 of stature (Drillis & Contini 1966).
SIZE_IN_HEADS: Final = 4.0


def points_of(person: Person) -> Array:
    """The points of a person, (19, 3); without a head peak the head's centre is that of its keypoints."""
    points = np.zeros((POINTS, 3))
    points[:18] = person.keypoints
    face = points[list(HEAD_KEYPOINTS)]
    face = face[face[:, 2] > 0]
    if person.head is not None:
        points[18] = person.head.x, person.head.y, 1
    elif len(face):
        points[18] = *face[:, :2].mean(axis=0), 1
    return points


def box_of(person: Person) -> Array:
    """The smallest box around a person, (4,): left, top, right, bottom."""
    outline = person.outline
    return np.concatenate([outline.min(axis=0), outline.max(axis=0)]).astype(float)


def size_of(person: Person) -> float:
    """The square root of the outline of a whole person, in pixels: at least what the head says, at least 1."""
    width, height = np.ptp(person.outline, axis=0)
    head = 0.0 if person.head is None else SIZE_IN_HEADS * person.head.size
    return max(float(np.sqrt(width * height)), head, 1.0)


def keypoint_likeness(tracks: Array, people: Array, sizes: Array, doubts: Array) -> Array:
    """(n, 19, 3) points of tracks and (m, 19, 3) of people -> their object keypoint similarity, (n, m) in [0, 1].

    sizes, doubts: (n,) of the tracks; how uncertain their places are, as a standard deviation in sizes. NaN for pairs
    without a common point.
    """
    shared = (tracks[:, None, :, 2] > 0) & (people[None, :, :, 2] > 0)
    squares = ((tracks[:, None, :, :2] - people[None, :, :, :2]) ** 2).sum(axis=-1)
    spreads = sizes[:, None] ** 2 * (SPREADS**2 + doubts[:, None] ** 2)
    alike = np.exp(-squares / (2 * spreads[:, None])) * shared
    counts = shared.sum(axis=-1)
    likeness: Array = np.divide(alike.sum(axis=-1), counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    return likeness


def box_likeness(tracks: Array, people: Array, margins: Array) -> Array:
    """(n, 4) and (m, 4) boxes -> their intersection over union, (n, m) in [0, 1], after all grow by the track's margin.

    margins: (n,) pixels to each side.
    """
    grow = margins[:, None, None] * np.array((-1, -1, 1, 1))
    one, other = tracks[:, None] + grow, people[None] + grow
    shared = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    common = np.maximum(shared, 0).prod(axis=-1)
    union = (one[..., 2:] - one[..., :2]).prod(axis=-1) + (other[..., 2:] - other[..., :2]).prod(axis=-1) - common
    likeness: Array = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return likeness
