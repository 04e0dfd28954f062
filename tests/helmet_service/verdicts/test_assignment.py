from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helmet_service.verdicts.assignment import assign, duplicate_hats
from tests.helmet_service.verdicts.scenes import hat_at, numbered

INF = float("inf")


@pytest.mark.parametrize(
    ("cost", "hat_of", "contested_heads", "single_hats"),
    [
        ([[1]], {0: 0}, set(), ()),
        ([[5]], {}, set(), (0,)),
        ([[INF]], {}, set(), (0,)),
        ([[1, 2]], {0: 0}, set(), (1,)),
        ([[1, 2], [1.1, 4]], {0: 1, 1: 0}, set(), ()),
        ([[1], [2]], {0: 0}, set(), ()),
        ([[1], [1.4]], {}, {0, 1}, (0,)),
        ([[4.8], [5.1]], {0: 0}, set(), ()),
        ([[1, INF], [1.4, 3]], {0: 0, 1: 1}, set(), ()),
        ([[1], [1], [1]], {}, {0, 1, 2}, (0,)),
    ],
)
def test_the_cheapest_pairs_below_the_gate(cost, hat_of, contested_heads, single_hats):
    assignment = assign(np.array(cost, float), gate=5, margin=0.5)
    assert assignment.hat_of == hat_of
    assert assignment.contested_heads == contested_heads
    assert assignment.single_hats == single_hats


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_assign(shape):
    assignment = assign(np.zeros(shape), gate=5, margin=0.5)
    assert assignment.hat_of == {}
    assert assignment.single_hats == tuple(range(shape[1]))


COSTS = arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(0, 10))


@given(COSTS)
def test_one_hat_a_head_and_one_head_a_hat(cost):
    before = cost.copy()
    assignment = assign(cost, gate=5, margin=0.5)
    worn = list(assignment.hat_of.values())
    assert len(set(worn)) == len(worn)
    assert sorted([*worn, *assignment.single_hats]) == list(range(cost.shape[1]))
    assert all(cost[head, hat] < 5 for head, hat in assignment.hat_of.items())
    assert (cost == before).all()


@given(COSTS, st.data())
def test_taking_a_hat_away_gives_nobody_else_one(cost, data):
    # exact ties would let the solver choose anew
    cost = cost + np.random.default_rng(0).uniform(0, 1e-3, cost.shape)
    before = set(assign(cost, gate=5, margin=0).hat_of)
    hat = data.draw(st.integers(0, cost.shape[1] - 1))
    assert set(assign(np.delete(cost, hat, axis=1), gate=5, margin=0).hat_of) <= before


@pytest.mark.parametrize(
    ("scores", "costs", "duplicates"),
    [((None, None), (2, 1), {0}), ((None, None), (1, 2), {1}), ((0.9, 0.5), (2, 1), {1}), ((0.5, None), (1, 2), {0})],
)
def test_of_two_boxes_of_one_hat_the_surer_or_better_fitting_stays(scores, costs, duplicates):
    hats = numbered([hat_at(100, 100, score=scores[0]), hat_at(102, 101, score=scores[1])])
    assert duplicate_hats(hats, np.array([costs], float), 0.5) == duplicates


def test_the_duplicate_of_a_duplicate_is_a_hat_of_its_own():
    row = numbered(hat_at(x, 100, score=score) for x, score in ((100, 0.9), (110, 0.8), (120, 0.7)))
    assert duplicate_hats(row, np.zeros((0, 3)), 0.5) == {1}


def test_hats_side_by_side_are_two_hats():
    assert duplicate_hats(numbered([hat_at(100, 100), hat_at(125, 100)]), np.zeros((0, 2)), 0.5) == frozenset()
