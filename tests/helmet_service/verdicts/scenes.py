"""Made-up workers and hats, built from the head outwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from helmet_service.verdicts.boxes import Box, Hat
from pose.skeleton import HEAD_KEYPOINTS, KEYPOINTS, Person

# A worker seen from the front in head sizes, the middle of the head at the origin.
WORKER = np.array(
    [
        (0, 0.08), (0, 0.66), (-0.5, 0.66), (-0.6, 1.6), (-0.65, 2.4), (0.5, 0.66), (0.6, 1.6), (0.65, 2.4),
        (-0.3, 2.25), (-0.3, 3.7), (-0.3, 5.1), (0.3, 2.25), (0.3, 3.7), (0.3, 5.1),
        (-0.1, -0.03), (0.1, -0.03), (-0.27, 0.035), (0.27, 0.035),
    ],
    np.float32,
)  # fmt: skip
EVERYTHING = frozenset(range(len(KEYPOINTS)))
HEADLESS = EVERYTHING - set(HEAD_KEYPOINTS)


def worker(x: float, y: float, size: float = 40, *, seen: Collection[int] = EVERYTHING, score: float = 0.8) -> Person:
    """A worker whose head is at (x, y) and `size` pixels high; only the keypoints in `seen` are found."""
    keypoints = np.zeros((len(KEYPOINTS), 3), np.float32)
    for keypoint in seen:
        keypoints[keypoint] = (*(WORKER[keypoint] * size + np.array((x, y))), score)
    return Person(keypoints, score)


def hat_at(
    x: float, y: float, size: float = 40, *, shell: bool = False, score: float | None = None, index: int = 0
) -> Hat:
    """The hat box of a helmeted head that is at (x, y): the whole head, or the shell alone."""
    width = 0.95 * size
    top = y - 0.63 * size
    return Hat(Box(x - width / 2, top, width, size * (0.62 if shell else 1.13)), score, index)


def numbered(hats: Iterable[Hat]) -> list[Hat]:
    """The same hats with their places as indices."""
    return [Hat(hat.box, hat.score, index) for index, hat in enumerate(hats)]
