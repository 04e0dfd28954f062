"""How likely it is that a found person is the one of a track: by its way since, and by its pose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pose.skeleton import COCO_SPREADS, from_coco
from pose.tracking.rules import TrackingRules
from pose.tracking.shapes import Shape

Array = NDArray[np.float64]

# As `COCO_SPREADS`, in our order. The neck's is a shoulder's; the head centre's was chosen between an ear's and that.
SPREADS: Final = np.append(from_coco(np.pad(COCO_SPREADS[:, None], ((0, 0), (2, 0))))[:, 2], 0.1).astype(float)


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A track and a person that belong together, by their places.

    way: from where the person was expected to where it is, (2,) pixels. noise: the variance of that, in squared sizes.
    """

    track: int
    person: int
    way: Array
    noise: float


def match(
    expected: Sequence[Shape], doubts: Sequence[float], found: Sequence[Shape], rules: TrackingRules
) -> list[Match]:
    """The likeliest pairs of tracks and people, one to one (Kuhn 1955).

    expected: the tracks where they should be now. doubts: the variances of these places, in squared sizes.
    """
    if not expected or not found:
        return []
    ways, noises, errors = _compared(expected, found, rules)
    sizes = np.array([shape.size for shape in expected])[:, None]
    variances = np.array(doubts)[:, None] + noises
    # of a place, as the negative logarithm of a density: who is expected anywhere is less likely to be here
    places = (ways**2).sum(axis=-1) / (2 * variances * sizes**2) + np.log(2 * math.pi * variances)
    costs = places + rules.shape_weight * errors
    most = -math.log(rules.newcomers)
    pairs = zip(*(each.tolist() for each in linear_sum_assignment(np.minimum(costs, most))), strict=True)
    return [
        Match(track, person, ways[track, person], float(noises[track, person]))
        for track, person in pairs
        if costs[track, person] < most
    ]


def _compared(expected: Sequence[Shape], found: Sequence[Shape], rules: TrackingRules) -> tuple[Array, Array, Array]:
    """Of each pair: the way (n, m, 2) that all common points went, its variance, and the error of the pose beside it.

    An error is the mean of what object keypoint similarity has as exponents. Pairs without a common point go by the
    middles of their boxes.
    """
    ours, theirs = (np.array([shape.points for shape in shapes]) for shapes in (expected, found))
    sizes = np.array([shape.size for shape in expected])[:, None, None]
    shared = (ours[:, None, :, 2] > 0) & (theirs[None, :, :, 2] > 0)
    weights = shared / SPREADS**2
    total = np.maximum(weights.sum(axis=-1), 1e-9)
    apart = theirs[None, :, :, :2] - ours[:, None, :, :2]
    ways = (apart * weights[..., None]).sum(axis=2) / total[..., None]
    squares = ((apart - ways[:, :, None]) ** 2).sum(axis=-1) / (sizes * SPREADS) ** 2
    counts = shared.sum(axis=-1)
    errors = (np.minimum(squares, rules.worst_keypoint) * shared).sum(axis=-1) / np.maximum(counts, 1) / 2
    middles = _middles(found)[None] - _middles(expected)[:, None]
    alone = counts == 0
    noises = np.where(alone, rules.box_noise**2, 1 / total) + rules.place_noise**2
    return np.where(alone[..., None], middles, ways), noises, errors


def _middles(shapes: Sequence[Shape]) -> Array:
    return np.array([shape.middle for shape in shapes])
