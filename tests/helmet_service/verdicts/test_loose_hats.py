from __future__ import annotations

import math

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.loose_hats import body_distances, is_outside
from pose.estimation.head_frames import fit_head
from pose.skeleton import NECK, NOSE
from tests.helmet_service.verdicts.scenes import DEFAULT, HEADLESS, hat_at, leaning, worker


@pytest.mark.parametrize(
    ("box", "outside"),
    [
        (Box(0, 0, 10, 10), False),
        (Box(-5, -5, 10, 10), False),
        (Box(-10, 0, 10, 10), True),
        (Box(0, -20, 10, 10), True),
        (Box(100, 0, 10, 10), True),
        (Box(0, 50, 10, 10), True),
        (Box(99, 49, 10, 10), False),
        (Box(-1e9, 0, 1e9, 1), True),
        (Box(-5e8, 0, 1e9, 1), False),
    ],
)
def test_outside_means_no_part_in_the_picture(box, outside):
    assert is_outside(Hat(box, None, 0), 100, 50) is outside


def distance(person, x, y):
    hat = Hat(Box(x - 5, y - 5, 10, 10), None, 0)
    return float(body_distances([person], [fit_head(person)], [hat], DEFAULT)[0, 0])


def test_distances_are_to_arms_hands_and_trunk_in_head_sizes():
    person = worker(200, 100, 40)
    assert distance(person, 200 + 0.65 * 40, 100 + 2.4 * 40) < 0.05
    assert distance(person, 200 + 0.675 * 40, 100 + 2.8 * 40) < 0.05
    assert distance(person, 200, 100 + 1.5 * 40) < 0.5
    assert distance(person, 400, 100) > 3


def test_without_a_head_a_seventh_of_the_skeleton_is_the_measure():
    person = worker(200, 100, 40, seen=HEADLESS - {NECK})
    assert distance(person, 226 + 10, 196) == pytest.approx(10 / ((5.1 - 0.66) * 40 / 7), rel=0.05)


@pytest.mark.parametrize("degrees", [30, 90, 180])
def test_without_a_head_one_who_lies_is_as_long_as_one_who_stands(degrees):
    standing, lying = (leaning(0, 0, 40, turn, seen=HEADLESS - {NECK}) for turn in (0, degrees))
    there = complex(36, 96) * np.exp(1j * math.radians(degrees))
    assert distance(lying, there.real, there.imag) == pytest.approx(distance(standing, 36, 96), rel=1e-4)


def test_the_measure_does_not_hang_on_where_in_the_picture_the_body_is():
    above, inside = (worker(200, y, 40, seen=HEADLESS - {NECK}) for y in (-150, 100))
    assert distance(above, 236, 196 - 250) == pytest.approx(distance(inside, 236, 196), rel=1e-4)


def test_a_head_alone_has_no_body():
    assert np.isinf(body_distances([worker(200, 100, seen={NOSE})], [None], [hat_at(200, 100)], DEFAULT)).all()
