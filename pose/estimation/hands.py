"""Where hands are in a picture: squares beyond the wrists of people, or around given boxes, and crops of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimation.preprocess import cut_turned
from pose.hands import ARMS, Side
from pose.skeleton import LEFT_SHOULDER, RIGHT_SHOULDER, Person

# Source of the square and its numbers: `getHandFromPoseIndexes` in OpenPose's handDetector.cpp, whose square is 1.5
# forearms large.
_BEYOND_WRIST: Final = 0.33  # of the forearm: from the wrist to the square's centre
_SIZE: Final = 1.2  # forearms: hands of training pictures then fill half of the side, and 3 % reach beyond it
_UPPER_ARM: Final = 0.9  # of the upper arm: the least length of the forearm, which may point at the camera
_SHOULDERS: Final = {"left": LEFT_SHOULDER, "right": RIGHT_SHOULDER}
_UPRIGHT: Final = (0.0, -1.0)


@dataclass(frozen=True, slots=True)
class HandSquare:
    """A square in which a hand may be.

    x, y: its centre; size: its side; both in pixels of the upright picture. up: unit vector in the picture that points
    up in the square's crop (y grows downwards).
    """

    x: float
    y: float
    size: float
    up: tuple[float, float]

    def to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(..., 2) x, y as shares of the crop's side -> x, y in pixels of the upright picture."""
        right, down = -self.up[1], self.up[0]
        axes = self.size * np.array([[right, down], [-down, right]])
        return ((points - 0.5) @ axes + (self.x, self.y)).astype(np.float32)


def forearm_square(person: Person, side: Side) -> HandSquare | None:
    """The square around the hand of this arm, fingers up; None unless its wrist and elbow are seen, apart."""
    elbow, wrist = (person.keypoints[keypoint].astype(float) for keypoint in ARMS[side])
    shoulder = person.keypoints[_SHOULDERS[side]].astype(float)
    if elbow[2] == 0 or wrist[2] == 0 or (elbow[:2] == wrist[:2]).all():
        return None
    forearm = wrist[:2] - elbow[:2]
    length = math.hypot(*forearm)
    upper_arm = math.hypot(*(elbow[:2] - shoulder[:2])) if shoulder[2] else 0.0
    x, y = wrist[:2] + _BEYOND_WRIST * forearm
    up = forearm / length
    return HandSquare(float(x), float(y), _SIZE * max(length, _UPPER_ARM * upper_arm), (float(up[0]), float(up[1])))


def box_square(left: float, top: float, width: float, height: float) -> HandSquare:
    """The upright square around a box, in pixels of the upright picture, of its longer side."""
    return HandSquare(left + width / 2, top + height / 2, max(width, height), _UPRIGHT)


def cut_hand(picture: NDArray[np.uint8], square: HandSquare, side: int, shrunk: float = 1.0) -> NDArray[np.uint8]:
    """(side, side, 3) uint8 BGR: the square, turned so that `up` is up, grey beyond the picture.

    shrunk: pixels of the given picture (H, W, 3) per pixel of the original, in which the square lies.
    """
    return cut_turned(picture, (square.x, square.y), square.size, square.up, side, shrunk)
