from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import Case, judge_case
from helmet_service.verdicts.own_hats import bare_heads, own_hats
from pose.estimation.head_frames import at_peak, own_heads
from pose.skeleton import HeadPeak, Headwear, Person
from tests.helmet_service.verdicts.scenes import DEFAULT, hat_at, worker

PEAK = HeadPeak(200, 100, 40, 0.98, 0.98)  # the fields cannot tell which kind of head it is
HELMETED = Headwear(helmet=0.97, bare=0.02)
BARE = Headwear(helmet=0.002, bare=0.988)
ON_HEAD, ELSEWHERE = hat_at(200, 100), hat_at(400, 300)


def lone_head(headwear, x=200):
    return Person(np.zeros((18, 3), np.float32), 0.9, replace(PEAK, x=x), headwear=headwear)


def seen_on(person):
    return own_hats([person], own_heads([person]), DEFAULT)


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


def test_a_bare_head_is_boxed_as_the_network_saw_it_or_as_it_was_fitted():
    people = [lone_head(BARE), worker(400, 100, headwear=BARE)]
    heads = own_heads(people)
    (seen, score), (fitted, _) = bare_heads(people, heads, DEFAULT)
    assert (seen, round(score, 2)) == (Box(183, 80, 34, 40), 0.99)
    assert fitted.centre == pytest.approx((heads[1].x, heads[1].y))
    assert fitted.height == pytest.approx(heads[1].size)
    assert bare_heads([lone_head(HELMETED)], heads[:1], DEFAULT) == []


@pytest.mark.parametrize(
    ("headwear", "hats"),
    [(None, 0), (BARE, 0), (Headwear(0.135, 0.28), 0), (Headwear(0.14, 0.28), 1), (HELMETED, 1)],
)
def test_heads_that_hardly_wear_a_helmet_have_no_hat(headwear, hats):
    assert len(seen_on(lone_head(headwear))) == hats


# what the head wears, the supplied hats, what is trusted; then status, reason and hat of the person, hats in all
@pytest.mark.parametrize(
    ("headwear", "supplied", "trust", "said", "listed"),
    [
        (HELMETED, [], "hats", ("no_helmet", "bare_head", None), 0),
        (BARE, [ON_HEAD], "hats", ("helmet", "hat_on_head", 0), 1),
        (HELMETED, None, "both", ("helmet", "hat_on_head", 0), 1),
        (HELMETED, None, "model", ("helmet", "hat_on_head", 0), 1),
        (BARE, None, "both", ("no_helmet", "bare_head", None), 0),
        (BARE, None, "model", ("no_helmet", "bare_head", None), 0),
        (HELMETED, None, "hats", ("unknown", "low_confidence", None), 0),
        (HELMETED, [ON_HEAD], "both", ("helmet", "hat_on_head", 0), 1),
        (HELMETED, [ON_HEAD], "model", ("helmet", "hat_on_head", 1), 2),
        (HELMETED, [ELSEWHERE], "both", ("helmet", "hat_on_head", 1), 2),
        (HELMETED, [], "both", ("helmet", "hat_on_head", 0), 1),
        (BARE, [ON_HEAD], "both", ("no_helmet", "bare_head", 0), 1),
        (BARE, [ON_HEAD], "model", ("no_helmet", "bare_head", None), 1),
        (None, [ON_HEAD], "both", ("helmet", "hat_on_head", 0), 1),
        (None, [ON_HEAD], "model", ("unknown", "low_confidence", None), 1),
        (None, None, "both", ("unknown", "low_confidence", None), 0),
        (None, [], "both", ("no_helmet", "bare_head", None), 0),
    ],
)
def test_what_is_trusted_decides_who_wears_a_helmet(headwear, supplied, trust, said, listed):
    judged = judge_case(Case([lone_head(headwear)], supplied, 640, 480, 1.0), DEFAULT, trust=trust)
    (verdict,) = judged.judgement.people
    assert (verdict.status, verdict.reason, verdict.hat) == said
    assert [hat.box for hat in judged.hats[: len(supplied or [])]] == [hat.box for hat in supplied or []]
    assert [hat.index for hat in judged.hats] == list(range(listed))


@pytest.mark.parametrize(
    ("headwear", "reason"), [(HELMETED, "hat_on_head"), (BARE, "bare_head"), (Headwear(0.14, 0.28), "contested_hat")]
)
def test_a_hat_between_two_heads_says_nothing_where_headwear_is_seen(headwear, reason):
    people = [lone_head(headwear, x=190), lone_head(headwear, x=210)]
    judged = judge_case(Case(people, [hat_at(200, 100)], 640, 480, 1.0), DEFAULT, trust="both")
    assert [verdict.reason for verdict in judged.judgement.people] == [reason, reason]
    assert [hat.reason for hat in judged.judgement.unmatched] == ["contested"]


def test_nobody_sees_what_is_worn_beyond_the_picture():
    judged = judge_case(Case([lone_head(BARE, x=-5)], None, 640, 480, 1.0), DEFAULT, trust="model")
    assert [verdict.reason for verdict in judged.judgement.people] == ["head_not_seen"]


def test_the_legacy_rule_judges_by_own_hats_where_nobody_supplied_any():
    people = [replace(worker(200, 100), headwear=HELMETED)]
    own, none = (judge_case(Case(people, hats, 640, 480, 1.0), DEFAULT, "legacy") for hats in (None, []))
    assert (own.judgement.people[0].status, len(own.hats)) == ("helmet", 1)
    assert (none.judgement.people[0].status, none.hats) == ("no_helmet", ())
