"""People in overlapping tiles of a picture beside those in the whole: for small people in wide pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimator import Estimate, Estimator, in_order
from pose.skeleton import Person

_OVERLAP: Final = 0.25  # of a tile's side: who stands on a border is whole in one of the tiles or in the picture
_NEAR: Final = 0.08  # of the larger skeleton's diagonal: two findings of one keypoint
_SHARED: Final = 0.5  # of the keypoints that both have: two skeletons of one person


class TiledEstimator(Estimator):
    """An estimator that looks at the whole picture and at `columns` x `rows` tiles of it, each at its full height.

    Costs 1 + columns * rows runs of the network. An estimate's `scale` is that of the tiles.
    """

    def __init__(self, estimator: Estimator, columns: int, rows: int) -> None:
        super().__init__(estimator.model, estimator.runtime, estimator.height)
        if min(columns, rows) < 1:
            raise ValueError(f"tiles: expected at least one column and one row, got {columns} x {rows}")
        self._columns, self._rows = columns, rows

    def __call__(self, picture: NDArray[np.uint8]) -> Estimate:
        """Find everybody in an upright (H, W, 3) uint8 BGR picture of any size."""
        estimates = [super().__call__(picture)]
        people = list(estimates[0].people)
        height, width = picture.shape[:2]
        for top, bottom in _spans(height, self._rows):
            for left, right in _spans(width, self._columns):
                estimates.append(super().__call__(picture[top:bottom, left:right]))
                people += [_moved(person, left, top) for person in estimates[-1].people]
        kept = one_each(people)
        keypoints = np.stack([person.keypoints for person in kept]) if kept else np.zeros((0, 18, 3), np.float32)
        return Estimate(
            people=in_order(keypoints, np.array([person.score for person in kept], np.float32)),
            scale=estimates[-1].scale,
            timings_ms={name: sum(e.timings_ms[name] for e in estimates) for name in estimates[0].timings_ms},
        )


def one_each(people: Sequence[Person]) -> list[Person]:
    """Of several skeletons of one person the one with the most keypoints, the surer one among equals."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda person: (-int(person.seen.sum()), -person.score)):
        if not any(_same(person, other) for other in kept):
            kept.append(person)
    return kept


def _same(person: Person, larger: Person) -> bool:
    both = person.seen & larger.seen
    if not both.any():
        return False
    away = np.linalg.norm(person.keypoints[both, :2] - larger.keypoints[both, :2], axis=1)
    diagonal = float(np.linalg.norm(np.ptp(larger.points, axis=0)))
    return bool(np.mean(away <= _NEAR * diagonal) >= _SHARED)


def _spans(length: int, count: int) -> Iterator[tuple[int, int]]:
    """Start and end of `count` overlapping pieces of so many pixels."""
    piece = length / (count - _OVERLAP * (count - 1))
    for index in range(count):
        start = index * piece * (1 - _OVERLAP)
        yield int(start), max(int(start) + 1, min(length, round(start + piece)))


def _moved(person: Person, left: int, top: int) -> Person:
    keypoints = person.keypoints.copy()
    keypoints[person.seen, :2] += (left, top)
    return Person(keypoints, person.score)
