from __future__ import annotations

import numpy as np
import pytest

from pose.tracking.rules import SmoothingRules
from pose.tracking.smoothing import OneEuro

RATES = (1, 2, 5, 10, 30)


def smoothed(xs, rate: float, size: float = 100) -> list[float]:
    """The x of a keypoint that is found at these x."""
    smooth, found = OneEuro(SmoothingRules(), gap_s=2.0), []
    for number, x in enumerate(xs):
        keypoints = np.zeros((18, 3), np.float32)
        if x is not None:
            keypoints[3] = x, 50, 0.9
        found.append(float(smooth.step(keypoints, size, number / rate)[3, 0]))
    return found


@pytest.mark.parametrize("rate", RATES)
def test_a_point_at_rest_stays(rate):
    assert smoothed([40] * 10, rate) == [40] * 10


@pytest.mark.parametrize("rate", RATES)
def test_a_point_that_walks_lags_less_than_a_tenth_of_its_person(rate):
    places = [200 * number / rate for number in range(5 * rate)]  # two sizes a second
    assert smoothed(places, rate) == pytest.approx(places, abs=10)


def test_who_is_larger_may_move_by_more_pixels():
    jumps = [0, 10] * 10
    assert np.ptp(smoothed(jumps, 10, size=400)[-2:]) < np.ptp(smoothed(jumps, 10, size=50)[-2:])


def test_a_point_unseen_for_long_starts_anew():
    assert smoothed([0, 0, 0, *[None] * 30, 80], 10)[-1] == 80
    assert 0 < smoothed([0, 0, 0, *[None] * 3, 80], 10)[-1] < 80
