"""Whatever people are found and whatever boxes come, the judges answer, in numbers that the answers' schemas take."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.api import answers
from helmet_service.api.legacy_answers import body_boxes, helmet_rows, legacy_rows, vest_rows
from helmet_service.api.schemas.answers import (
    CocoPersonAnswer,
    FoundPersonAnswer,
    JudgedPersonAnswer,
    OpenPosePersonAnswer,
    SummaryAnswer,
    UnmatchedHatAnswer,
)
from helmet_service.api.schemas.legacy_answers import LegacyBodyAnswer, LegacyPersonAnswer
from helmet_service.values.checked import LARGEST_NUMBER
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import TRUSTS, Case, judge_case
from helmet_service.verdicts.rules import Rules
from pose.skeleton import KEYPOINTS, Headwear, Person

FEWER = settings(max_examples=60)

SIDES = st.integers(1, 40) | st.integers(1, 10_000)
TELLING = st.sampled_from([0.0, -0.0, 1e-300, 0.5, 1.0, 100.0, -1.0, LARGEST_NUMBER, -LARGEST_NUMBER])
PLACES = TELLING | st.floats(-LARGEST_NUMBER, LARGEST_NUMBER) | st.integers(-50, 10_050).map(float)
LENGTHS = TELLING.map(abs) | st.floats(0, LARGEST_NUMBER)
BOXES = st.lists(st.builds(Box, PLACES, PLACES, LENGTHS, LENGTHS), max_size=6)
# All in one place, on a line, a few only, far outside: what a network that was fooled might answer.
SPOTS = st.sampled_from([0.0, 0.5, 20.0, 20.0, 21.0, 1e4, -1e4]) | st.floats(-1e4, 2e4, width=32)
POINTS = st.tuples(SPOTS, SPOTS, st.sampled_from([0.0, 0.0, 1e-6, 0.5, 1.0]))
PEOPLE = st.lists(st.lists(POINTS, min_size=len(KEYPOINTS), max_size=len(KEYPOINTS)), max_size=4)
PARTS = ["keypoints", "head"]


def people_of(points, headwear=None):
    found = [np.array(rows, np.float32) for rows in points]
    return [
        Person(keypoints * (keypoints[:, 2:] > 0), 0.5, headwear=headwear)
        for keypoints in found
        if (keypoints[:, 2] > 0).any()
    ]


def assert_told(schema, rows):
    """The schema takes the rows, as they are and as the JSON that clients read."""
    assert schema(many=True).validate(rows) == {}
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


@FEWER
@given(
    PEOPLE,
    BOXES,
    BOXES,
    SIDES,
    SIDES,
    st.floats(1e-3, 4),
    st.sampled_from(["auto", "head", "shell"]),
    st.none() | st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from(TRUSTS),
    st.none()
    | st.sampled_from([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.5, 0.4), (0.2, 0.1)]).map(lambda p: Headwear(*p)),
    st.booleans(),
)
def test_every_judge_answers_in_numbers_that_the_schemas_take(
    points, boxes, vests, width, height, scale, kind, score, trust, headwear, supplied
):
    found = people_of(points, headwear)
    hats = [Hat(box, score, index) for index, box in enumerate([*boxes, *boxes[:1]])]
    case = Case(found, hats if supplied else None, width, height, scale, vests)
    ours, legacy = judge_case(case, Rules(), hat_boxes=kind, trust=trust), judge_case(case, Rules(), "legacy")
    assert [hat.index for hat in ours.hats] == list(range(len(ours.hats)))
    worn = [verdict.hat for verdict in ours.judgement.people if verdict.hat is not None]
    assert len(worn) == len(set(worn)), "a hat is on one head; the ancestor's own rule gives it to several"
    for judged in (ours, legacy):
        assert_told(JudgedPersonAnswer, answers.judged_people(judged, PARTS))
        assert_told(UnmatchedHatAnswer, answers.unmatched_hats(judged.judgement))
        assert_told(SummaryAnswer, [answers.summary(judged.judgement)])
    assert_told(LegacyPersonAnswer, helmet_rows(ours, width, height, with_unknown=True))
    assert_told(LegacyPersonAnswer, legacy_rows(legacy.legacy))
    assert_told(LegacyPersonAnswer, vest_rows(found, vests, width, height, Rules()))


@FEWER
@given(PEOPLE, SIDES, SIDES)
def test_whoever_is_found_is_told_in_every_form(points, width, height):
    found = people_of(points)
    told = {
        form: answers.found_people(found, None, form, width, height)["people"]
        for form in ("openpose", "coco", "openpose_json", "legacy")
    }
    assert_told(FoundPersonAnswer, told["openpose"])
    assert_told(CocoPersonAnswer, told["coco"])
    assert_told(OpenPosePersonAnswer, told["openpose_json"])
    assert_told(LegacyBodyAnswer, body_boxes(found, width, height))
    for person in told["legacy"]:
        assert np.array(person).shape == (len(KEYPOINTS), 2)
        assert json.loads(json.dumps(person, allow_nan=False)) == person
