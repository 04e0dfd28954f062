from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose.estimation.head_frames import fit_head, own_heads
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
from tests.helmet_service.verdicts.scenes import (
    BACK,
    EVERYTHING,
    HEADLESS,
    PROFILE,
    WORKER,
    Scene,
    enlarged,
    leaning,
    mirrored,
    moved,
    turned,
    worker,
)

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
    [
        set(),
        {NOSE},
        {RIGHT_EAR},
        {NECK},
        {NECK, RIGHT_SHOULDER},
        {RIGHT_SHOULDER, LEFT_SHOULDER},
        HEADLESS - TORSO,
        {RIGHT_EAR, LEFT_EAR},  # seen from the front, or from behind and upside down
    ],
)
def test_too_little_is_no_head(seen):
    assert fit_head(worker(200, 100, seen=seen)) is None


def test_points_on_one_spot_have_no_size():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[[NOSE, RIGHT_EYE, NECK]] = (50, 60, 0.9)
    assert fit_head(Person(keypoints, 0.5)) is None


POSES = st.sampled_from([WORKER, BACK, PROFILE])
SEEN = st.integers(0, 2**18 - 1).map(lambda bits: {keypoint for keypoint in range(18) if bits >> keypoint & 1})
PEOPLE = st.builds(worker, st.just(300), st.just(200), st.just(40), pose=POSES, seen=SEEN, score=st.floats(0.3, 1))


def same_head(head, x, y, size, up):
    """Whether a head is there, as exactly as float32 keypoints, two of which may be near each other, tell."""
    assert head is not None
    assert (head.x, head.y, head.size) == pytest.approx((x, y, size), abs=0.02)
    assert head.up == pytest.approx(up, abs=2e-3)
    return True


@given(PEOPLE, st.floats(0, 360))
def test_the_head_turns_with_the_person(person, degrees):
    head = fit_head(person)
    other = fit_head(turned(person, degrees, 200, 100))
    if head is None:
        assert other is None
        return
    turn = np.exp(1j * math.radians(degrees))
    place, up = complex(head.x - 200, head.y - 100) * turn, complex(*head.up) * turn
    assert same_head(other, 200 + place.real, 100 + place.imag, head.size, (up.real, up.imag))
    assert other.confidence == head.confidence


@given(PEOPLE, st.sampled_from([0.5, 3, 10]), st.integers(-100, 900), st.integers(-100, 900))
def test_the_head_grows_and_moves_with_the_person(person, factor, dx, dy):
    head = fit_head(person)
    scene = Scene((person,), ())
    other = fit_head(moved(enlarged(scene, factor), dx, dy).people[0])
    if head is None:
        assert other is None
        return
    assert same_head(
        other and replace(other, x=(other.x - dx) / factor, y=(other.y - dy) / factor, size=other.size / factor),
        head.x,
        head.y,
        head.size,
        head.up,
    )


@given(PEOPLE)
def test_mirrored_people_have_mirrored_heads(person):
    head, other = fit_head(person), fit_head(mirrored(Scene((person,), (), 640)).people[0])
    if head is None:
        assert other is None
        return
    assert same_head(other, 640 - head.x, head.y, head.size, (-head.up[0], head.up[1]))


@pytest.mark.parametrize("degrees", [-150, -40, 0, 90, 180])
def test_up_is_the_persons_own(degrees):
    head = fit_head(leaning(200, 100, 40, degrees))
    assert head is not None
    assert math.degrees(math.atan2(head.up[0], -head.up[1])) % 360 == pytest.approx(degrees % 360, abs=1)


def test_a_weak_skeleton_is_less_confident():
    strong, weak = fit_head(worker(200, 100, score=0.9)), fit_head(worker(200, 100, score=0.1))
    assert strong is not None
    assert weak is not None
    assert weak.confidence < 0.7
    assert strong.confidence > 0.95


def test_two_skeletons_on_one_head_are_one_head_the_surer_one():
    people = [worker(202, 100, score=0.3), worker(200, 100, score=0.8), worker(280, 100, score=0.3)]
    assert [head is not None for head in own_heads(people)] == [False, True, True]
