from __future__ import annotations

import numpy as np

from benchmarks.trade_off import FIGURES, Cost, Row, draw, measure_costs
from pose import Estimate


def taking(*times):
    """What an estimator answers that takes so long for network and grouping in each call, ms."""
    left = iter(times)
    return lambda _: Estimate((), 1.0, dict(zip(("network", "grouping"), next(left), strict=True)))


def test_costs_are_medians_and_ratios_are_taken_turn_by_turn():
    first = taking((0, 0), (10, 2), (20, 4), (40, 8))  # the first call warms up
    other = taking((0, 0), (20, 4), (40, 8), (20, 4))
    costs = measure_costs([first, other], np.zeros((1, 1, 3), np.uint8), 3)
    assert costs == [Cost(20, 1, 24, 1), Cost(20, 2, 24, 2)]


def test_each_model_is_a_curve_and_each_point_has_its_height(tmp_path):
    rows = [
        Row(model, height, Cost(height / 10, 1.0, height / 9, 1.0), dict.fromkeys(FIGURES, 50.0))
        for model, heights in (("broad 1", (320, 384)), ("narrow 1", (352,)))
        for height in heights
    ]
    draw(rows, tmp_path / "trade-off.svg")
    drawn = (tmp_path / "trade-off.svg").read_text()
    for text in ("broad 1", "narrow 1", "320", "352", "384"):
        assert f"<!-- {text} -->" in drawn
