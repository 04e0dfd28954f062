from __future__ import annotations

import numpy as np
import pytest

from helmet_service.api.legacy_answers import body_boxes, helmet_rows, keypoints_box, legacy_rows, vest_rows
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Verdict
from helmet_service.verdicts.legacy_rule import LegacyVerdict
from helmet_service.verdicts.rules import Rules
from pose import Person
from pose.skeleton import LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER, NECK, RIGHT_HIP, RIGHT_KNEE, RIGHT_SHOULDER
from tests.pose.people import standing

WIDTH, HEIGHT = 640, 480


def person(x=320.0, y=200.0, size=20.0, *, without=()) -> Person:
    keypoints = standing(x, y, size)
    keypoints[list(without)] = 0
    return Person(keypoints, 0.9)


def judged(people, *statuses) -> JudgedCase:
    box = Box(0, 0, 1, 1)
    verdicts = (Verdict(i, status, "bare_head", None, None, box, 0.1, None) for i, status in enumerate(statuses))
    return JudgedCase(tuple(people), Judgement(tuple(verdicts), ()))


def test_the_box_is_that_of_the_found_points_toward_zero():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[:3] = (10.9, 20.9, 1), (50.2, 20.1, 1), (30, 99.9, 0.1)
    assert keypoints_box(Person(keypoints, 1.0), WIDTH, HEIGHT) == (10, 20, 50, 99)


@pytest.mark.parametrize(
    ("where", "box"),
    [
        ({"x": -1000.0}, (0, 176, 0, 340)),
        ({"y": 470.0}, (294, 446, 346, 480)),
        ({"x": 5000.0, "y": -5000.0}, (640, 0, 640, 0)),
    ],
)
def test_edges_are_clipped_to_the_picture(where, box):
    assert keypoints_box(person(**where), WIDTH, HEIGHT) == box


def test_rate_is_percent_with_three_decimals():
    (row,) = helmet_rows(judged([person()], "helmet"), WIDTH, HEIGHT, with_unknown=False)
    x1, y1, x2, y2 = keypoints_box(person(), WIDTH, HEIGHT)
    assert row == {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "rate": 2.776, "flag": True}
    assert row["rate"] == pytest.approx(100 * (x2 - x1) * (y2 - y1) / (WIDTH * HEIGHT), abs=5e-4)


@pytest.mark.parametrize(("with_unknown", "flags"), [(False, [True, False]), (True, [True, False, False])])
def test_unknown_people_are_left_out_or_flagged_false(with_unknown, flags):
    case = judged([person()] * 3, "helmet", "unknown", "no_helmet")
    rows = helmet_rows(case, WIDTH, HEIGHT, with_unknown=with_unknown)
    assert [row["flag"] for row in rows] == flags


@pytest.mark.parametrize(
    ("head_points", "box", "rate", "rows"),
    [
        (((9, 8),), (5, 6, 70, 80), 0.5, [{"x1": 5, "y1": 6, "x2": 70, "y2": 80, "rate": 50.0, "flag": True}]),
        (((9, 8),), (5, 6, 70, 80), 0.001, [{"x1": 5, "y1": 6, "x2": 70, "y2": 80, "rate": 0.1, "flag": True}]),
        (((9, 8),), (5, 6, 70, 80), 0.000999, []),
        ((), (5, 6, 70, 80), 0.1, []),
        (((-9, 8),), None, 0.0, []),
    ],
)
def test_the_older_rule_leaves_out_the_headless_and_the_small(head_points, box, rate, rows):
    assert legacy_rows([LegacyVerdict(0, head_points, box, rate, flag=True, hat=0)]) == rows


@pytest.mark.parametrize(("share", "flag"), [(1.0, True), (0.41, True), (0.39, False), (0.0, False)])
def test_a_vest_is_worn_from_an_overlap_of_four_tenths(share, flag):
    x1, y1, x2, y2 = keypoints_box(person(), WIDTH, HEIGHT)
    vests = [Box(0, 0, 5, 5), Box(x1, y1, x2 - x1, share * (y2 - y1))]
    (row,) = vest_rows([person()], vests, WIDTH, HEIGHT, Rules())
    assert row["flag"] is flag
    assert row["score"] == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("without", "listed"),
    [
        ((), True),
        ((RIGHT_SHOULDER, LEFT_KNEE), True),
        ((NECK,), False),
        ((LEFT_HIP,), False),
        ((RIGHT_HIP,), False),
        ((RIGHT_SHOULDER, LEFT_SHOULDER), False),
        ((RIGHT_KNEE, LEFT_KNEE), False),
    ],
)
def test_bodies_are_seen_from_neck_to_knee(without, listed):
    assert len(body_boxes([person(without=without)], WIDTH, HEIGHT)) == listed


def test_a_body_box_is_clipped():
    assert body_boxes([person(y=470.0)], WIDTH, HEIGHT) == [{"left": 294, "top": 446, "width": 52, "height": 34}]
