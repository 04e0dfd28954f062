"""A person of whom the network saw a head and nothing else: judged like others, and told of where a head is enough."""

from __future__ import annotations

import numpy as np
import pytest

from helmet_service.api.answers import found_people, judged_people
from helmet_service.api.legacy_answers import body_boxes, helmet_rows, legacy_rows, vest_rows
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.fragments import whole_people
from helmet_service.verdicts.judge import judge
from helmet_service.verdicts.legacy_rule import head_points, judge_legacy
from helmet_service.verdicts.vests import Vest
from pose.estimation.joining import Joining, join
from pose.skeleton import HeadPeak
from tests.helmet_service.verdicts.scenes import DEFAULT, legacy_judgement, worker

WIDTH, HEIGHT = 640, 480
JOINING = Joining(peak=0.1, constant=-7.0, skeleton=16.0, head=12.0, person=0.3)
BARE = HeadPeak(300, 200, 40, 0.0, 0.95)
HELMETED = HeadPeak(300, 200, 40, 0.95, 0.0)
HAT = Hat(Box(282, 182, 36, 38), 0.9, 0)
COLLEAGUE = worker(450, 200, 40)


def seen(*heads):
    return join([COLLEAGUE], heads, JOINING)


@pytest.mark.parametrize(
    ("head", "hats", "status", "reason"),
    [(BARE, [], "no_helmet", "bare_head"), (HELMETED, [HAT], "helmet", "hat_on_head"), (BARE, [HAT], "helmet", None)],
)
def test_it_is_judged_like_others(head, hats, status, reason):
    people, frames = whole_people(seen(head), DEFAULT)
    assert len(people) == 2
    judgement = judge(people, hats, width=WIDTH, height=HEIGHT, scale=1.0, heads=frames, rules=DEFAULT)
    (verdict,) = [v for v in judgement.people if not people[v.person].seen.any()]
    assert verdict.status == status
    assert reason in (None, verdict.reason)
    assert verdict.confidence > 0.7
    (answer,) = judged_people(JudgedCase(people, judgement, (Vest(0.0, worn=False),) * 2), ["keypoints", "head"])[
        verdict.person : verdict.person + 1
    ]
    assert answer["keypoints"] == []
    assert (answer["box"]["left"], answer["box"]["width"]) == (280, 40)
    assert abs(answer["head"]["x"] - 300) < 0.1
    assert "vest" not in answer
    rows = helmet_rows(JudgedCase(people, judgement), WIDTH, HEIGHT, with_unknown=False)
    box = {"x1": 280, "y1": 180, "x2": 320, "y2": 220, "rate": 0.521}
    assert {**box, "flag": status == "helmet"} in rows
    assert annotate(np.zeros((HEIGHT, WIDTH, 3), np.uint8), people, judgement, hats)[180:220, 280:320].any()


def test_hats_near_it_are_told_why_they_are_loose():
    people, frames = whole_people(join([], [BARE], JOINING), DEFAULT)
    beside = Hat(Box(340, 300, 36, 38), 0.9, 0)
    judgement = judge(people, [beside], width=WIDTH, height=HEIGHT, scale=1.0, heads=frames, rules=DEFAULT)
    assert [hat.reason for hat in judgement.unmatched] == ["no_head_near"]


def test_formats_of_keypoints_leave_it_out():
    people = seen(BARE)
    told = found_people(people, None, "openpose", WIDTH, HEIGHT)["people"]
    assert [person["keypoints"] == [] for person in told] == [False, True]
    for form in ("coco", "legacy", "openpose_json"):
        assert found_people(people, None, form, WIDTH, HEIGHT) == found_people([COLLEAGUE], None, form, WIDTH, HEIGHT)


def test_the_older_rule_and_bodies_know_nothing_of_it():
    people = seen(BARE)
    verdicts = judge_legacy(people, [HAT], width=WIDTH, height=HEIGHT)
    assert [len(legacy_rows([verdict])) for verdict in verdicts] == [1, 0]
    assert head_points(people[1]) == []
    assert legacy_judgement(people, [HAT], width=WIDTH, height=HEIGHT).people[1].reason == "head_not_seen"
    assert len(body_boxes(people, WIDTH, HEIGHT)) == 1
    assert len(vest_rows(people, [], WIDTH, HEIGHT, DEFAULT)) == 1


def test_a_skeleton_without_a_head_is_not_taken_for_a_second_one_on_it():
    torso = worker(300, 200, 40, seen={1, 2, 8, 11})
    people, heads = whole_people([*join([], [BARE], JOINING), torso], DEFAULT)
    assert [head is not None for head in heads] == [True, False]
    assert len(people) == 2
