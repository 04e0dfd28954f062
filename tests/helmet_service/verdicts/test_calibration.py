from __future__ import annotations

import pytest

from helmet_service.verdicts.calibration import bare_probability, helmet_probability
from tests.helmet_service.verdicts.scenes import DEFAULT


def test_the_worse_a_hat_fits_the_less_sure_is_the_helmet():
    stated = [helmet_probability(cost, DEFAULT) for cost in (0, 2, 4, 8, 20)]
    assert stated == sorted(stated, reverse=True)
    assert 0 < stated[-1] < 0.5 < stated[0] <= 0.99


def test_the_surer_a_head_the_surer_it_is_bare():
    stated = [bare_probability(head, DEFAULT) for head in (0.1, 0.5, 0.7, 0.9, 0.99)]
    assert stated == sorted(stated)
    assert 0 < stated[0] < 0.5 < stated[-1] <= 0.99


@pytest.mark.parametrize("head", [0.0, 1.0])
def test_nothing_is_impossible_and_nothing_certain(head):
    assert 0 < bare_probability(head, DEFAULT) <= 0.99
