from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import Case, judge_case
from helmet_service.verdicts.own_hats import own_hats
from pose.estimation.head_frames import at_peak, own_heads
from pose.skeleton import HeadPeak, Headwear, Person
from tests.helmet_service.verdicts.scenes import DEFAULT, hat_at, worker

PEAK = HeadPeak(200, 100, 40, 0.9, 0.1)
HELMETED = Headwear(helmet=0.9, bare=0.05)
BARE = Headwear(helmet=0.05, bare=0.9)


def lone_head(headwear):
    return Person(np.zeros((18, 3), np.float32), 0.9, PEAK, headwear=headwear)


def seen_on(person):
    return own_hats([person], own_heads([person]), 0, DEFAULT)


def test_a_hat_is_boxed_as_the_network_saw_the_head():
    hat = seen_on(lone_head(HELMETED))[0]
    assert (hat.box, hat.index) == (Box(183, 80, 34, 40), 0)


def test_a_hat_on_a_fitted_head_is_boxed_as_on_one_that_the_network_saw():
    person = worker(200, 100)
    (head,) = own_heads([person])
    fitted = seen_on(replace(person, headwear=HELMETED))[0].box
    assert (fitted.centre[0], fitted.height) == pytest.approx((head.x, 1.13 * head.size))
    peak = HeadPeak(*fitted.centre, fitted.height, 0.9, 0.1)
    assert (at_peak(peak).x, at_peak(peak).y, at_peak(peak).size) == pytest.approx((head.x, head.y, head.size))


@pytest.mark.parametrize(
    ("headwear", "hats"),
    [(None, 0), (BARE, 0), (Headwear(0.49, 0.0), 0), (Headwear(0.51, 0.0), 1)],
)
def test_heads_that_hardly_wear_a_helmet_have_no_hat(headwear, hats):
    assert len(seen_on(lone_head(headwear))) == hats


@pytest.mark.parametrize(
    ("supplied", "trust", "listed"),
    [
        (None, "model", 1),
        (None, "both", 1),
        (None, "hats", 0),
        ([hat_at(400, 300)], "both", 2),
        ([hat_at(400, 300)], "model", 2),
        ([hat_at(400, 300)], "hats", 1),
    ],
)
def test_own_hats_are_listed_behind_the_supplied_ones(supplied, trust, listed):
    judged = judge_case(Case([lone_head(HELMETED)], supplied, 640, 480, 1.0), DEFAULT, trust=trust)
    assert [hat.index for hat in judged.hats] == list(range(listed))
    assert list(judged.hats[: len(supplied or [])]) == (supplied or [])
    (verdict,) = judged.judgement.people
    assert (verdict.status, verdict.hat) == (("no_helmet", None) if trust == "hats" else ("helmet", listed - 1))


def test_the_legacy_rule_judges_by_own_hats_where_nobody_supplied_any():
    people = [replace(worker(200, 100), headwear=HELMETED)]
    own, none = (judge_case(Case(people, hats, 640, 480, 1.0), DEFAULT, "legacy") for hats in (None, []))
    assert (own.judgement.people[0].status, len(own.hats)) == ("helmet", 1)
    assert (none.judgement.people[0].status, none.hats) == ("no_helmet", ())
