"""What several looks of a teacher say together, and the squares in which it looks again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose.estimation.hands import HandSquare
from pose.train.hands.teacher import Look, agreed, around, to_square, turned
from tests.pose.train.hands.made_up import OPEN_HAND

finite = st.floats(-500, 500)
squares = st.builds(
    lambda x, y, size, angle: HandSquare(x, y, size, (math.sin(angle), -math.cos(angle))),
    *(finite, finite, st.floats(10, 300), st.floats(0, 6.2)),
)


@given(squares)
def test_a_point_of_a_square_comes_back_from_the_picture(square: HandSquare):
    there = square.to_picture(OPEN_HAND)
    np.testing.assert_allclose(to_square(there, square), OPEN_HAND, atol=1e-3)


@given(squares)
def test_the_next_square_holds_the_hand_upright(square: HandSquare):
    hand = to_square(square.to_picture(OPEN_HAND), around(square.to_picture(OPEN_HAND)))
    assert hand.min() > 0
    assert hand.max() < 1
    assert hand[0, 1] > hand[9, 1], "the wrist below the middle finger"
    assert hand[0, 0] == pytest.approx(hand[9, 0], abs=0.15)


def test_a_quarter_turn_clockwise_points_right():
    square = turned(HandSquare(5, 6, 10, (0.0, -1.0)), 2.0, 90.0)
    assert (square.x, square.y, square.size) == (5, 6, 20)
    assert square.up == pytest.approx((1, 0), abs=1e-9)


def look(presence: float, moved: float = 0.0) -> Look:
    return Look(100 * OPEN_HAND + np.float32((moved, 0)), presence, 0.8)


@pytest.mark.parametrize(
    ("looks", "seen", "apart"),
    [
        ([look(0.9), look(0.9)], 1.0, 0.0),
        ([look(0.9), look(0.9, 10), look(0.1, 300), look(0.0, 300)], 0.5, 10 / 60),
        ([look(0.9), look(0.2)], 0.5, math.inf),  # one look agrees with nobody
        ([look(0.2), look(0.2)], 0.0, math.inf),
    ],
)
def test_looks_that_see_a_hand_make_the_consensus(looks: list[Look], seen: float, apart: float):
    consensus = agreed(looks)
    assert consensus.seen == seen
    assert consensus.apart == pytest.approx(apart, rel=0.02)
    assert consensus.presence == max(each.presence for each in looks)
