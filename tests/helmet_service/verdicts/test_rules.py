"""Each rule by what is said just inside and just outside it.

Most scenes show a bare head of 40 px at (200, 100) that the network saw, so that its place and size are exact. Hats are
square boxes: the shell on such a head has 32.12 px and lies at (200, 88.8), a box of the whole helmeted head has
42.92 px and lies at (200, 97.2).
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.rule_numbers import numbers
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import Case, judge_case
from helmet_service.verdicts.vests import best_vest
from pose.skeleton import (
    LEFT_HIP,
    LEFT_SHOULDER,
    NECK,
    RIGHT_ANKLE,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    HeadPeak,
    Headwear,
    Person,
)
from tests.helmet_service.verdicts.scenes import DEFAULT


def seen(points, head=None, headwear=None):
    """Somebody of whom these keypoints were seen, too faintly to carry a head."""
    keypoints = np.zeros((18, 3), np.float32)
    for keypoint, place in points.items():
        keypoints[keypoint] = (*place, 0.2)
    return Person(keypoints, 0.5, head, headwear=headwear)


def bare(x=200, size=40, sure=0.9, points=None):
    """Somebody whose bare head the network saw."""
    return seen(points or {}, HeadPeak(x, 100, size, 0.0, sure))


def shows(helmet, bare, sure=0.9, fields=0.9):
    """Somebody on whose head a crop shows a helmet or none with these probabilities; fields: of a bare head."""
    return seen({}, HeadPeak(200, 100, 40, sure, fields), Headwear(helmet, bare))


def box(x, y, side, score=None, index=0):
    return Hat(Box(x - side / 2, y - side / 2, side, side), score, index)


def shell(x=200, y=88.8, score=None):
    return box(x, y, 32.12, score)


def moved(points, right):
    return {keypoint: (x + right, y) for keypoint, (x, y) in points.items()}


BARE = bare()
LEG = {RIGHT_KNEE: (200, 200), RIGHT_ANKLE: (200, 240)}
FOREARM = {RIGHT_ELBOW: (200, 200), RIGHT_WRIST: (200, 240)}
HEADLESS_280_LONG = {
    NECK: (200, 100), RIGHT_SHOULDER: (190, 100),
    RIGHT_HIP: (190, 200), RIGHT_KNEE: (200, 300), RIGHT_ANKLE: (200, 380),
}  # fmt: skip
TORSO = {
    NECK: (200, 140), RIGHT_SHOULDER: (160, 140), LEFT_SHOULDER: (240, 140),
    RIGHT_HIP: (170, 240), LEFT_HIP: (230, 240),
}  # fmt: skip
THREE_OF_FIVE_ELSEWHERE = TORSO | {LEFT_SHOULDER: (400, 140), LEFT_HIP: (390, 240)}
FOUR_OF_SEVEN_ELSEWHERE = TORSO | {LEFT_HIP: (390, 240), RIGHT_KNEE: (400, 300), RIGHT_ANKLE: (400, 380)}

# Rule; people and hats just inside; the reasons of people, then of hats on nobody's head; the same just outside.
EDGES = [
    (
        "second_skeleton_share",
        ([bare(points=TORSO), seen(THREE_OF_FIVE_ELSEWHERE)], []), ["bare_head"],
        ([bare(points=TORSO), seen(FOUR_OF_SEVEN_ELSEWHERE)], []), ["bare_head", "head_not_seen"],
    ),
    (
        "second_skeleton_distance",
        ([bare(points=TORSO), seen(moved(TORSO, 13.5))], []), ["bare_head"],
        ([bare(points=TORSO), seen(moved(TORSO, 14.5))], []), ["bare_head", "head_not_seen"],
    ),
    ("min_head_px", ([bare(size=8.1)], []), ["bare_head"], ([bare(size=7.9)], []), ["head_too_small"]),
    ("min_alarm_confidence", ([bare(sure=0.752)], []), ["bare_head"], ([bare(sure=0.748)], []), ["low_confidence"]),
    (
        "gate, fit.place_spread",  # across
        ([BARE], [shell(221.4)]), ["hat_on_head"],
        ([BARE], [shell(221.9)]), ["low_confidence", "no_head_near"],
    ),
    (
        "doubt",
        ([BARE], [shell(225.2)]), ["low_confidence", "no_head_near"],
        ([BARE], [shell(225.7)]), ["bare_head", "no_head_near"],
    ),
    (
        "fit.low_score_cost",
        ([BARE], [shell(220.7, score=0.0)]), ["hat_on_head"],
        ([BARE], [shell(220.85, score=0.0)]), ["low_confidence", "size_mismatch"],
    ),
    (
        "fit.shell.along",  # upwards
        ([BARE], [shell(y=67.6)]), ["hat_on_head"],
        ([BARE], [shell(y=66.7)]), ["low_confidence", "no_head_near"],
    ),
    (
        "fit.head.along",  # downwards
        ([BARE], [box(200, 118.6, 42.92)]), ["hat_on_head"],
        ([BARE], [box(200, 119.1, 42.92)]), ["low_confidence", "no_head_near"],
    ),
    (
        "fit.smaller_spread",  # across, six tenths of the size
        ([BARE], [box(208.9, 93.3, 19.3)]), ["hat_on_head"],
        ([BARE], [box(209.4, 93.3, 19.3)]), ["low_confidence", "size_mismatch"],
    ),
    (
        "fit.larger_spread",  # across, twice the size
        ([BARE], [box(235.5, 94.4, 85.8)]), ["hat_on_head"],
        ([BARE], [box(236.8, 94.4, 85.8)]), ["low_confidence", "size_mismatch"],
    ),
    (
        "fit.smallest, fit.shell.size",
        ([BARE], [box(200, 94.4, 16.3)]), ["hat_on_head"],
        ([BARE], [box(200, 94.4, 15.8)]), ["bare_head", "size_mismatch"],
    ),
    (
        "fit.largest, fit.head.size",
        ([BARE], [box(200, 93, 106)]), ["hat_on_head"],
        ([BARE], [box(200, 93, 108)]), ["bare_head", "size_mismatch"],
    ),
    (
        "margin",
        ([BARE, bare(220)], [shell(209.2)]), ["contested_hat", "contested_hat", "contested"],
        ([BARE, bare(220)], [shell(209.0)]), ["hat_on_head", "bare_head"],
    ),
    (
        "same_hat",
        ([BARE], [box(200, 97, 40, 0.9), box(213, 97, 40, 0.8, 1)]), ["hat_on_head", "duplicate"],
        ([BARE], [box(200, 97, 40, 0.9), box(214, 97, 40, 0.8, 1)]), ["hat_on_head", "head_already_has_hat"],
    ),
    (
        "near_body",
        ([bare(points=LEG)], [box(223.5, 240, 40)]), ["hat_not_worn", "held_or_lying"],
        ([bare(points=LEG)], [box(224.5, 240, 40)]), ["bare_head", "no_head_near"],
    ),
    (
        "hand_beyond_wrist",
        ([bare(points=FOREARM)], [box(200, 283, 40)]), ["hat_not_worn", "held_or_lying"],
        ([bare(points=FOREARM)], [box(200, 285, 40)]), ["bare_head", "no_head_near"],
    ),
    (
        "heads_in_skeleton",
        ([seen(HEADLESS_280_LONG)], [box(223.5, 380, 40)]), ["head_not_seen", "held_or_lying"],
        ([seen(HEADLESS_280_LONG)], [box(224.5, 380, 40)]), ["head_not_seen", "no_head_near"],
    ),
    (
        "min_helmet_confidence",
        ([shows(0.39, 0.6)], None), ["hat_on_head"],
        ([shows(0.38, 0.61)], None), ["low_confidence"],
    ),
]  # fmt: skip

# Rule; the only person and hats; what is stated of the person.
STATED = [
    ("calibration.surest", BARE, [shell()], 0.99),
    ("calibration.helmet_constant, calibration.helmet_cost", BARE, [shell(221.4)], 0.933),
    ("calibration.bare_constant, calibration.bare_head", bare(sure=0.8), [], 0.849),
    ("joined.head_constant, joined.head_found, joined.head_shown", shows(0.0, 0.9, sure=0.7, fields=0.7), None, 0.8305),
    ("joined.helmet_constant, joined.helmet_shown", shows(0.6, 0.4), None, 0.870),
    ("joined.helmet_fields", shows(0.4, 0.59, fields=0.4), None, 0.859),
    ("joined.hat", shows(0.04, 0.96), [shell()], 0.797),
    ("joined.no_hat", shows(0.4, 0.6), [], 0.899),
]


def judged(found, hats):
    """By the hats alone, or by headwear too where there is any."""
    trust = "both" if found[0].headwear else "hats"
    return judge_case(Case(found, hats, 640, 480, 1.0), DEFAULT, trust=trust).judgement


def reasons(judgement):
    return [of.reason for of in (*judgement.people, *judgement.unmatched)]


@pytest.mark.parametrize(("rule", "inside", "said", "outside", "said_outside"), EDGES, ids=[edge[0] for edge in EDGES])
def test_what_is_said_turns_at_the_rule(rule, inside, said, outside, said_outside):
    assert reasons(judged(*inside)) == said
    assert reasons(judged(*outside)) == said_outside


@pytest.mark.parametrize(("rule", "person", "hats", "confidence"), STATED, ids=[stated[0] for stated in STATED])
def test_what_is_stated_is_what_the_curves_say(rule, person, hats, confidence):
    assert judged([person], hats).people[0].confidence == pytest.approx(confidence, abs=5e-4)


@pytest.mark.parametrize(("height", "worn"), [(16.4, True), (15.6, False)])
def test_a_vest_is_worn_from_four_tenths_of_the_person(height, worn):
    assert best_vest(Box(0, 0, 10, 40), [Box(0, 0, 10, height)], DEFAULT).worn is worn


def test_no_rule_is_left_out():
    held = {rule for row in (*EDGES, *STATED) for rule in row[0].split(", ")} | {"worn_vest"}
    held |= {"min_own_head", "own_head_width"}  # see test_own_hats.py
    assert held == {name for name, _ in numbers(DEFAULT)}
