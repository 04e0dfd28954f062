from __future__ import annotations

import numpy as np
import pytest

from pose.estimation.candidates import MOST_OF_A_KIND
from pose.estimation.head_peaks import find_heads
from pose.train.augment.targets import make_targets
from pose.train.networks.layout import FIELDS, layout
from tests.pose.train.made_up import example, placed, smooth

SIDE = 256
BOXES = [[21, 31, 18, 16], [100, 40, 30, 40], [130, 40, 30, 40]]
HELMETED = [True, False, True]
NOBODY = np.zeros((0, 18, 3), np.float32)


def painted(boxes=BOXES, helmeted=HELMETED):
    """What a perfect network answers for these head boxes."""
    labelled = example(
        pixels=smooth(SIDE, SIDE), heads=np.array(boxes, np.float32), helmeted=np.array(helmeted), people=NOBODY
    )
    return make_targets(placed(labelled, np.eye(3), SIDE), FIELDS).fields


def test_heads_come_back_with_their_place_size_and_kind():
    heads = sorted(find_heads(painted(), FIELDS, 0.3), key=lambda head: head.x)
    for head, (left, top, width, height), helmeted in zip(heads, BOXES, HELMETED, strict=True):
        assert (head.x, head.y) == pytest.approx((left + width / 2, top + height / 2), abs=0.01)
        assert head.size == pytest.approx(max(width, height), rel=1e-3)
        assert head.is_helmeted == helmeted
        assert head.score == max(head.helmeted, head.bare) > 0.8


def test_the_surest_comes_first_and_none_below_the_least():
    fields = painted()
    fields[FIELDS.helmeted_heads] *= 0.5
    assert [head.is_helmeted for head in find_heads(fields, FIELDS, 0.3)] == [False, True, True]
    assert len(find_heads(fields, FIELDS, 0.6)) == 1


def test_a_network_without_head_fields_sees_no_heads():
    assert find_heads(painted(), layout(heads=False), 0.3) == ()


def test_two_peaks_that_point_to_one_centre_are_one_head():
    fields = painted([[100, 100, 60, 60]], [True])
    row, column = np.unravel_index(fields[FIELDS.helmeted_heads].argmax(), fields.shape[1:])
    fields[FIELDS.bare_heads, row, column + 2] = 0.999
    fields[FIELDS.helmeted_heads, row, column + 1] = 0
    (head,) = find_heads(fields, FIELDS, 0.3)
    assert (head.x, head.y) == pytest.approx((130, 130))


def test_of_too_many_the_strongest_are_kept():
    fields = np.zeros((62, 80, 80), np.float32)
    fields[FIELDS.head_size] = -2
    fields[FIELDS.bare_heads, ::2, ::2] = np.random.default_rng(0).uniform(0.2, 1, (40, 40))
    scores = [head.score for head in find_heads(fields, FIELDS, 0.1)]
    assert scores == sorted(np.sort(fields[FIELDS.bare_heads].ravel())[-MOST_OF_A_KIND:].tolist(), reverse=True)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("channels", [(57,), (58,), (59,), (60, 61), tuple(range(62))])
def test_whatever_the_fields_hold_heads_are_finite(value, channels):
    fields = painted()
    fields[list(channels), 8:14, 26:32] = value
    for head in find_heads(fields, FIELDS, 0.3):
        assert np.isfinite([head.x, head.y, head.size]).all()
        assert head.size > 0
        assert 0 <= min(head.helmeted, head.bare) <= head.score <= 1
