import numpy as np
import pytest

from pose.skeleton import LEFT_SHOULDER, NECK, RIGHT_SHOULDER
from pose.train.data.examples import (
    ABSENT,
    TARGET,
    UNSURE,
    DataConfig,
    human_states,
    shrunk,
    teacher_states,
    with_necks,
)
from tests.pose.train.made_up import example


@pytest.mark.parametrize(
    ("absent", "target", "states"),
    [
        (0.0, 0.3, [ABSENT, UNSURE, UNSURE, TARGET, TARGET]),
        (0.1, 0.3, [ABSENT, ABSENT, UNSURE, TARGET, TARGET]),
        (0.3, 0.3, [ABSENT, ABSENT, ABSENT, TARGET, TARGET]),
        (0.0, 0.0, [ABSENT, TARGET, TARGET, TARGET, TARGET]),
    ],
)
def test_a_teachers_confidence_becomes_a_state(absent, target, states):
    config = DataConfig(teacher_absent=absent, teacher_target=target)
    assert teacher_states(np.array([0, 0.1, 0.29, 0.3, 1], np.float32), config).tolist() == states


def test_people_label_hidden_keypoints_as_well():
    assert human_states(np.array([0, 1, 2], np.float32)).tolist() == [ABSENT, TARGET, TARGET]


@pytest.mark.parametrize(
    ("right", "left", "neck"),
    [
        (TARGET, TARGET, (20, 10, TARGET)),
        (TARGET, UNSURE, (20, 10, UNSURE)),
        (UNSURE, UNSURE, (20, 10, UNSURE)),
        (TARGET, ABSENT, (0, 0, ABSENT)),
    ],
)
def test_the_neck_is_the_middle_of_labelled_shoulders(right, left, neck):
    people = np.zeros((1, 18, 3), np.float32)
    people[0, RIGHT_SHOULDER], people[0, LEFT_SHOULDER] = (10, 8, right), (30, 12, left)
    assert with_necks(people)[0, NECK].tolist() == list(neck)
    assert not people[0, NECK].any(), "the given people stay as they are"


def test_a_labelled_neck_is_kept():
    people = np.ones((1, 18, 3), np.float32)
    people[0, NECK, :2] = 5, 6
    assert with_necks(people)[0, NECK].tolist() == [5, 6, 1]


def test_a_picture_shrinks_with_its_labels():
    small = shrunk(example(ignore=np.array([[0, 0, 80, 60]], np.float32)), 40)
    assert small.pixels.shape == (30, 40, 3)
    np.testing.assert_allclose(small.people[0, NECK], [20, 10, 1])
    assert small.heads.tolist() == [[17.5, 5, 5, 6]]
    assert small.ignore.tolist() == [[0, 0, 40, 30]]
    assert shrunk(small, 40) is small


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"people": np.zeros((1, 17, 3), np.float32)}, r"people: expected finite float32 of shape \(n, 18, 3\)"),
        ({"people": np.full((1, 18, 3), 2, np.float32)}, "people: expected states"),
        ({"heads": np.full((1, 4), np.nan, np.float32)}, "heads: expected finite"),
        ({"helmeted": np.zeros(2, bool)}, r"helmeted: expected one per head \(1\), got 2"),
        ({"pixels": np.zeros((4, 4), np.uint8)}, "pixels: expected uint8"),
        ({"weight": -1.0}, "weight: expected at least 0"),
    ],
)
def test_an_example_that_cannot_be_is_refused(change, complaint):
    with pytest.raises(ValueError, match=f"made-up: {complaint}"):
        example(**change)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"teacher_absent": 0.4}, "teacher_absent, teacher_target"), ({"longest": 8}, "longest: expected at least 32")],
)
def test_a_configuration_that_cannot_be_is_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        DataConfig(**change)
