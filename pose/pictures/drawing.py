"""Draws skeletons and heads on pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.skeleton import KEYPOINTS, LIMBS, Person, head_corners

Colour = tuple[int, int, int]

# BGR, from the palette of Okabe and Ito, "Color Universal Design" (2008): distinct for every kind of colour vision.
RIGHT: Final[Colour] = (167, 121, 204)
LEFT: Final[Colour] = (233, 180, 86)
MIDDLE: Final[Colour] = (66, 228, 240)
HELMETED: Final[Colour] = (115, 158, 0)
BARE: Final[Colour] = (0, 94, 213)
UNSURE: Final[Colour] = (153, 153, 153)
_OUTLINE: Final[Colour] = (0, 0, 0)


def line_width(pixels: NDArray[np.uint8]) -> int:
    """The line width in pixels that is visible in a picture (H, W, 3): 1 up to 640x360, 2 up to 1280x720."""
    height, width = pixels.shape[:2]
    return math.ceil(math.sqrt(height * width) / 480)


def draw_skeletons(pixels: NDArray[np.uint8], people: Sequence[Person]) -> NDArray[np.uint8]:
    """A copy of the picture (H, W, 3) uint8 BGR with the found limbs and keypoints of all people.

    The person's own right side is purple, the left blue, the middle yellow. Later people cover earlier ones.
    """
    drawn = pixels.copy()
    for person in people:
        _draw_skeleton(drawn, person, line_width(pixels))
    return drawn


def draw_heads(pixels: NDArray[np.uint8], people: Sequence[Person]) -> NDArray[np.uint8]:
    """A copy of the picture with a square around each head that the network saw.

    It is green where the headwear is more probably a helmet than not, red for a bare head, and grey otherwise.
    """
    drawn = pixels.copy()
    for person in people:
        if person.head:
            (left, top), (right, bottom) = head_corners(person.head).round().astype(int).tolist()
            cv2.rectangle(drawn, (left, top), (right, bottom), _headwear_colour(person), line_width(pixels))
    return drawn


def _headwear_colour(person: Person) -> Colour:
    worn = person.headwear
    if worn is None or max(worn.helmet, worn.bare) <= 0.5:
        return UNSURE
    return HELMETED if worn.helmet > worn.bare else BARE


def _draw_skeleton(drawn: NDArray[np.uint8], person: Person, width: int) -> None:
    places = [(int(x), int(y)) for x, y in np.floor(person.keypoints[:, :2])]
    seen = person.seen
    limbs = [(a, b) for a, b in LIMBS if seen[a] and seen[b]]
    for a, b in limbs:
        cv2.line(drawn, places[a], places[b], _OUTLINE, width + 2, cv2.LINE_AA)
    for a, b in limbs:
        cv2.line(drawn, places[a], places[b], _side_colour(a, b), width, cv2.LINE_AA)
    for point in np.flatnonzero(seen).tolist():
        cv2.circle(drawn, places[point], width + 1, _side_colour(point), cv2.FILLED, cv2.LINE_AA)


def _side_colour(*keypoints: int) -> Colour:
    names = [KEYPOINTS[keypoint] for keypoint in keypoints]
    if any(name.startswith("right") for name in names):
        return RIGHT
    if any(name.startswith("left") for name in names):
        return LEFT
    return MIDDLE
