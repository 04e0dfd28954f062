"""Skeletons of several networks -> one per person: the mean where they agree, unsure keypoints where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pose.data.labels import AREA, JOINED
from pose.estimation.head_frames import fit_head
from pose.fields import person_sizes
from pose.skeleton import COCO_SPREADS, Person, from_coco
from pose.train.data.examples import DataConfig

Floats = NDArray[np.float64]

SURE: Final = DataConfig().teacher_target  # confidence from which training takes a keypoint as a target
UNSURE: Final = 0.2  # the confidence of a keypoint that training masks
FAINT: Final = 0.12  # confidence up to which a keypoint counts as not found
AGREE: Final = 0.12  # of the person's size: distance below which two networks' keypoints agree
SAME: Final = 0.35  # OKS from which two skeletons are the same person

# The area of a person of size 1, whose box is 0.6 times as wide as high.
_AREA: Final = AREA * 0.6
_HEADS: Final = 3.5  # head sizes: a person's least size, which `person_sizes` gives for shoulders one head wide
_SMALLEST: Final = 8.0  # pixels: the least size of a person


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """One person, found by one or several networks.

    keypoints: (17, 3) float64 in COCO's order: x, y in pixels of the picture (the first spans [0, 1)) and a confidence
    in [0, 1], 0 for a keypoint that was not found. score, by: as in `PersonLabel`.
    """

    keypoints: Floats
    score: float
    by: str

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Which keypoints training takes as targets, (17,) bool."""
        sure: NDArray[np.bool_] = self.keypoints[:, 2] >= SURE
        return sure


def person_size(keypoints: Floats) -> float:
    """The size in pixels (as of `person_sizes`) of (17, 3) keypoints, by the sure ones and their fitted head."""
    sure = from_coco(np.where(keypoints[:, 2:] >= SURE, keypoints, 0).astype(np.float32))
    head = fit_head(Person(sure, 1.0))
    return max(float(person_sizes(sure[None])[0]), _HEADS * head.size if head else 0.0, _SMALLEST)


def similarity(one: Floats, other: Floats) -> float:
    """COCO's OKS of (17, 3) and (17, 3) in [0, 1], over keypoints of which `one` is sure and that `other` found."""
    both = (one[:, 2] >= SURE) & (other[:, 2] > 0)
    if not both.any():
        return 0.0
    away = ((one[both, :2] - other[both, :2]) ** 2).sum(axis=1)
    variance = _AREA * person_size(one) ** 2 * COCO_SPREADS[both] ** 2
    return float(np.exp(-away / (2 * variance)).mean())


def join(one: Skeleton, other: Skeleton) -> Skeleton:
    """Two networks' skeletons of one person, joined; `one` alone where `other` is another person's."""
    if similarity(one.keypoints, other.keypoints) < SAME:
        return one
    return Skeleton(join_keypoints(one.keypoints, other.keypoints), max(one.score, other.score), JOINED)


def join_keypoints(one: Floats, other: Floats) -> Floats:
    """(17, 3) and (17, 3) -> (17, 3).

    Keypoints that agree, with one sure, become their mean. Two sure ones that differ become unsure. One that only one
    network is sure of keeps its confidence. Others become unsure, or not found if both are faint.
    """
    agree = np.hypot(*(one[:, :2] - other[:, :2]).T) < AGREE * person_size(one)
    surer = np.where((one[:, 2] >= other[:, 2])[:, None], one, other)
    least, most = np.minimum(one[:, 2], other[:, 2]), surer[:, 2]
    joined = surer.copy()
    mean = agree & (least > 0) & (most >= SURE)
    joined[mean, :2] = (one[mean, :2] + other[mean, :2]) / 2
    joined[~agree & (least >= SURE), 2] = UNSURE
    joined[(most < SURE) & (most > FAINT), 2] = UNSURE
    joined[most <= FAINT] = 0
    return joined


def join_people(ours: Sequence[Skeleton], theirs: Sequence[Skeleton]) -> list[Skeleton]:
    """The people of two networks; those found by both are joined, one-to-one, with the greatest total similarity."""
    alike = np.array([[similarity(a.keypoints, b.keypoints) for b in theirs] for a in ours]).reshape(
        len(ours), len(theirs)
    )
    rows, columns = linear_sum_assignment(-np.where(alike >= SAME, alike, 0.0))
    partner = {int(a): int(b) for a, b in zip(rows, columns, strict=True) if alike[a, b] >= SAME}
    people = [join(one, theirs[partner[place]]) if place in partner else one for place, one in enumerate(ours)]
    return people + [other for place, other in enumerate(theirs) if place not in partner.values()]


def within(skeleton: Skeleton, width: int, height: int) -> Skeleton:
    """The skeleton without keypoints outside a picture of this size."""
    x, y, _ = skeleton.keypoints.T
    inside = (x >= 0) & (y >= 0) & (x <= width) & (y <= height)
    return replace(skeleton, keypoints=np.where(inside[:, None], skeleton.keypoints, 0))
