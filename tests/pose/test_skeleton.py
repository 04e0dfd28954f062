import numpy as np
import pytest

from pose.skeleton import (
    COCO_KEYPOINTS,
    HEAD_KEYPOINTS,
    KEYPOINTS,
    LIMBS,
    NECK,
    NOSE,
    Person,
    coco_keypoints,
    from_coco,
    named_keypoints,
    to_coco,
)


def test_tables_are_openposes():
    assert len(KEYPOINTS) == len(set(KEYPOINTS)) == 18
    assert len(LIMBS) == len(set(LIMBS)) == 19
    assert [KEYPOINTS[i] for i in HEAD_KEYPOINTS] == ["nose", "right_eye", "left_eye", "right_ear", "left_ear"]
    assert {name for pair in LIMBS for name in pair} == set(range(18)), "every keypoint hangs on a limb"
    assert set(COCO_KEYPOINTS) == set(KEYPOINTS) - {"neck"}


@pytest.mark.parametrize("name", COCO_KEYPOINTS)
def test_a_keypoint_keeps_its_name_on_the_way_to_coco_and_back(name):
    ours = np.zeros((18, 3), np.float32)
    ours[KEYPOINTS.index(name)] = 3, 4, 0.5
    coco = to_coco(ours)
    assert coco[COCO_KEYPOINTS.index(name)].tolist() == [3, 4, 0.5]
    assert (coco[:, 2] > 0).sum() == 1
    np.testing.assert_array_equal(from_coco(coco), ours)


def test_the_neck_is_the_middle_of_the_shoulders_and_needs_both():
    coco = np.zeros((17, 3), np.float32)
    coco[COCO_KEYPOINTS.index("left_shoulder")] = 10, 20, 2
    assert from_coco(coco)[NECK].tolist() == [0, 0, 0]
    coco[COCO_KEYPOINTS.index("right_shoulder")] = 30, 40, 1
    assert from_coco(coco)[NECK].tolist() == [20, 30, 1]


def test_a_person_tells_its_seen_points():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[NECK] = 5, 6, 0.9
    person = Person(keypoints, 0.4)
    assert person.seen.tolist() == [i == NECK for i in range(18)]
    assert person.points.tolist() == [[5, 6]]


def test_coco_results_mark_unseen_points():
    keypoints = np.zeros((18, 3), np.float32)
    assert coco_keypoints(Person(keypoints, 0.1)) == [0.0] * 51
    keypoints[NOSE] = 5, 6, 0.9
    assert coco_keypoints(Person(keypoints, 0.1)) == [5.0, 6.0, 2.0] + [0.0] * 48


def test_only_found_keypoints_are_named():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[NECK] = 5.04, 6.06, 0.98765
    assert named_keypoints(Person(keypoints, 0.4)) == [{"name": "neck", "x": 5.0, "y": 6.1, "score": 0.988}]
