from __future__ import annotations

import numpy as np
import pytest

from pose.tracking import TrackingRules
from pose.tracking.motion import Motion, begun, corrected, predicted

RULES = TrackingRules()
MOVING = Motion(np.array([30.0, -10.0]), 0.01, 0.02, 0.3)


def numbers(motion: Motion) -> list[float]:
    return [*motion.velocity, motion.place, motion.both, motion.speed]


@pytest.mark.parametrize("waits", [(0.5, 0.5), (0.1, 0.9), (0.25, 0.25, 0.25, 0.25)])
def test_many_steps_foresee_what_one_step_does(waits):
    motion, way = MOVING, np.zeros(2)
    for wait in waits:
        motion, step = predicted(motion, wait, RULES)
        way = way + step
    whole, whole_way = predicted(MOVING, 1.0, RULES)
    assert numbers(motion) == pytest.approx(numbers(whole))
    assert way == pytest.approx(whole_way)


def test_somebody_unseen_for_long_is_expected_to_stand_somewhere_near():
    motion, way = predicted(MOVING, 1000.0, RULES)
    assert motion.velocity == pytest.approx(np.zeros(2))
    assert way == pytest.approx(MOVING.velocity * RULES.steady_s)
    assert motion.speed == pytest.approx(RULES.speed**2)


def test_the_velocity_of_somebody_who_walks_is_found_and_surer_than_before():
    motion = begun(0.001, RULES)
    for _ in range(20):
        ahead, way = predicted(motion, 0.1, RULES)
        motion = corrected(ahead, np.array([5.0, 0.0]) - way, 0.001)
    assert motion.velocity == pytest.approx([50, 0], rel=0.1)
    assert motion.speed < 0.1 * RULES.speed**2
    assert motion.place < 0.001
