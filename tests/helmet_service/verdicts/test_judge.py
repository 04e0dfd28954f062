from __future__ import annotations

import pytest

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import UnmatchedHat
from pose.skeleton import LEFT_EAR, NECK, NOSE, RIGHT_EAR
from tests.helmet_service.verdicts.cases import outcomes
from tests.helmet_service.verdicts.scenes import HEADLESS, Scene, hat_at, numbered, worker
from tests.helmet_service.verdicts.scenes import judged as judged_scene

ALONE = worker(200, 100)


def judged(people, hats, scale=1.0):
    return judged_scene(Scene(tuple(people), tuple(hats), scale=scale))


@pytest.mark.parametrize(
    ("person", "hats", "expected"),
    [
        (ALONE, [hat_at(200, 100, index=7)], ("helmet", "hat_on_head", 7)),
        (worker(200, 100, seen=HEADLESS - {NECK}), [hat_at(200, 100)], ("unknown", "head_not_seen", None)),
        (worker(200, 100, score=0.1), [], ("unknown", "low_confidence", None)),
        (worker(200, 100, score=0.1), [hat_at(200, 100)], ("helmet", "hat_on_head", 0)),
    ],
)
def test_statuses_and_reasons(person, hats, expected):
    assert outcomes(judged([person], hats)) == (expected,)


@pytest.mark.parametrize(
    ("people", "hats", "reason"),
    [
        ([], [hat_at(200, 100)], "no_head_near"),
        ([ALONE], [hat_at(200, 100), hat_at(208, 78)], "head_already_has_hat"),
    ],
)
def test_reasons_of_hats_on_nobodys_head(people, hats, reason):
    assert [hat.reason for hat in judged(people, numbered(hats)).unmatched] == [reason]


def test_a_box_outside_the_picture_takes_no_hat_from_a_head():
    hats = numbered([Hat(Box(-25, 74, 30, 45), 0.5, 0), Hat(Box(-30, 74, 29.9, 45), 0.9, 0)])
    judgement = judged([worker(-10, 100)], hats)
    assert outcomes(judgement) == (("helmet", "hat_on_head", 0),)
    assert judgement.unmatched == (UnmatchedHat(1, "no_head_near"),)


def test_a_held_hat_belongs_to_the_nearest_body():
    people = [ALONE, worker(290, 100)]
    assert [v.reason for v in judged(people, [hat_at(174, 200)]).people] == ["hat_not_worn", "bare_head"]


@pytest.mark.parametrize(
    ("hat", "worn_as"),
    [
        (hat_at(200, 100, shell=True), {"shell", "head", "auto"}),
        (hat_at(200, 84, shell=True), {"shell", "auto"}),
        (hat_at(200, 116), {"head", "auto"}),
        (hat_at(200, 132), set()),
    ],
)
def test_what_a_hat_box_holds_can_be_fixed(hat, worn_as):
    worn = {
        way
        for way in ("shell", "head", "auto")
        if judged_scene(Scene((ALONE,), (hat,)), hat_boxes=way).people[0].status == "helmet"
    }
    assert worn == worn_as


@pytest.mark.parametrize(("scale", "reason"), [(1.0, "bare_head"), (0.15, "head_too_small")])
def test_small_means_small_for_the_network(scale, reason):
    assert judged([ALONE], [], scale=scale).people[0].reason == reason


def test_confidences_follow_the_evidence_and_unknown_has_none():
    sure = judged([ALONE], [hat_at(200, 100)]).people[0].confidence
    doubtful = judged([ALONE], [hat_at(222, 104)]).people[0].confidence
    bare = judged([ALONE], []).people[0].confidence
    weak = judged([worker(200, 100, score=0.25)], []).people[0].confidence
    assert 0.5 < doubtful < sure < 1
    assert 0 < weak < bare < 1
    assert judged([worker(200, 100, score=0.1)], []).people[0].confidence is None


def test_everybody_has_a_box_and_its_share():
    judgement = judged([ALONE, worker(20, 10, seen={NOSE})], [])
    assert [verdict.person for verdict in judgement.people] == [0, 1]
    standing, nose = judgement.people
    assert standing.head is not None
    assert standing.box.top == pytest.approx(standing.head.y - standing.head.size / 2, abs=0.01)
    assert standing.area_ratio == pytest.approx(standing.box.area / (640 * 480))
    assert (nose.head, nose.box.area, nose.area_ratio) == (None, 0, 0)


def test_seen_from_behind_without_ears_a_hat_decides():
    behind = worker(200, 100, seen=HEADLESS, score=0.35)
    assert outcomes(judged([behind], [])) == (("unknown", "low_confidence", None),)
    assert outcomes(judged([behind], [hat_at(200, 100)])) == (("helmet", "hat_on_head", 0),)


def test_nobody():
    assert judged([], []).people == ()


def test_side_views_wear_hats_too():
    profile = worker(200, 100, seen={NOSE, RIGHT_EAR, NECK})
    other = worker(200, 100, seen={NOSE, LEFT_EAR, NECK})
    assert outcomes(judged([profile], [hat_at(200, 100, shell=True)])) == (("helmet", "hat_on_head", 0),)
    assert outcomes(judged([other], [hat_at(200, 100, shell=True)])) == (("helmet", "hat_on_head", 0),)
