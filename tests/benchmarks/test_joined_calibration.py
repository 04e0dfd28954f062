import numpy as np
import pytest

from benchmarks.joined_calibration import balanced


def test_helmets_of_each_kind_weigh_alike_and_bare_heads_as_much_as_all_helmets():
    site, plant = np.array([[1, 0.0, 1]] * 3 + [[1, 0.0, 0]] * 4), np.array([[1, 1.0, 1]] * 9 + [[1, 1.0, 0]])
    rows, weights = balanced([site, plant])
    helmet, of_plant = rows[:, 1] > 0, rows[:, 0] > 0
    assert weights.sum() == pytest.approx(len(rows))
    assert weights[helmet & of_plant].sum() == pytest.approx(weights[helmet & ~of_plant].sum())
    assert weights[~helmet].sum() == pytest.approx(weights[helmet].sum())
    assert np.ptp(weights[~helmet]) == 0


def test_what_seldom_occurs_weighs_little_among_its_like():
    _, weights = balanced([np.array([[1.0, 0, 1], [0.1, 0, 1], [1, 0, 0], [0.1, 0, 0]])])
    assert weights[0::2] == pytest.approx(10 * weights[1::2])
