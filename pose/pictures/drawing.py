"""Draws skeletons, heads and hands on pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np

from pose.hands import HAND_LIMBS, Hand
from pose.pictures.strokes import (
    BARE,
    FINGERS,
    HELMETED,
    LEFT,
    MIDDLE,
    RIGHT,
    UNSURE,
    Colour,
    Pixels,
    Sign,
    draw_lines,
    draw_signed_box,
    line_width,
)
from pose.skeleton import KEYPOINTS, LIMBS, Person, head_corners

_HAND_LINES: Final = 40  # widths of a line in a hand's longer side: wider ones would hide what small hands do


def draw_skeletons(pixels: Pixels, people: Sequence[Person]) -> Pixels:
    """A copy of the picture (H, W, 3) uint8 BGR with the found limbs and keypoints of all people.

    The person's own right side is purple, the left blue, the middle white. Later people cover earlier ones.
    """
    drawn = pixels.copy()
    for person in people:
        _draw_skeleton(drawn, person, line_width(pixels))
    return drawn


def draw_heads(pixels: Pixels, people: Sequence[Person]) -> Pixels:
    """A copy of the picture with a square and a symbol around each head that the network saw.

    It is green with a tick where the headwear is more probably a helmet than not, orange with a cross for a bare head,
    and yellow with a question mark otherwise.
    """
    drawn = pixels.copy()
    for person in people:
        if person.head:
            (left, top), (right, bottom) = head_corners(person.head).tolist()
            draw_signed_box(drawn, (left, top, right, bottom), _headwear_sign(person))
    return drawn


def draw_hands(pixels: Pixels, hands: Iterable[Hand]) -> Pixels:
    """A copy of the picture with the keypoints of all hands.

    Each finger has its colour: orange, yellow, green, blue and purple from the thumb on. Small hands have thin lines.
    """
    drawn = pixels.copy()
    for hand in hands:
        left, top, right, bottom = hand.box
        width = min(line_width(pixels), max(1, round(max(right - left, bottom - top) / _HAND_LINES)))
        places = [(int(x), int(y)) for x, y in np.floor(hand.keypoints[:, :2])]
        lines = [(places[a], places[b], FINGERS[(b - 1) // 4]) for a, b in HAND_LIMBS]
        draw_lines(drawn, lines, width)
        for _, end, colour in lines:
            cv2.circle(drawn, end, width, colour, cv2.FILLED, cv2.LINE_AA)
    return drawn


def _headwear_sign(person: Person) -> Sign:
    worn = person.headwear
    if worn is None or max(worn.helmet, worn.bare) <= 0.5:
        return UNSURE
    return HELMETED if worn.helmet > worn.bare else BARE


def _draw_skeleton(drawn: Pixels, person: Person, width: int) -> None:
    places = [(int(x), int(y)) for x, y in np.floor(person.keypoints[:, :2])]
    seen = person.seen
    limbs = [(places[a], places[b], _side_colour(a, b)) for a, b in LIMBS if seen[a] and seen[b]]
    draw_lines(drawn, limbs, width)
    for point in np.flatnonzero(seen).tolist():
        cv2.circle(drawn, places[point], width, _side_colour(point), cv2.FILLED, cv2.LINE_AA)


def _side_colour(*keypoints: int) -> Colour:
    names = [KEYPOINTS[keypoint] for keypoint in keypoints]
    if any(name.startswith("right") for name in names):
        return RIGHT
    if any(name.startswith("left") for name in names):
        return LEFT
    return MIDDLE
