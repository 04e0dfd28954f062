from dataclasses import replace

import numpy as np
import pytest

import pose
from pose.estimation.estimator import Estimator, check_warm_up
from pose.estimation.head_frames import own_heads
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


def test_a_smaller_copy_gives_keypoints_of_the_picture_itself(estimator, portrait):
    import cv2

    height, width = portrait.shape[:2]
    twice = cv2.resize(portrait, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    of_picture, of_copy = estimator(twice), estimator(portrait, (2 * width, 2 * height))
    assert of_copy.scale == of_picture.scale
    away = np.abs(of_copy.people[0].keypoints[NOSE, :2] - of_picture.people[0].keypoints[NOSE, :2])
    assert away.max() < 0.01 * height


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


def expecting(estimator, **changes):
    """The estimator with another expectation of its warm-up picture."""
    warm_up = estimator.model.warm_up and replace(estimator.model.warm_up, **changes)
    return Estimator(replace(estimator.model, warm_up=warm_up), estimator.runtime, estimator.height)


def test_a_sound_network_passes_its_warm_up(estimator, portrait):
    (head,) = [head for head in own_heads(estimator(portrait).people) if head]
    check_warm_up(expecting(estimator, people=1, heads=((head.x + 1, head.y - 1, head.size),)), lambda _: portrait)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"people": 99}, r"warmup\.jpg: expected at least 99 people, got 1"),
        ({"heads": ((10.0, 12.0, 30.0),)}, r"warmup\.jpg: expected a head at \(10, 12\), got none"),
    ],
)
def test_a_network_that_sees_something_else_does_not(estimator, portrait, changes, complaint):
    with pytest.raises(pose.ModelError, match=complaint):
        check_warm_up(expecting(estimator, **changes), lambda _: portrait)


def test_a_model_without_a_warm_up_picture_is_refused(estimator, portrait):
    bare = Estimator(replace(estimator.model, warm_up=None), estimator.runtime, estimator.height)
    with pytest.raises(pose.ModelError, match=r"pose\.json: expected warm_up, got none"):
        check_warm_up(bare, lambda _: portrait)
