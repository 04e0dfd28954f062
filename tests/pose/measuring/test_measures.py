import numpy as np
import pytest

from pose.data.labels import read_labels
from pose.data.shards import LabelledPicture
from pose.measuring.measures import head_measure, intervals, keypoint_measure, pair_heads
from pose.skeleton import LEFT_EAR, NOSE, Person, from_coco
from tests.pose.people import standing

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
    return LabelledPicture("one", np.zeros((300, 200, 3), np.uint8), read_labels(labels))


def everyone(pictures):
    return np.arange(len(pictures))


@pytest.fixture(scope="module")
def someone():
    """COCO keypoints of a person, the person, and one who stands elsewhere."""
    generator = np.random.default_rng(0)
    coco = np.concatenate([generator.uniform(20, 100, (17, 2)), np.full((17, 1), 2)], axis=1)
    perfect = Person(from_coco(coco.astype(np.float32)), 0.9)
    return coco, perfect, Person(perfect.keypoints + np.array([90, 0, 0], np.float32), 0.95)


def test_ap_is_100_for_the_labels_themselves_and_less_for_others(someone):
    coco, perfect, wrong = someone
    for found, ap in (([perfect], 100), ([wrong, perfect], 50), ([], 0)):
        assert keypoint_measure([labelled(coco)], [found])(np.arange(1))["AP"] == pytest.approx(ap, abs=1)


def test_ap_of_drawn_pictures_is_that_of_an_evaluation_of_just_these(someone):
    coco, perfect, wrong = someone
    pictures, people = [labelled(coco)] * 3, [[perfect], [wrong], [wrong, perfect]]
    drawn = np.array([2, 0, 2])
    alone = keypoint_measure([pictures[i] for i in drawn], [people[i] for i in drawn])(everyone(drawn))
    assert keypoint_measure(pictures, people)(drawn) == pytest.approx(alone, nan_ok=True)


def with_heads(*rows):
    labels = {"heads": [{"box": list(row), "kind": "head"} for row in rows]}
    return LabelledPicture("heads", np.zeros((400, 400, 3), np.uint8), read_labels(labels))


def test_heads_and_their_points_are_counted_by_the_size_of_the_label():
    person = Person(standing(100, 100, 16), 0.9)  # nose at (100, 85.6), ears at 82.4
    pictures = [with_heads((88, 70, 24, 24), (300, 300, 14, 15)), with_heads()]
    ghost = Person(standing(300, 200, 30), 0.9)
    arm = np.zeros((18, 3), np.float32)
    arm[2:5] = person.keypoints[2:5]
    figures = head_measure(pictures, [[person], [ghost, Person(arm, 0.5)]])(everyone(pictures))
    assert figures["heads_found"] == 50
    assert figures["heads_found_20_32px"] == 100
    assert figures["heads_found_over_20px"] == 100
    assert figures["heads_found_12_20px"] == 0
    assert np.isnan(figures["heads_found_32_64px"])
    assert figures["ghosts_per_100"] == figures["ghosts_over_20px_per_100"] == 50
    assert figures["headless_per_100"] == 50
    assert figures["head_points"] == figures["head_points_20_32px"] == 5


def test_only_found_head_points_inside_the_label_count():
    keypoints = standing(100, 100, 16)
    keypoints[NOSE] = 0
    keypoints[LEFT_EAR, :2] += 30
    pictures = [with_heads((88, 66, 30, 34))]
    assert head_measure(pictures, [[Person(keypoints, 0.9)]])(everyone(pictures))["head_points"] == 3


def test_intervals_leave_out_what_no_picture_carries():
    def measure(drawn):
        return {"mean": float(drawn.mean()), "none": float("nan")}

    bounds = intervals(measure, 10, rounds=20)
    assert set(bounds) == {"mean"}
    assert bounds["mean"][0] < 4.5 < bounds["mean"][1]
    assert bounds == intervals(measure, 10, rounds=20)
