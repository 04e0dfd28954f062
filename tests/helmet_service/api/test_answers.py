from __future__ import annotations

import pytest

from helmet_service.api.answers import box_json, found_people, judged_people, summary, watched_people
from helmet_service.api.schemas.answers import WatchedPersonAnswer
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Verdict
from helmet_service.verdicts.watching import Voted, Watched
from pose import Person
from tests.pose.people import standing

WHOLE = Person(standing(320, 200, 20), 0.87654)
CUT_OFF = Person(standing(320, 20, 20), 0.5)


def verdict(status, reason="bare_head", confidence=None) -> Verdict:
    return Verdict(0, status, reason, confidence, None, Box(10.04, 20.06, 30.1, 40.1), 0.01234567, None)


@pytest.mark.parametrize(
    ("statuses", "compliant"),
    [
        ([], None),
        (["helmet", "helmet"], True),
        (["helmet", "unknown"], None),
        (["helmet", "no_helmet"], False),
        (["unknown", "no_helmet"], False),
    ],
)
def test_one_bare_head_breaks_the_rule_and_one_unknown_or_nobody_leaves_it_open(statuses, compliant):
    counts = {status: statuses.count(status) for status in ("helmet", "no_helmet", "unknown")}
    judgement = Judgement(tuple(verdict(status) for status in statuses), ())
    assert summary(judgement) == {"people": len(statuses), **counts, "compliant": compliant}


@pytest.mark.parametrize("confidence", [None, 0.98765])
def test_a_person_without_a_fitted_head_is_told_with_null(confidence):
    judgement = Judgement((verdict("unknown", "head_not_seen", confidence),), ())
    assert judged_people(JudgedCase((WHOLE,), judgement), ["head"]) == [
        {
            "person": 0,
            "status": "unknown",
            "reason": "head_not_seen",
            "confidence": None if confidence is None else 0.988,
            "hat": None,
            "box": {"left": 10.0, "top": 20.1, "width": 30.1, "height": 40.1},
            "area_ratio": 0.012346,
            "score": 0.877,
            "head": None,
        }
    ]


def test_rounding_keeps_a_box_within_the_picture():
    box = box_json(Box(1200.06, 0.0, 79.94, 0.04))
    assert box == {"left": 1200.1, "top": 0.0, "width": 79.9, "height": 0.0}


def test_boxes_of_poses_are_clipped_and_points_are_not():
    (openpose,), (coco,), (legacy,) = (
        found_people([CUT_OFF], None, form, 640, 480)["people"] for form in ("openpose", "coco", "legacy")
    )
    assert openpose["box"]["top"] == coco["bbox"][1] == 0
    nose = -18 + 20
    assert openpose["keypoints"][0]["y"] == coco["keypoints"][1] == legacy[0][1] == nose
    assert min(y for _, y in legacy) < 0


def test_a_person_of_a_moving_picture_has_a_track_and_what_was_voted():
    judged = JudgedCase((WHOLE,), Judgement((verdict("no_helmet", confidence=0.81),), ()))
    watched = Watched(7.5, judged, (Voted(3, "helmet", 0.98765, 1.23456, 40),))
    (person,) = watched_people(watched, [])
    assert person["status"] == "no_helmet"
    assert person["track"] == 3
    assert person["voted"] == {"status": "helmet", "confidence": 0.988, "since_s": 1.235, "frames": 40}
    assert WatchedPersonAnswer().validate(person) == {}
