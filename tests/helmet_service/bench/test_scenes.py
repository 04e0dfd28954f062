from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helmet_service.bench.scenes import (
    CANVAS,
    CONDITIONS,
    MOST_OVERLAP,
    VIEWS,
    Scene,
    detect_hats,
    far_away,
    labels_every_head,
    rolled,
    scene_of,
    seen_as,
)
from helmet_service.verdicts.boxes import overlaps
from pose.data.labels import read_labels
from pose.data.shards import LabelledPicture
from tests.helmet_service.verdicts.scenes import worker

SPOT = (30, 60)  # of the one bright pixel, x and y
CONDITION = {condition.name: condition for condition in CONDITIONS}


def scene(name="one"):
    """A dark picture of 200 x 120 with a bright spot of 16 x 16 pixels in the middle of the first of three heads."""
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[SPOT[1] - 8 : SPOT[1] + 8, SPOT[0] - 8 : SPOT[0] + 8] = 255
    heads = np.array([(SPOT[0] - 10, SPOT[1] - 15, 20, 30), (100, 40, 16, 16), (150, 80, 12, 18)], float)
    return Scene(name, pixels, heads, np.array([True, True, False]), np.array([[180.0, 0, 20, 20]]))


def brightest(pixels):
    rows, columns = np.nonzero(pixels[..., 0] > (np.median(pixels) + pixels.max()) / 2)
    return columns.mean() + 0.5, rows.mean() + 0.5


@pytest.mark.parametrize("view", VIEWS.keys() - {"in glare", "faces behind shields"})
def test_labels_go_with_the_pixels(view):
    seen = seen_as(scene(), view)
    left, top, width, height = seen.heads[0]
    assert brightest(seen.pixels) == pytest.approx((left + width / 2, top + height / 2), abs=0.6)


@pytest.mark.parametrize("degrees", [15, 45, 90, 180])
def test_a_rolled_picture_is_whole_and_its_boxes_keep_their_sizes(degrees):
    seen = rolled(degrees)(scene(), np.random.default_rng(0))
    corners = np.array([(0, 0), (200, 0), (0, 120), (200, 120)]) - (100, 60)
    turn = np.deg2rad(degrees)
    extent = np.ptp(corners @ [(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))], axis=0)
    assert seen.pixels.shape[:2] == pytest.approx(extent[::-1], abs=1)
    assert np.array_equal(seen.heads[:, 2:], scene().heads[:, 2:])
    left, top, width, height = seen.ignore[0]
    assert min(left, top) >= -1
    assert (left + width, top + height) <= (seen.pixels.shape[1] + 1, seen.pixels.shape[0] + 1)


def test_from_steeply_above_heads_are_large_at_the_top_and_small_at_the_bottom():
    plain = scene()
    seen = VIEWS["from steeply above"](plain, np.random.default_rng(0))
    growth = seen.heads[:, 2] / plain.heads[:, 2]
    lower = plain.heads[:, 1] + plain.heads[:, 3] / 2
    assert (np.diff(growth[np.argsort(lower)]) < 0).all()


def test_a_shield_covers_the_face_and_leaves_the_helmet():
    bright = replace(scene(), pixels=np.full((120, 200, 3), 200, np.uint8))
    seen = VIEWS["faces behind shields"](bright, np.random.default_rng(0)).pixels
    for left, top, width, height in scene().heads:
        column = round(left + width / 2)
        assert (seen[round(top + 0.6 * height), column] == 30).all()
        assert (seen[round(top), column] == 200).all()


def test_far_away_is_small_on_a_large_canvas():
    seen = far_away(0.25)(scene(), np.random.default_rng(0))
    assert seen.pixels.shape == (CANVAS[1], CANVAS[0], 3)
    np.testing.assert_allclose(seen.heads[:, 2:], scene().heads[:, 2:] / 4)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_picture_gives_the_same_scene_again(condition):
    people = [worker(100, 40, 16)]
    views = [seen_as(scene(), condition.view) for _ in range(2)]
    assert np.array_equal(views[0].pixels, views[1].pixels)
    assert detect_hats(views[0], condition, people)[1] == detect_hats(views[1], condition, people)[1]


