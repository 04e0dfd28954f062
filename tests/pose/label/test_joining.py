import numpy as np
import pytest

from pose.data.labels import JOINED, TEACHER, TOP_DOWN
from pose.label.joining import UNSURE, Skeleton, join, join_keypoints, join_people, within
from pose.skeleton import COCO_KEYPOINTS, to_coco
from pose.train.data.examples import ABSENT, TARGET, DataConfig, teacher_states
from pose.train.data.examples import UNSURE as MASKED
from tests.pose.people import standing

WRIST = COCO_KEYPOINTS.index("left_wrist")
SIZE = 82  # pixels: from the eyes to the ankles of the person below


def person(x=100.0, **changed):
    """Somebody 82 pixels high whose keypoints are sure, but for the left wrist as told: (right, confidence)."""
    keypoints = to_coco(standing(x, 50, 10)).astype(float)
    keypoints[:, 2] = 0.8
    if "wrist" in changed:
        keypoints[WRIST] += (changed["wrist"][0], 0, changed["wrist"][1] - 0.8)
    return keypoints


@pytest.mark.parametrize(
    ("one", "other", "right", "state"),
    [
        pytest.param((0, 0.8), (8, 0.6), 4, TARGET, id="where both agree, the mean"),
        pytest.param((0, 0.8), (8, 0.1), 4, TARGET, id="a faint answer at the same place agrees"),
        pytest.param((0, 0.8), (0.3 * SIZE, 0.6), 0, MASKED, id="where both are sure and differ, unsure"),
        pytest.param((0, 0.8), (0.3 * SIZE, 0.2), 0, TARGET, id="a faint answer elsewhere says nothing"),
        pytest.param((0, 0.0), (8, 0.6), 8, TARGET, id="what only the other found counts"),
        pytest.param((0, 0.2), (0.3 * SIZE, 0.1), 0, MASKED, id="what nobody is sure of is unsure"),
        pytest.param((0, 0.1), (0, 0.1), -117, ABSENT, id="what both hardly saw was not found"),
    ],
)
def test_keypoints_join(one, other, right, state):
    ours, theirs = person(wrist=one), person(wrist=other)
    for a, b in ((ours, theirs), (theirs, ours)):
        joined = join_keypoints(a, b)
        np.testing.assert_allclose(np.delete(joined, WRIST, axis=0), np.delete(ours, WRIST, axis=0), atol=1e-6)
        assert teacher_states(joined[WRIST : WRIST + 1, 2], DataConfig())[0] == state
        if state != ABSENT:
            assert joined[WRIST, 0] == pytest.approx(person()[WRIST, 0] + right)


def test_an_unsure_keypoint_is_one_that_training_masks():
    assert teacher_states(np.array([UNSURE], np.float32), DataConfig()).tolist() == [MASKED]


@pytest.mark.parametrize(("apart", "joined"), [(0, True), (5, True), (60, False), (300, False)])
def test_somebody_else_s_skeleton_is_not_joined(apart, joined):
    one, other = Skeleton(person(), 0.5, TEACHER), Skeleton(person(100 + apart), 0.7, TOP_DOWN)
    both = join(one, other)
    assert (both.by == JOINED) == joined
    assert both.score == (0.7 if joined else 0.5)
    assert joined or both is one


def test_of_two_networks_each_person_comes_once_whoever_saw_them():
    ours = [Skeleton(person(x), 0.5, TEACHER) for x in (100, 300)]
    theirs = [Skeleton(person(x), 0.4, TEACHER) for x in (500, 303)]
    people = join_people(ours, theirs)
    assert [(round(each.keypoints[0, 0], 1), each.by) for each in people] == [
        (100, TEACHER),
        (301.5, JOINED),
        (500, TEACHER),
    ]
    assert join_people([], theirs) == theirs
    assert join_people(ours, []) == ours


def test_what_lies_beyond_the_picture_was_not_found():
    inside = within(Skeleton(person(), 0.5, TEACHER), 105, 400)
    assert (inside.keypoints[:, 0] <= 105).all()
    assert inside.keypoints[WRIST].tolist() == [0, 0, 0]
    assert inside.sure.sum() == (person()[:, 0] <= 105).sum()
