from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from helmet_service.api.legacy_answers import legacy_rows
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import UnmatchedHat
from helmet_service.verdicts.legacy_rule import head_points, judge_legacy
from pose.skeleton import LEFT_EAR, NECK, NOSE, RIGHT_EAR, RIGHT_EYE, Person
from tests.helmet_service.verdicts.scenes import HEADLESS, hat_at, legacy_judgement, worker

CASES = json.loads(Path(__file__).with_name("legacy_cases.json").read_text())


def person_of(numbers: list[int]) -> Person:
    points = np.array(numbers, np.float32).reshape(18, 2)
    seen = (points != -1).all(axis=1, keepdims=True)
    return Person(np.where(seen, np.concatenate([points, seen], axis=1), 0).astype(np.float32), 1.0)


@pytest.mark.parametrize("case", CASES)
def test_the_ancestors_answers_are_reproduced(case):
    people = [person_of(numbers) for numbers in case["people"]]
    hats = [Hat(Box(*box), None, index) for index, box in enumerate(case["hats"])]
    width, height = case["picture"]
    rows = legacy_rows(judge_legacy(people, hats, width=width, height=height))
    expected = [dict(zip(("x1", "y1", "x2", "y2", "rate", "flag"), row, strict=True)) for row in case["answer"]]
    assert [row | {"rate": 0} for row in rows] == [row | {"rate": 0} for row in expected]
    assert [row["rate"] for row in rows] == pytest.approx([row["rate"] for row in expected], abs=1e-6)


def seen_at(points: dict[int, tuple[float, float]]) -> Person:
    keypoints = np.zeros((18, 3), np.float32)
    for keypoint, point in points.items():
        keypoints[keypoint] = (*point, 0.9)
    return Person(keypoints, 0.5)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({NECK: (5, 5)}, []),
        ({NOSE: (5.9, 6.9)}, [(5, 6)]),
        ({NOSE: (-0.5, -1.5)}, [(0, -1)]),
        ({LEFT_EAR: (30, 8), NOSE: (20, 9)}, [(30, 8), (20, 9)]),
        (
            {RIGHT_EAR: (10, 9), LEFT_EAR: (15, 6), RIGHT_EYE: (11, 5), NOSE: (12, 7)},
            [(10, 9), (15, 6), (12, 7), (12, 7), (11, 5)],
        ),
    ],
)
def test_head_points_are_ints_in_the_legacy_order(points, expected):
    assert head_points(seen_at(points)) == expected


def test_points_left_of_the_picture_alone_give_no_box_and_no_row():
    (verdict,) = judge_legacy([seen_at({NOSE: (-4, 5), RIGHT_EYE: (0.4, 6)})], [], width=100, height=100)
    assert (verdict.box, verdict.rate, verdict.flag) == (None, 0.0, False)
    assert legacy_rows([verdict]) == []


@pytest.mark.parametrize("side", [0.0, 1e9])
def test_no_hat_is_too_odd(side):
    hats = [Hat(Box(-side, side, side, side), None, 0)]
    assert [verdict.flag for verdict in judge_legacy([worker(100, 100)], hats, width=400, height=400)] == [False]


def test_one_hat_may_serve_two_heads():
    people = [worker(100, 100), worker(104, 100)]
    judgement = legacy_judgement(people, [hat_at(102, 92, shell=True, index=3)], width=400, height=400)
    assert [(v.status, v.reason, v.hat, v.confidence) for v in judgement.people] == [
        ("helmet", "hat_on_head", 3, None)
    ] * 2
    assert judgement.unmatched == ()


@pytest.mark.parametrize(
    ("person", "side", "status", "reason"),
    [
        (worker(100, 100), 400, "no_helmet", "bare_head"),
        (worker(100, 100, seen=HEADLESS), 400, "unknown", "head_not_seen"),
        (worker(100, 100, 10), 2000, "unknown", "head_too_small"),
    ],
)
def test_reasons_in_v1(person, side, status, reason):
    judgement = legacy_judgement([person], [hat_at(300, 300)], width=side, height=side)
    assert [(v.status, v.reason, v.hat) for v in judgement.people] == [(status, reason, None)]
    assert judgement.unmatched == (UnmatchedHat(0, "no_head_near"),)


SMALL = {NOSE: (10, 50), RIGHT_EYE: (30, 50), NECK: (20, 90)}
LARGE = {NOSE: (10, 50), RIGHT_EYE: (30, 50), NECK: (95, 99)}


@pytest.mark.parametrize(
    ("rule", "inside", "said", "outside", "said_outside"),
    [
        (
            "smallest_rate",
            ({NOSE: (100, 100), NECK: (110, 201)}, 1000, (500, 500)), "bare_head",
            ({NOSE: (100, 100), NECK: (110, 199)}, 1000, (500, 500)), "head_too_small",
        ),
        ("reach", (SMALL, 100, (10, 27)), "hat_on_head", (SMALL, 100, (10, 26)), "bare_head"),
        ("large_reach", (LARGE, 90, (10, 35)), "hat_on_head", (LARGE, 90, (10, 34)), "bare_head"),
        ("large_rate", (LARGE, 103, (10, 30)), "hat_on_head", (LARGE, 101, (10, 30)), "bare_head"),
    ],
)  # fmt: skip
def test_what_is_said_turns_at_the_rule(rule, inside, said, outside, said_outside):
    """Points, the side of a square picture, and the centre of a hat."""
    assert said_of(*inside) == said
    assert said_of(*outside) == said_outside


def said_of(points, side, hat):
    box = Box(hat[0] - 5, hat[1] - 5, 10, 10)
    judgement = legacy_judgement([seen_at(points)], [Hat(box, None, 0)], width=side, height=side)
    return judgement.people[0].reason


def test_nobody_is_judged_in_an_empty_picture():
    assert judge_legacy([], [hat_at(5, 5)], width=10, height=10) == ()
