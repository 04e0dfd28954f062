"""Skeletons of several networks -> one a person: where they agree the mean, where they differ nothing is learned."""

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
from pose.skeleton import Person, from_coco
from pose.train.data.examples import DataConfig

Floats = NDArray[np.float64]

SURE: Final = DataConfig().teacher_target  # confidence from which training takes a keypoint as a target
UNSURE: Final = 0.2  # the confidence of a keypoint that training masks
FAINT: Final = 0.12  # confidence up to which a keypoint counts as not found
AGREE: Final = 0.12  # of the person's size: how near two networks' answers are to be the same place
SAME: Final = 0.35  # OKS from which two skeletons are of one person

# COCO's 2 * sigma of each keypoint (cocodataset.org, "Keypoint Evaluation"), and the area of a person of size 1, whose
# box is 0.6 times as wide as high.
_FALL_OFF: Final = 2 * np.array(
    [
        0.026, 0.025, 0.025, 0.035, 0.035,
        0.079, 0.079, 0.072, 0.072, 0.062, 0.062,
        0.107, 0.107, 0.087, 0.087, 0.089, 0.089,
    ]
)  # fmt: skip
_AREA: Final = AREA * 0.6
_HEADS: Final = 3.5  # a person's size in head sizes, at least: as `person_sizes` takes it from shoulders a head wide
_SMALLEST: Final = 8.0  # pixels: below this, a person's size is a guess


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """One person as networks see it.

    keypoints: (17, 3) float64 in COCO's order: x, y in pixels of the picture (the first spans [0, 1)) and a confidence
    in [0, 1], 0 where it was not found. score, by: as of `PersonLabel`.
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
    """A height-like length in pixels of (17, 3), by its sure keypoints or the head that they carry; at least 8."""
    sure = from_coco(np.where(keypoints[:, 2:] >= SURE, keypoints, 0).astype(np.float32))
    head = fit_head(Person(sure, 1.0))
    return max(float(person_sizes(sure[None])[0]), _HEADS * head.size if head else 0.0, _SMALLEST)


def similarity(one: Floats, other: Floats) -> float:
    """COCO's OKS of (17, 3) and (17, 3) in [0, 1], over what the first is sure of and the other found at all."""
    both = (one[:, 2] >= SURE) & (other[:, 2] > 0)
    if not both.any():
        return 0.0
    away = ((one[both, :2] - other[both, :2]) ** 2).sum(axis=1)
    variance = _AREA * person_size(one) ** 2 * _FALL_OFF[both] ** 2
    return float(np.exp(-away / (2 * variance)).mean())


def join(one: Skeleton, other: Skeleton) -> Skeleton:
    """Two networks' skeletons of one person; the first alone where the other is of somebody else."""
    if similarity(one.keypoints, other.keypoints) < SAME:
        return one
    return Skeleton(join_keypoints(one.keypoints, other.keypoints), max(one.score, other.score), JOINED)


def join_keypoints(one: Floats, other: Floats) -> Floats:
    """(17, 3) and (17, 3) -> (17, 3).

    Where they agree, one of them being sure, the mean; where both are sure and differ, unsure; what only one is sure of
    is as sure as that; what neither is sure of is unsure, or not found if both hardly saw it.
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
    """The people of two networks; who is in both, one-to-one and the most similar in all, is joined."""
    alike = np.array([[similarity(a.keypoints, b.keypoints) for b in theirs] for a in ours]).reshape(
        len(ours), len(theirs)
    )
    rows, columns = linear_sum_assignment(-np.where(alike >= SAME, alike, 0.0))
    partner = {int(a): int(b) for a, b in zip(rows, columns, strict=True) if alike[a, b] >= SAME}
    people = [join(one, theirs[partner[place]]) if place in partner else one for place, one in enumerate(ours)]
    return people + [other for place, other in enumerate(theirs) if place not in partner.values()]


def within(skeleton: Skeleton, width: int, height: int) -> Skeleton:
    """The skeleton without what was seen beyond a picture of this size."""
    x, y, _ = skeleton.keypoints.T
    inside = (x >= 0) & (y >= 0) & (x <= width) & (y <= height)
    return replace(skeleton, keypoints=np.where(inside[:, None], skeleton.keypoints, 0))