@pytest.mark.parametrize(
    ("condition", "boxes"),
    [
        ("whole heads", [(20, 45, 20, 30), (100, 40, 16, 16)]),
        ("shells", [(20, 45, 20, 16.5), (100, 40, 16, 8.8)]),
    ],
)
def test_hats_are_the_boxes_of_helmeted_heads(condition, boxes):
    told, hats = detect_hats(scene(), CONDITION[condition], [])
    assert [(hat.box.left, hat.box.top, hat.box.width, hat.box.height) for hat in hats] == [
        pytest.approx(box) for box in boxes
    ]
    assert told.worn.tolist() == [True, True, False]


def test_jittered_hats_have_every_edge_within_a_tenth():
    _, hats = detect_hats(scene(), CONDITION["jittered"], [])
    for hat, (left, top, width, height) in zip(hats, scene().heads, strict=False):
        assert abs(hat.box.left - left) <= 0.1 * width
        assert abs(hat.box.top - top) <= 0.1 * height
        assert abs(hat.box.right - left - width) <= 0.1 * width
        assert abs(hat.box.bottom - top - height) <= 0.1 * height


@pytest.mark.parametrize(("of_the_hats", "share"), [("a tenth", 0.1), ("half", 0.5)])
def test_a_head_whose_hat_is_missed_counts_as_bare(of_the_hats, share):
    crowd = replace(scene(), heads=np.tile(scene().heads, (200, 1)), worn=np.tile(scene().worn, 200))
    told, hats = detect_hats(crowd, CONDITION[f"{of_the_hats} of the hats missed"], [])
    assert len(hats) == told.worn.sum()
    assert 1 - told.worn.sum() / crowd.worn.sum() == pytest.approx(share, abs=0.05)
    assert not told.worn[~crowd.worn].any()


def test_the_false_hat_lies_on_nobodys_head_and_in_every_kind_of_place():
    people = [worker(100, 20, 8)]
    hands = people[0].keypoints[[4, 7, 8, 11], :2]
    by_hand = near_head = elsewhere = 0
    for number in range(60):
        told, hats = detect_hats(scene(f"{number}"), CONDITION["one false hat"], people)
        assert told.worn.tolist() == [True, True, False]
        assert len(hats) == 3
        false = hats[-1].box
        assert (overlaps(false, scene().heads) <= MOST_OVERLAP).all()
        centres = scene().heads[:, :2] + scene().heads[:, 2:] / 2
        away = np.linalg.norm(centres - false.centre, axis=1) / scene().heads[:, 2:].max(axis=1)
        by_hand += bool((np.linalg.norm(hands - false.centre, axis=1) < 15).any())
        near_head += bool(((away > 0.69) & (away < 1.51)).any())
        elsewhere += bool((away > 2).all())
    assert min(by_hand, near_head, elsewhere) >= 8


def test_heads_that_nobody_labelled_count_neither_way():
    picture = LabelledPicture("one", scene().pixels, read_labels({"ignore": [[1, 2, 3, 4]]}))
    np.testing.assert_array_equal(scene_of(picture, [[5, 6, 7, 8]]).ignore, [[1, 2, 3, 4], [5, 6, 7, 8]])


@pytest.mark.parametrize(
    ("labels", "tells"),
    [
        ({"heads_complete": True}, True),
        ({"heads_complete": True, "boxes": "whole head"}, True),
        ({"heads_complete": True, "boxes": "shell when worn, whole head when bare"}, False),
        ({"heads_complete": False, "boxes": "whole head"}, False),
    ],
)
def test_pictures_are_judged_beside_all_of_their_heads_boxed_whole(labels, tells):
    assert labels_every_head(LabelledPicture("one", scene().pixels, read_labels(labels))) == tells
