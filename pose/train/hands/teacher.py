"""The teacher: MediaPipe's hand landmark network, and what it sees of one hand in several views together.

Source of the squares: mediapipe/modules/hand_landmark/hand_landmark_landmarks_to_roi.pbtxt (wrist and fingers without
their ends, turned so that the hand points up, enlarged twice and moved towards the fingers by a tenth).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimation.hands import HandSquare, cut_hand
from pose.hands import HAND_KEYPOINTS
from pose.runtimes.openvino import core

NETWORK: Final = "hand_landmark_FP32.xml"
SIDE: Final = 224  # pixels of its crops' sides
_KEYPOINTS, _PRESENCE, _RIGHT = range(3)  # its outputs in their order

_PALM: Final = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # the keypoints whose box the next square is made of
_KNUCKLES: Final = (5, 9, 9, 13)  # their mean is the end of the direction that starts at the wrist
_ENLARGED: Final = 2.0
_MOVED: Final = 0.1  # of the box's longer side, towards the fingers

# What the looks begin with: sizes in shares of the given square, and turns in degrees.
_FIRST: Final = ((0.7, 0.0), (1.0, 0.0), (1.4, 0.0), (1.0, -25.0), (1.0, 25.0))
_REFINED: Final = 2  # further runs of each look, on the square around what the run before saw
_SEEN: Final = 0.5  # presence from which a look counts
_GIVEN_UP: Final = 0.2  # when no look has more presence at first, none is refined


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One hand as the teacher sees it.

    keypoints: (21, 2) x, y in pixels of the picture. presence: the probability of a hand. left: that of a left one.
    """

    keypoints: NDArray[np.float32]
    presence: float
    left: float


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """What several looks say of one hand.

    keypoints: (21, 2) the median of the looks that see a hand, in pixels of the picture; all zero where none does.
    presence: the greatest of all looks. seen: the share of the looks that see a hand. left: their mean. apart: how far
    the same keypoint lies apart in two of them, the mean in shares of the box's longer side; infinite without two.
    """

    keypoints: NDArray[np.float32]
    presence: float
    seen: float
    left: float
    apart: float

    @property
    def size(self) -> float:
        """The longer side of the box around the keypoints, in pixels."""
        return float(np.ptp(self.keypoints, axis=0).max())


class HandTeacher:
    """The loaded network of a folder. threads: of one run."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        one_run = {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
        self._network = core().compile_model(folder / NETWORK, "CPU", one_run)

    def look(self, picture: NDArray[np.uint8], square: HandSquare, *, mirrored: bool = False) -> Look:
        """One run. picture: (H, W, 3) uint8 BGR. mirrored: the network gets the square's mirror image."""
        crop = cut_hand(picture, square, SIDE)
        pixels = crop[:, ::-1] if mirrored else crop
        answer = self._network(pixels[None, ..., ::-1].transpose(0, 3, 1, 2).astype(np.float32))
        points = answer[_KEYPOINTS].reshape(len(HAND_KEYPOINTS), 3)[:, :2] / SIDE
        right = float(answer[_RIGHT].item())
        if mirrored:
            points[:, 0], right = 1 - points[:, 0], 1 - right
        return Look(square.to_picture(points), float(answer[_PRESENCE].item()), 1 - right)

    def consensus(self, picture: NDArray[np.uint8], square: HandSquare) -> Consensus:
        """Looks that begin with squares of several sizes and turns, as they are and mirrored, each refined twice."""
        starts = [(turned(square, size, degrees), mirrored) for size, degrees in _FIRST for mirrored in (False, True)]
        looks = [self.look(picture, start, mirrored=mirrored) for start, mirrored in starts]
        if max(look.presence for look in looks) > _GIVEN_UP:
            looks = [
                self._refined(picture, look, mirrored=mirrored)
                for look, (_, mirrored) in zip(looks, starts, strict=True)
            ]
        return agreed(looks)

    def _refined(self, picture: NDArray[np.uint8], look: Look, *, mirrored: bool) -> Look:
        for _ in range(_REFINED):
            look = self.look(picture, around(look.keypoints), mirrored=mirrored)
        return look


def turned(square: HandSquare, size: float, degrees: float) -> HandSquare:
    """The square so many times as large, turned clockwise about its centre."""
    (x, y), sine, cosine = square.up, math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return replace(square, size=size * square.size, up=(cosine * x - sine * y, sine * x + cosine * y))


def agreed(looks: Sequence[Look]) -> Consensus:
    """The looks' consensus."""
    presence = max(look.presence for look in looks)
    seeing = [look for look in looks if look.presence >= _SEEN]
    if len(seeing) < 2:
        nowhere = np.zeros((len(HAND_KEYPOINTS), 2), np.float32)
        return Consensus(nowhere, presence, len(seeing) / len(looks), 0.5, math.inf)
    points = np.stack([look.keypoints for look in seeing])
    middle = np.median(points, axis=0)
    one, other = np.triu_indices(len(points), 1)
    pairs = np.linalg.norm(points[one] - points[other], axis=2).mean()
    size = max(float(np.ptp(middle, axis=0).max()), 1e-6)
    left = float(np.mean([look.left for look in seeing]))
    return Consensus(middle, presence, len(seeing) / len(looks), left, float(pairs) / size)


def around(keypoints: NDArray[np.float32]) -> HandSquare:
    """The square in which the teacher sees a hand best, from (21, 2) keypoints in pixels."""
    along = keypoints[list(_KNUCKLES)].mean(axis=0) - keypoints[0]
    up = along / max(float(np.linalg.norm(along)), 1e-6) if along.any() else np.array([0.0, -1.0])
    axes = np.stack([(-up[1], up[0]), -up])  # the square's right and down
    palm = keypoints[list(_PALM)] @ axes.T
    low, high = palm.min(axis=0), palm.max(axis=0)
    longer = max(float((high - low).max()), 1.0)
    x, y = (low + high) / 2 @ axes + _MOVED * longer * up
    return HandSquare(float(x), float(y), _ENLARGED * longer, (float(up[0]), float(up[1])))


def to_square(points: NDArray[np.float32], square: HandSquare) -> NDArray[np.float32]:
    """(..., 2) x, y in pixels of the picture -> in shares of the square's side: the inverse of `to_picture`."""
    (up_x, up_y), size = square.up, square.size
    shares: NDArray[np.float64] = (points - (square.x, square.y)) @ np.array(
        [[-up_y, -up_x], [up_x, -up_y]]
    ) / size + 0.5
    return shares.astype(np.float32)
