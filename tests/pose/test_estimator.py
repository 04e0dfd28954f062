import numpy as np
import pytest

import pose
from pose.skeleton import NOSE


@pytest.fixture(scope="module")
def portrait(root):
    import cv2

    return cv2.imread(str(root / "model" / "warmup.jpg"))


def test_the_shipped_model_finds_the_person_of_its_warm_up_picture(estimator, portrait):
    estimate = estimator(portrait)
    assert len(estimate.people) >= estimator.model.warm_up.people
    assert set(estimate.timings_ms) == {"network", "grouping"}
    assert estimate.scale == pytest.approx(384 / portrait.shape[0])


def test_keypoints_follow_a_picture_that_is_shifted(estimator, portrait):
    height, width = portrait.shape[:2]
    wide = np.full((height, 2 * width, 3), 128, np.uint8)
    wide[:, width:] = portrait
    before, after = estimator(portrait).people[0], estimator(wide).people[0]
    assert after.keypoints[NOSE, 0] - before.keypoints[NOSE, 0] == pytest.approx(width, abs=2)
    assert after.keypoints[NOSE, 1] == pytest.approx(before.keypoints[NOSE, 1], abs=2)


@pytest.mark.parametrize("shape", [(1, 1), (4000, 1), (1, 4000), (17, 31)])
def test_pictures_of_any_size_are_taken(estimator, shape):
    assert estimator(np.zeros((*shape, 3), np.uint8)).people == ()


def test_people_come_best_first(estimator, portrait):
    small = np.full_like(portrait, 128)
    small[::2, ::2][: portrait.shape[0] // 2] = portrait[::2, ::2]
    people = estimator(np.concatenate([small, portrait], axis=1)).people
    scores = [person.score for person in people]
    assert scores == sorted(scores, reverse=True)


def test_warming_runs_every_canvas_width_the_usual_one_first(estimator):
    assert list(estimator.warm()) == [672, 512, 896, 384, 1152]


def test_a_model_with_another_network_is_refused(tmp_path, root):
    (tmp_path / "pose.json").write_bytes((root / "model" / "pose.json").read_bytes())
    (tmp_path / "pose.onnx").write_bytes(b"not the network")
    with pytest.raises(pose.ModelError, match=r"pose\.onnx: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}"):
        pose.load(tmp_path)
