"""Hands: squares beyond people's wrists or around given boxes, and a small network that finds keypoints in their crops.

At most `MOST_HANDS` of a picture's people are looked at, so that a crowd costs no more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pose.estimation.model import HandsModel, Model
from pose.estimation.preprocess import cut_turned
from pose.estimation.second_look import batches
from pose.hands import ARMS, HAND_KEYPOINTS, Hand, Side
from pose.runtimes.openvino import OpenVinoRuntime
from pose.skeleton import LEFT_SHOULDER, RIGHT_SHOULDER, Person

MOST_HANDS: Final = 8  # of one picture's people
OUTPUT: Final = "hands"

# Source of the square and its numbers: `getHandFromPoseIndexes` in OpenPose's handDetector.cpp, whose square is 1.5
# forearms large.
_BEYOND_WRIST: Final = 0.33  # of the forearm: from the wrist to the square's centre
_SIZE: Final = 1.2  # forearms: the middle one of 891 hands in training pictures then fills half of the side
_UPPER_ARM: Final = 0.9  # of the upper arm: the least length of the forearm, which may point at the camera
_SHOULDERS: Final = {"left": LEFT_SHOULDER, "right": RIGHT_SHOULDER}
_AROUND_BOX: Final = 1.5  # sides of the square per longer side of a box: the network learns from 1 to 2.4
_UPRIGHT: Final = (0.0, -1.0)
_SMALLEST: Final = 24.0  # pixels of a square's side in the given picture: below, a hand has about ten; not measured
_SAME_HAND: Final = 0.1  # of the larger square's side: distance below which two people's wrists are one
# Crops in one run: each size is compiled on its own, for 20 MB, and larger ones take as long a crop on CPUs.
_BATCHES: Final = (4, 1)


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
    """The upright square around a box, in pixels of the upright picture, with room beside it."""
    return HandSquare(left + width / 2, top + height / 2, _AROUND_BOX * max(width, height), _UPRIGHT)


def cut_hand(picture: NDArray[np.uint8], square: HandSquare, side: int, shrunk: float = 1.0) -> NDArray[np.uint8]:
    """(side, side, 3) uint8 BGR: the square, turned so that `up` is up, grey beyond the picture.

    shrunk: pixels of the given picture (H, W, 3) per pixel of the original, in which the square lies.
    """
    return cut_turned(picture, (square.x, square.y), square.size, square.up, side, shrunk)


@dataclass(frozen=True, slots=True)
class _Arm:
    """Where a hand of one of a picture's people may be; person: its index."""

    person: int
    side: Side
    wrist: tuple[float, float]
    square: HandSquare


@dataclass(frozen=True, slots=True, eq=False)
class _SeenHand:
    """What the network says of a crop; keypoints and score as `Hand` has them, left: the probability of a left one."""

    keypoints: NDArray[np.float32]
    score: float
    left: float

    @classmethod
    def of(cls, row: NDArray[np.float32], square: HandSquare) -> Self:
        """The network's answer about a square's crop, (65,), in pixels of the upright picture."""
        keypoints = row[:-2].reshape(len(HAND_KEYPOINTS), 3).copy()
        keypoints[:, :2] = square.to_picture(keypoints[:, :2])
        return cls(keypoints, float(row[-2]), float(row[-1]))


class HandFinder:
    """A loaded network; safe to call from several threads.

    The network takes (N, side, side, 3) uint8 BGR and answers `OUTPUT`, (N, 65) float32: for each of `HAND_KEYPOINTS`
    x, y as shares of the crop's side and a score in [0, 1], then the probabilities of a hand and of a left hand.

    precision: `auto` and `int8` run the quantised network, if there is one; `f32` computes in float32. threads,
    streams: see `OpenVinoRuntime`.
    """

    def __init__(self, model: HandsModel, precision: str = "auto", threads: int = 1, streams: int = 1) -> None:
        quantised = model.int8 if precision in ("auto", "int8") else None
        arithmetic = "f32" if precision == "f32" else "auto"
        network = quantised or model.network
        self._runtime = OpenVinoRuntime(network, (OUTPUT,), precision=arithmetic, threads=threads, streams=streams)
        self._side, self._least = model.side, model.least

    def warm(self) -> None:
        """Run once at each number of crops, so that no request waits for a compilation."""
        for size in _BATCHES:
            self._runtime.run(np.zeros((size, self._side, self._side, 3), np.uint8))

    def in_people(self, picture: NDArray[np.uint8], people: Sequence[Person], shrunk: float = 1.0) -> tuple[Hand, ...]:
        """The hands of these people, in their order, left before right; at most `MOST_HANDS`, of the largest squares.

        picture: (H, W, 3) uint8 BGR. shrunk: its pixels per pixel of the original, in which people and hands lie.
        """
        arms = _arms(people)
        largest = sorted(arms, key=lambda arm: -arm.square.size)[:MOST_HANDS]
        arms = [arm for arm in arms if arm in largest]
        seen = self._seen(picture, [arm.square for arm in arms], shrunk)
        return tuple(
            Hand(hand.keypoints, arm.side, hand.score, arm.person) for arm, hand in zip(arms, seen, strict=True) if hand
        )

    def in_boxes(
        self, picture: NDArray[np.uint8], boxes: Sequence[tuple[float, float, float, float]], shrunk: float = 1.0
    ) -> tuple[Hand | None, ...]:
        """The hand in each of these boxes; None where none is found, or the box is too small to tell.

        boxes: left, top, width and height in pixels of the original. picture, shrunk: see `in_people`.
        """
        seen = self._seen(picture, [box_square(*box) for box in boxes], shrunk)
        return tuple(
            Hand(hand.keypoints, "left" if hand.left >= 0.5 else "right", hand.score) if hand else None for hand in seen
        )

    def _seen(self, picture: NDArray[np.uint8], squares: Sequence[HandSquare], shrunk: float) -> list[_SeenHand | None]:
        """What is seen in each square; None where no hand is, or it is too small to tell."""
        large = [square for square in squares if square.size * shrunk >= _SMALLEST]
        rows = self._rows([cut_hand(picture, square, self._side, shrunk) for square in large])
        hands = {square: _SeenHand.of(row, square) for row, square in zip(rows, large, strict=True)}
        return [hand if (hand := hands.get(square)) and hand.score >= self._least else None for square in squares]

    def _rows(self, crops: Sequence[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        for batch in batches(crops, _BATCHES):
            yield from self._runtime.run(np.stack(batch))


def open_hands(model: Model, precision: str = "auto", threads: int = 1, streams: int = 1) -> HandFinder | None:
    """The model's finder of hands; None where it has none. precision, threads, streams: see `HandFinder`."""
    return HandFinder(model.hands, precision, threads, streams) if model.hands else None


def _arms(people: Sequence[Person]) -> list[_Arm]:
    """The arms whose hand can be looked for; of two people's wrists at one place the earlier person's.

    Both wrists of one person stay: whoever holds a tool with both hands has two at one place.
    """
    arms: list[_Arm] = []
    for place, person in enumerate(people):
        for side, (_, wrist) in ARMS.items():
            square = forearm_square(person, side)
            if square is not None:
                x, y = person.keypoints[wrist, :2].tolist()
                arm = _Arm(place, side, (x, y), square)
                if not any(_are_one(arm, other) for other in arms):
                    arms.append(arm)
    return arms


def _are_one(one: _Arm, other: _Arm) -> bool:
    """Whether two people are said to have the same hand."""
    if one.person == other.person:
        return False
    return math.dist(one.wrist, other.wrist) < _SAME_HAND * max(one.square.size, other.square.size)
