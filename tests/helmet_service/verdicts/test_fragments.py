from __future__ import annotations

import pytest

from helmet_service.verdicts.fragments import whole_people
from pose.skeleton import LEFT_HIP, NECK, RIGHT_ANKLE, RIGHT_ELBOW, RIGHT_HIP, RIGHT_KNEE, RIGHT_SHOULDER, RIGHT_WRIST
from tests.helmet_service.verdicts.scenes import DEFAULT, HEADLESS, worker

TORSO = {NECK, RIGHT_SHOULDER, RIGHT_HIP}


@pytest.mark.parametrize(
    ("seen", "whole"),
    [
        ({0, 1, 14, 15, 16, 17}, True),  # a head above a wall
        (HEADLESS, True),  # hood, mask and muffs
        (TORSO, True),
        ({RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST}, False),  # an arm out of a window
        ({RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE, LEFT_HIP}, False),  # legs behind a barrier
        (TORSO - {RIGHT_HIP}, False),
    ],
)
def test_a_person_needs_a_head_or_a_torso(seen, whole):
    person = worker(200, 100, seen=seen)
    assert whole_people([person], DEFAULT)[0] == ((person,) if whole else ())


def test_a_second_skeleton_on_somebody_is_no_person():
    person, second = worker(200, 100), worker(203, 102, seen=HEADLESS, score=0.4)
    assert whole_people([second, person], DEFAULT)[0] == (person,)


def test_of_two_heads_in_one_place_the_surer_skeleton_stays():
    surer, other = worker(200, 100, score=0.9), worker(204, 102, score=0.3)
    assert whole_people([other, surer], DEFAULT)[0] == (surer,)


def test_somebody_headless_beside_a_person_stays():
    person, headless = worker(200, 100), worker(300, 100, seen=HEADLESS)
    assert whole_people([person, headless], DEFAULT)[0] == (person, headless)
