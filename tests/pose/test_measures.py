import numpy as np
import pytest

from pose.measures import bootstrap_interval, keypoint_ap, pair_heads
from pose.shards import LabelledPicture
from pose.skeleton import Person, from_coco

NOTHING = np.zeros((0, 4))


def boxes(*rows):
    return np.array(rows, float).reshape(-1, 4)


def points(*rows):
    return np.array(rows, float).reshape(-1, 2)


@pytest.mark.parametrize(
    ("heads", "labels", "ignore", "pairs", "ghosts"),
    [
        (points((50, 50)), boxes((40, 40, 20, 20)), NOTHING, [[0, 0]], []),
        (points((50, 63)), boxes((40, 40, 20, 20)), NOTHING, [], [0]),  # 0.65 box heights off
        (points((50, 50), (51, 50)), boxes((40, 40, 20, 20)), NOTHING, [[0, 0]], [1]),  # one label, one head
        (points((50, 50)), boxes((45, 45, 10, 10)), NOTHING, [], []),  # too small a label: neither way
        (points((50, 50)), boxes((40, 40, 20, 20)), boxes((0, 0, 99, 99)), [], []),  # ignored: neither way
        (points((50, 50)), NOTHING, boxes((0, 0, 99, 99)), [], []),
        (points((50, 50)), NOTHING, NOTHING, [], [0]),
        (points(), boxes((40, 40, 20, 20)), NOTHING, [], []),
    ],
)
def test_heads_are_paired_with_labels(heads, labels, ignore, pairs, ghosts):
    pairing = pair_heads(heads, labels, ignore)
    assert pairing.pairs.tolist() == pairs
    assert pairing.ghosts.tolist() == ghosts


def test_pairing_is_the_best_in_all_not_the_first():
    pairing = pair_heads(points((50, 50), (42, 50)), boxes((40, 40, 20, 20), (32, 40, 20, 20)), NOTHING)
    assert sorted(map(tuple, pairing.pairs.tolist())) == [(0, 0), (1, 1)]


def labelled(keypoints, ignore=()):
    box = [10, 10, 100, 200]
    people = [{"keypoints": keypoints.tolist(), "box": box, "area": 10000}]
    labels = {"width": 200, "height": 300, "people": people, "ignore": list(ignore), "heads": []}
    return LabelledPicture("one", np.zeros((300, 200, 3), np.uint8), labels)


def test_ap_is_100_for_the_labels_themselves_and_less_for_others():
    generator = np.random.default_rng(0)
    coco = np.concatenate([generator.uniform(20, 100, (17, 2)), np.full((17, 1), 2)], axis=1)
    perfect = Person(from_coco(coco.astype(np.float32)), 0.9)
    wrong = Person(perfect.keypoints + np.array([90, 0, 0], np.float32), 0.95)
    assert keypoint_ap([labelled(coco)], [[perfect]])["AP"] == pytest.approx(100)
    assert keypoint_ap([labelled(coco)], [[wrong, perfect]])["AP"] == pytest.approx(50, abs=1)
    assert keypoint_ap([labelled(coco)], [[]])["AP"] == 0


def test_the_interval_holds_the_mean_and_is_the_same_each_time():
    values = np.arange(50.0)
    low, high = bootstrap_interval(lambda drawn: float(values[drawn].mean()), 50)
    assert low < 24.5 < high
    assert (low, high) == bootstrap_interval(lambda drawn: float(values[drawn].mean()), 50)
