from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helmet_service.bench.conditions import MOST_OVERLAP, SHIFT, detect_hats
from helmet_service.bench.run import MATCHERS_OF
from helmet_service.bench.scenes import seen_as
from helmet_service.verdicts.boxes import overlaps
from tests.helmet_service.bench.test_scenes import scene
from tests.helmet_service.verdicts.scenes import worker

CONDITION = {condition.name: condition for condition in MATCHERS_OF}


@pytest.mark.parametrize("condition", MATCHERS_OF, ids=lambda condition: condition.name)
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


@pytest.mark.parametrize(("of_the_hats", "share"), [("a tenth", 0.1), ("three tenths", 0.3)])
def test_a_head_whose_hat_is_missing_stays_helmeted(of_the_hats, share):
    crowd = replace(scene(), heads=np.tile(scene().heads, (200, 1)), worn=np.tile(scene().worn, 200))
    told, hats = detect_hats(crowd, CONDITION[f"{of_the_hats} of the hats missing"], [])
    assert np.array_equal(told.worn, crowd.worn)
    assert 1 - len(hats) / crowd.worn.sum() == pytest.approx(share, abs=0.05)


def test_a_swapped_hat_is_boxed_on_a_bare_head():
    told, hats = detect_hats(scene(), CONDITION["one hat swapped"], [])
    heads = [tuple(head) for head in scene().heads.tolist()]
    boxed = [heads.index((hat.box.left, hat.box.top, hat.box.width, hat.box.height)) for hat in hats]
    assert len(boxed) == 2
    assert 2 in boxed
    assert told.worn.tolist() == [True, True, False]


def test_late_hats_lie_alike_beside_their_heads():
    _, hats = detect_hats(scene(), CONDITION["late hats"], [])
    away = np.array([hat.box.centre for hat in hats]) - (scene().heads[:2, :2] + scene().heads[:2, 2:] / 2)
    np.testing.assert_allclose(away[0], away[1])
    assert SHIFT[0] * 23 <= np.linalg.norm(away[0]) <= SHIFT[1] * 23


def test_nobody_looks_for_hats_where_there_are_none():
    told, hats = detect_hats(scene(), CONDITION["no hats"], [])
    assert hats is None
    assert told.worn.tolist() == [True, True, False]
