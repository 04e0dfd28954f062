"""A made-up hand, and patches of it."""

from __future__ import annotations

import numpy as np

from pose.train.hands.patches import SIDE, SPAN, Patches

_TIPS = ((0.22, 0.5), (0.36, 0.25), (0.48, 0.2), (0.6, 0.25), (0.7, 0.36))
_WRIST = np.array((0.48, 0.8))

OPEN_HAND = np.array(
    [_WRIST, *(_WRIST + (np.array(tip) - _WRIST) * share for tip in _TIPS for share in (0.5, 0.7, 0.85, 1.0))],
    np.float32,
)
"""(21, 2) in shares of a square: a right hand from its back, fingers up, 0.6 high."""
OPEN_HAND[[1, 2, 3, 4]] = OPEN_HAND[0] + (OPEN_HAND[4] - OPEN_HAND[0]) * np.float32([[0.3], [0.5], [0.75], [1]])


def dotted(keypoints: np.ndarray) -> np.ndarray:
    """A patch (SIDE, SIDE, 3) with a white dot at each keypoint, (n, 2) in shares of the patch's square."""
    patch = np.zeros((SIDE, SIDE, 3), np.uint8)
    for x, y in np.floor((keypoints - 0.5) * SIDE / SPAN + SIDE / 2).astype(int):
        patch[y - 1 : y + 2, x - 1 : x + 2] = 255
    return patch


def made_up_patches(count: int = 4) -> Patches:
    """As many patches with a hand as without one; hands lie at different places."""
    moves = np.linspace(-0.1, 0.1, count, dtype=np.float32)
    hands = [OPEN_HAND + move for move in moves]
    nowhere = np.full((count, 21, 2), np.nan, np.float32)
    return Patches(
        pixels=np.array([*(dotted(hand) for hand in hands), *(np.full((SIDE, SIDE, 3), 90),) * count], np.uint8),
        keypoints=np.concatenate([np.array(hands), nowhere]),
        left=np.zeros(2 * count, bool),
        sizes=np.full(2 * count, 50.0),
        clear=np.arange(2 * count) < count,
    )
