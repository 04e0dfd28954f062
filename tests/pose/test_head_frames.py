from __future__ import annotations

import math

import numpy as np
import pytest

from pose.head_frames import fit_head, own_heads
from pose.skeleton import (
    LEFT_EAR,
    LEFT_EYE,
    LEFT_HIP,
    LEFT_SHOULDER,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_EYE,
    RIGHT_SHOULDER,
    Person,
)
from tests.helmet_service.verdicts.scenes import EVERYTHING, HEADLESS, WORKER, worker

TORSO = {NECK, RIGHT_SHOULDER, LEFT_SHOULDER}


@pytest.mark.parametrize(
    "seen",
    [
        EVERYTHING,
        EVERYTHING - {RIGHT_EAR},
        EVERYTHING - {RIGHT_EAR, RIGHT_EYE},
        EVERYTHING - {NOSE, RIGHT_EYE, LEFT_EYE},
        EVERYTHING - {RIGHT_EAR, LEFT_EAR},
        {NOSE, RIGHT_EYE, LEFT_EYE, RIGHT_EAR, LEFT_EAR},
        {RIGHT_EAR, LEFT_EAR, NECK},
        {NOSE, NECK, RIGHT_SHOULDER},
        TORSO | {LEFT_HIP},
    ],
)
def test_the_head_is_found_from_whatever_is_seen_of_it(seen):
    head = fit_head(worker(200, 100, 40, seen=seen))
    assert head is not None
    assert math.hypot(head.x - 200, head.y - 100) < 0.3 * 40
    assert 0.7 < head.size / 40 < 1.4
    assert math.hypot(*head.up) == pytest.approx(1)
    assert head.up[1] < -0.8
    assert 0 <= head.confidence <= 1


@pytest.mark.parametrize(
    "seen",
    [set(), {NOSE}, {RIGHT_EAR}, {NECK}, {NECK, RIGHT_SHOULDER}, {RIGHT_SHOULDER, LEFT_SHOULDER}, HEADLESS - TORSO],
)
def test_too_little_is_no_head(seen):
    assert fit_head(worker(200, 100, seen=seen)) is None


def test_shoulders_that_do_not_lie_level_carry_no_head_of_their_own():
    person = worker(200, 100, seen=HEADLESS)
    person.keypoints[RIGHT_SHOULDER, 1] += 30
    assert fit_head(person) is None


def test_points_on_one_spot_have_no_size():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[[NOSE, RIGHT_EYE, NECK]] = (50, 60, 0.9)
    assert fit_head(Person(keypoints, 0.5)) is None


@pytest.mark.parametrize("degrees", [-40, -15, 0, 15, 40])
def test_up_follows_the_line_through_both_ears(degrees):
    turn = math.radians(degrees)
    rotation = np.array([(math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))])
    points = 40 * WORKER @ rotation.T + (200, 200)
    head = fit_head(Person(np.column_stack([points, np.full(18, 0.8)]).astype(np.float32), 0.8))
    assert head is not None
    leaning = math.degrees(math.atan2(head.up[0], -head.up[1]))
    assert leaning == pytest.approx(degrees / 2, abs=8)


def test_mirrored_people_have_mirrored_heads():
    person = worker(200, 100, seen=EVERYTHING - {RIGHT_EAR})
    mirrored = worker(200, 100, seen=EVERYTHING - {LEFT_EAR})
    head, other = fit_head(person), fit_head(mirrored)
    assert head is not None
    assert other is not None
    assert (400 - head.x, head.y, head.size) == pytest.approx((other.x, other.y, other.size), rel=1e-5)


def test_a_weak_skeleton_is_less_confident():
    strong, weak = fit_head(worker(200, 100, score=0.9)), fit_head(worker(200, 100, score=0.1))
    assert strong is not None
    assert weak is not None
    assert weak.confidence < 0.6
    assert strong.confidence > 0.95


def test_two_skeletons_on_one_head_are_one_head_the_surer_one():
    people = [worker(202, 100, score=0.3), worker(200, 100, score=0.8), worker(280, 100, score=0.3)]
    assert [head is not None for head in own_heads(people, 0.4)] == [False, True, True]
