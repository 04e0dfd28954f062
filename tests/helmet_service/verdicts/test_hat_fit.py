from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.hat_fit import fit_hats
from pose.estimation.head_frames import HeadFrame
from tests.helmet_service.verdicts.scenes import DEFAULT, hat_at

UPRIGHT = HeadFrame(200, 100, 40, (0.0, -1.0), 0.9)


def cost_of(hat, hat_boxes="auto", head=UPRIGHT):
    return float(fit_hats([head], [hat], hat_boxes, DEFAULT).cost[0, 0])


@pytest.mark.parametrize("shell", [False, True])
def test_a_worn_hat_fits_in_its_own_way_of_drawing_and_in_auto(shell):
    hat = hat_at(200, 100, shell=shell)
    own, other = ("shell", "head") if shell else ("head", "shell")
    assert cost_of(hat, own) < 0.2
    assert cost_of(hat, "auto") == cost_of(hat, own)
    assert cost_of(hat, other) > cost_of(hat, own)


@pytest.mark.parametrize(
    ("dx", "dy", "size"), [(40, 0, 40), (-40, 0, 40), (0, 40, 40), (0, -50, 40), (0, 0, 10), (0, 0, 200)]
)
def test_a_hat_beside_below_or_of_another_size_does_not_fit(dx, dy, size):
    assert cost_of(hat_at(200 + dx, 100 + dy, size)) > 7


def test_further_is_worse():
    costs = [cost_of(hat_at(200 + shift, 100)) for shift in range(0, 100, 10)]
    assert all(nearer < further for nearer, further in pairwise(costs))


def test_up_turns_with_the_head():
    lying = HeadFrame(200, 100, 40, (1.0, 0.0), 0.9)
    above, beside = Hat(Box(181, 75, 38, 25), None, 0), Hat(Box(200, 81, 25, 38), None, 1)
    assert cost_of(above, "shell") < cost_of(beside, "shell")
    assert cost_of(beside, "shell", lying) < cost_of(above, "shell", lying)


def test_a_low_score_costs():
    assert cost_of(hat_at(200, 100, score=1.0)) == cost_of(hat_at(200, 100)) < cost_of(hat_at(200, 100, score=0.2))


@pytest.mark.parametrize(
    "box", [Box(0, 0, 0, 0), Box(-1e9, 1e9, 1e9, 1e9), Box(1e9, -1e9, 0, 1e9), Box(1e-300, 0, 1e-300, 5)]
)
def test_extreme_boxes_fit_nobody_and_are_still_numbers(box):
    fit = fit_hats([UPRIGHT], [Hat(box, None, 0)], "auto", DEFAULT)
    assert (fit.cost == np.inf).all()
    assert np.isfinite(fit.place).all()


def test_nobody_and_nothing():
    assert fit_hats([], [hat_at(1, 1)], "auto", DEFAULT).cost.shape == (0, 1)
    assert fit_hats([UPRIGHT], [], "auto", DEFAULT).cost.shape == (1, 0)
