"""`golden/front_keypoints.json` is what OpenPose would write of this picture."""

import json
from pathlib import Path

import numpy as np

from pose.hands import HAND_KEYPOINTS, Hand
from pose.openpose_json import frame_name, openpose_json, write_openpose_json
from pose.skeleton import LEFT_EAR, RIGHT_ELBOW, HeadPeak, Person
from tests.pose.openpose_readers import by_pose2sim, by_pose_format
from tests.pose.people import standing

GOLDEN = Path(__file__).parent / "golden" / "front_keypoints.json"


def front():
    """Somebody without a left ear, found at 100, 50; before them a lone head."""
    keypoints = standing(100, 50, 20)
    keypoints[LEFT_EAR] = 0
    lone = Person(np.zeros((18, 3), np.float32), 0.5, HeadPeak(9, 9, 8, 0.5, 0.1))
    return [lone, Person(keypoints, 0.9)]


def left_hand(person):
    keypoints = [(126 + place, 106.25, place / 20) for place in range(len(HAND_KEYPOINTS))]
    return Hand(np.array(keypoints, np.float32), "left", 0.8, person)


def test_people_and_hands_are_as_openpose_writes_them(tmp_path):
    write_openpose_json(tmp_path, "front", openpose_json(front(), [left_hand(1), left_hand(None)]))
    written = (tmp_path / "front_keypoints.json").read_text()
    assert json.loads(written) == json.loads(GOLDEN.read_text())
    assert written.startswith('{"version":1.3,"people":[{"person_id":[-1],"pose_keypoints_2d":[100.0,')


def test_hands_that_nobody_looked_for_have_no_numbers():
    (person,) = openpose_json(front())["people"]
    assert (person["hand_left_keypoints_2d"], person["hand_right_keypoints_2d"]) == ([], [])


def test_readers_of_openpose_find_each_keypoint_in_each_frame(tmp_path):
    for number in (0, 12):
        content = openpose_json(front(), [left_hand(1)], ids=[7, 8])
        write_openpose_json(tmp_path, frame_name("gate-2", number), content)
    assert content["people"][0]["person_id"] == [8]
    assert (tmp_path / "gate-2_000000000012_keypoints.json").is_file()
    frames = by_pose_format(tmp_path)
    assert sorted(frames) == [0, 12]
    (person,) = frames[12]
    shown = front()[1].keypoints
    np.testing.assert_allclose(person["pose_keypoints_2d"], shown, atol=0.05)
    np.testing.assert_allclose(person["hand_left_keypoints_2d"], left_hand(1).keypoints, atol=0.051)
    assert not person["hand_right_keypoints_2d"].any()
    assert by_pose2sim(content, 0, 3) == tuple(shown[RIGHT_ELBOW])
    assert by_pose2sim(content, 0, 17) == (0, 0, 0)
