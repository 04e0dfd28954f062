from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.verdicts.boxes import Box, Hat, box_rows, overlaps
from helmet_service.verdicts.judge import UnmatchedHat, judge
from helmet_service.verdicts.legacy_rule import legacy_judgement
from pose.skeleton import KEYPOINTS, Person, from_coco, to_coco
from tests.helmet_service.verdicts.scenes import hat_at, numbered, worker

SIDE = 1000
PLACES = st.integers(100, 900)
SIZES = st.integers(12, 90)
SEEN = st.sets(st.integers(0, 17), min_size=3)
WORKERS = st.builds(worker, PLACES, PLACES, SIZES, seen=SEEN, score=st.floats(0.05, 1))
HATS = st.builds(hat_at, PLACES, PLACES, SIZES, shell=st.booleans(), score=st.none() | st.floats(0, 1))
PEOPLE = st.lists(WORKERS, max_size=5, unique_by=lambda person: person.keypoints.tobytes())


@st.composite
def scenes(draw, least_hats=0):
    """People, some of them with a hat somewhere about the head, and hats elsewhere; no hat is boxed twice."""
    people = draw(PEOPLE)
    hats = draw(st.lists(HATS, min_size=least_hats, max_size=3))
    for person in people:
        if draw(st.booleans()):
            x, y = person.points.mean(axis=0).tolist()
            hats.append(hat_at(x + draw(st.integers(-40, 40)), y - draw(st.integers(0, 120)), draw(SIZES)))
    boxes = box_rows([hat.box for hat in hats])
    return people, numbered(hat for i, hat in enumerate(hats) if (overlaps(hat.box, boxes[:i]) < 0.5).all())


SHIFTS = st.integers(-8, 8)
SCORES = st.none() | st.sampled_from([0.0, 0.5, 1.0])


@st.composite
def sloppy_scenes(draw):
    """Scenes of which the picture's left edge may cut away a part, and in which hats may be boxed several times."""
    people, hats = draw(scenes(least_hats=1))
    cut = draw(st.just(0) | st.integers(0, SIDE) | st.sampled_from([int(hat.box.right) - 1 for hat in hats]))
    boxed = [replace(hat, box=replace(hat.box, left=hat.box.left - cut)) for hat in hats]
    for hat in draw(st.lists(st.sampled_from(boxed), max_size=4)):
        box = replace(hat.box, left=hat.box.left + draw(SHIFTS), top=hat.box.top + draw(SHIFTS))
        boxed.append(Hat(box, draw(SCORES), 0))
    return [moved(person, 1, -cut) for person in people], numbered(boxed)


def without(hats, gone):
    return [hat for hat in hats if hat.index not in gone]


def judged(people, hats, side=SIDE):
    return judge(people, hats, width=side, height=side, scale=1.0)


def told(verdict):
    return verdict.status, verdict.reason, verdict.confidence, verdict.hat


@given(sloppy_scenes())
def test_every_hat_is_worn_once_or_told_of(scene):
    people, hats = scene
    judgement = judged(people, hats)
    worn = [verdict.hat for verdict in judgement.people if verdict.hat is not None]
    assert sorted([*worn, *(hat.hat for hat in judgement.unmatched)]) == list(range(len(hats)))
    assert all((verdict.confidence is None) == (verdict.status == "unknown") for verdict in judgement.people)


@given(sloppy_scenes(), st.randoms())
def test_the_order_of_people_and_hats_does_not_matter(scene, random):
    people, hats = scene
    expected = judged(people, hats)
    turn = random.sample(range(len(people)), len(people))
    other = judged([people[i] for i in turn], random.sample(hats, len(hats)))
    assert [told(verdict) for verdict in other.people] == [told(expected.people[i]) for i in turn]
    assert other.unmatched == expected.unmatched


@given(sloppy_scenes())
def test_hats_outside_the_picture_change_nothing(scene):
    people, hats = scene
    outside = [Hat(replace(hat.box, left=-hat.box.width), 1.0, len(hats) + hat.index) for hat in hats]
    expected, judgement = judged(people, hats), judged(people, [*hats, *outside])
    assert judgement.people == expected.people
    assert judgement.unmatched == (*expected.unmatched, *(UnmatchedHat(hat.index, "no_head_near") for hat in outside))


