"""Skeletons are painted where they are, in the colours of their sides, on a copy."""

from __future__ import annotations

import numpy as np
import pytest

from pose.hands import Hand
from pose.pictures.drawing import draw_hands, draw_heads, draw_skeletons
from pose.pictures.strokes import BARE, FINGERS, HELMETED, LEFT, MIDDLE, RIGHT, UNSURE
from pose.skeleton import LEFT_SHOULDER, NECK, NOSE, RIGHT_SHOULDER, HeadPeak, Headwear, Person


def person(**places: tuple[float, float]) -> Person:
    named = {"nose": NOSE, "neck": NECK, "right_shoulder": RIGHT_SHOULDER, "left_shoulder": LEFT_SHOULDER}
    keypoints = np.zeros((18, 3), np.float32)
    for name, place in places.items():
        keypoints[named[name]] = (*place, 0.9)
    return Person(keypoints, 0.9)


BUST = person(nose=(50, 20), neck=(50, 50), right_shoulder=(20, 50), left_shoulder=(80, 50))


@pytest.mark.parametrize(
    ("x", "y", "colour"),
    [
        (35, 50, RIGHT),
        (20, 50, RIGHT),
        (65, 50, LEFT),
        (80, 50, LEFT),
        (50, 35, MIDDLE),
        (50, 50, MIDDLE),
        (50, 80, (7, 7, 7)),
        (5, 5, (7, 7, 7)),
    ],
)
def test_colours_tell_the_sides_apart(x, y, colour):
    painted = draw_skeletons(np.full((100, 100, 3), 7, np.uint8), [BUST])
    assert np.abs(painted[y, x].astype(int) - colour).max() <= 30  # thin lines are anti-aliased


def test_a_limb_with_an_unseen_end_is_not_painted():
    alone = draw_skeletons(np.zeros((100, 100, 3), np.uint8), [person(neck=(50, 50))])
    rows, columns = np.nonzero(alone.any(axis=2))
    assert {rows.min(), rows.max(), columns.min(), columns.max()} <= set(range(45, 56))


def test_the_input_is_untouched():
    pixels = np.zeros((100, 100, 3), np.uint8)
    painted = draw_skeletons(pixels, [BUST])
    assert not pixels.any()
    assert painted.any()


def test_nobody_is_a_copy():
    pixels = np.full((10, 10, 3), 9, np.uint8)
    painted = draw_skeletons(pixels, [])
    assert (painted == pixels).all()
    assert not np.shares_memory(painted, pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (30, 40)])
def test_people_may_reach_out_of_any_picture(shape):
    outside = person(nose=(-500, -3), neck=(9000, 40), right_shoulder=(0, 0), left_shoulder=(39.9, 29.9))
    assert draw_skeletons(np.zeros((*shape, 3), np.uint8), [outside]).shape == (*shape, 3)


@pytest.mark.parametrize(
    ("headwear", "sign"),
    [(None, UNSURE), (Headwear(0.9, 0.05), HELMETED), (Headwear(0.05, 0.9), BARE), (Headwear(0.5, 0.45), UNSURE)],
)
def test_a_square_around_a_head_tells_what_is_worn(headwear, sign):
    lone = Person(np.zeros((18, 3), np.float32), 0.9, HeadPeak(50, 40, 20, 0.9, 0.1), headwear=headwear)
    drawn = draw_heads(np.zeros((80, 100, 3), np.uint8), [lone])
    assert drawn[30, 40].tolist() == drawn[49, 59].tolist() == list(sign.colour)
    assert not drawn[40, 50].any()


def test_each_finger_of_a_hand_has_its_colour():
    keypoints = np.full((21, 3), 0.9, np.float32)
    keypoints[0, :2] = 50, 90
    for finger in range(5):
        keypoints[1 + 4 * finger : 5 + 4 * finger, :2] = [(10 + 20 * finger, y) for y in (60, 45, 30, 15)]
    drawn = draw_hands(np.zeros((100, 100, 3), np.uint8), [Hand(keypoints, "left", 0.9)])
    for row in (15, 38):  # of the tips, and between two keypoints
        colours = drawn[row, 10:100:20].astype(int)
        assert np.abs(colours - FINGERS).max() <= 30  # thin lines are anti-aliased


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (30, 40)])
def test_hands_may_reach_out_of_any_picture(shape):
    keypoints = np.linspace(-900, 9000, 63).reshape(21, 3).astype(np.float32)
    assert draw_hands(np.zeros((*shape, 3), np.uint8), [Hand(keypoints, "left", 0.9)]).shape == (*shape, 3)