@given(sloppy_scenes())
def test_duplicates_change_nothing(scene):
    people, hats = scene
    judgement = judged(people, hats)
    duplicates = {hat.hat for hat in judgement.unmatched if hat.reason == "duplicate"}
    assert judged(people, without(hats, duplicates)).people == judgement.people


@given(sloppy_scenes())
def test_a_far_hat_changes_nothing(scene):
    people, hats = scene
    far = Hat(Box(5000, 5000, 40, 40), None, len(hats))
    assert judged(people, [*hats, far], 9000).people == judged(people, hats, 9000).people


@given(scenes(least_hats=1), st.data())
def test_taking_a_hat_away_gives_nobody_else_a_helmet(scene, data):
    people, hats = scene
    gone = data.draw(st.sampled_from(hats))
    before, after = judged(people, hats), judged(people, without(hats, {gone.index}))
    for old, new in zip(before.people, after.people, strict=True):
        # when a rival takes another hat, two heads may stop contesting one
        assert new.status != "helmet" or old.status == "helmet" or old.reason == "contested_hat"


def moved(person, factor, dx):
    keypoints = person.keypoints.copy()
    keypoints[person.seen, :2] = keypoints[person.seen, :2] * factor + (dx, 0)
    return Person(keypoints, person.score)


@settings(max_examples=50)
@given(scenes(), st.sampled_from([0.5, 2.0, 4.0]), st.integers(0, 300))
def test_size_and_place_of_the_scene_do_not_matter(scene, factor, dx):
    people, hats = scene
    boxes = [
        Box(h.box.left * factor + dx, h.box.top * factor, h.box.width * factor, h.box.height * factor) for h in hats
    ]
    there = judge(
        [moved(person, factor, dx) for person in people],
        [replace(hat, box=box) for hat, box in zip(hats, boxes, strict=True)],
        width=9000,
        height=9000,
        scale=1 / factor,
    )
    here = judged(people, hats, 9000)
    assert [told(verdict)[:2] for verdict in there.people] == [told(verdict)[:2] for verdict in here.people]


MIRRORED_COCO = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


def mirrored(person):
    neck = person.keypoints[1].copy()
    keypoints = from_coco(to_coco(person.keypoints)[MIRRORED_COCO])
    keypoints[1] = neck
    keypoints[keypoints[:, 2] > 0, 0] = SIDE - keypoints[keypoints[:, 2] > 0, 0]
    return Person(keypoints, person.score)


@settings(max_examples=50)
@given(scenes())
def test_a_mirrored_scene_has_the_same_verdicts(scene):
    people, hats = scene
    turned = [replace(hat, box=replace(hat.box, left=SIDE - hat.box.right)) for hat in hats]
    there = judged([mirrored(person) for person in people], turned)
    assert [told(v)[:2] for v in there.people] == [told(v)[:2] for v in judged(people, hats).people]


NUMBERS = st.floats(-1e9, 1e9)
LENGTHS = st.floats(0, 1e9)
ODD_PEOPLE = st.lists(
    st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0, 1)), min_size=18, max_size=18),
    max_size=3,
)


@given(ODD_PEOPLE, st.lists(st.builds(Box, NUMBERS, NUMBERS, LENGTHS, LENGTHS), max_size=4))
def test_whatever_comes_the_numbers_are_numbers(points, boxes):
    people = [Person(np.array(rows, np.float32).reshape(len(KEYPOINTS), 3), 0.5) for rows in points]
    hats = [Hat(box, None, index) for index, box in enumerate(boxes)]
    older = legacy_judgement(people, hats, width=SIDE, height=SIDE)
    for verdict in (*judged(people, hats).people, *older.people):
        frame = verdict.head
        numbers = [verdict.area_ratio, verdict.confidence or 0, verdict.box.left, verdict.box.top, verdict.box.area]
        numbers += [frame.x, frame.y, frame.size, *frame.up, frame.confidence] if frame else []
        assert all(map(math.isfinite, numbers))
        assert 0 <= verdict.area_ratio <= 1
