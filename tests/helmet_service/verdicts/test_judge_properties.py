from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helmet_service.verdicts.boxes import Box, Hat, box_rows, overlaps
from helmet_service.verdicts.judge import UnmatchedHat
from helmet_service.verdicts.rules import Rules
from pose.skeleton import KEYPOINTS, Person
from tests.helmet_service.verdicts.scenes import (
    BACK,
    DEFAULT,
    PROFILE,
    WORKER,
    Scene,
    enlarged,
    hat_at,
    judged,
    leaning,
    legacy_judgement,
    mirrored,
    moved,
    numbered,
    quarter_turned,
)

FEWER = settings(max_examples=50)

SIDE = 1000
PLACES = st.integers(100, 900)
SIZES = st.integers(12, 90)
ANGLES = st.just(0) | st.integers(-180, 180)
SEEN = st.integers(1, 2**18 - 1).map(lambda bits: {keypoint for keypoint in range(18) if bits >> keypoint & 1})
POSES = st.sampled_from([WORKER, BACK, PROFILE])
SCORES = st.none() | st.sampled_from([0.0, 0.5, 1.0])
# Whatever hypothesis draws, no two people and no two hats tie.
ASKEW = np.random.default_rng(0).uniform(-1, 1, (20, 3)).tolist()


@st.composite
def workers(draw):
    """Up to five people, each in any posture, turned by any angle, of whom any keypoints are seen."""
    people = []
    for dx, dy, doubt in ASKEW[: draw(st.integers(0, 5))]:
        x, y = draw(PLACES) + dx, draw(PLACES) + dy
        score = draw(st.floats(0.05, 0.98)) + 0.02 * abs(doubt)
        people.append(leaning(x, y, draw(SIZES), draw(ANGLES), pose=draw(POSES), seen=draw(SEEN), score=score))
    return people


@st.composite
def hats_about(draw, people, least=0):
    """Hats anywhere, and on some people a hat somewhere about the head."""
    wide, high = st.integers(-40, 40), st.integers(-120, 0)
    spots = draw(st.lists(st.tuples(PLACES, PLACES), min_size=least, max_size=3))
    for person in people:
        if draw(st.booleans()):
            x, y = person.points.mean(axis=0).tolist()
            spots.append((x + draw(wide), y + draw(high)))
    return [
        hat_at(x + dx, y + dy, draw(SIZES) + larger, shell=draw(st.booleans()), score=draw(SCORES))
        for (x, y), (dx, dy, larger) in zip(spots, ASKEW[5:], strict=False)
    ]


@st.composite
def scenes(draw, least_hats=0):
    """People and hats in a picture, no hat boxed twice."""
    people = draw(workers())
    hats = draw(hats_about(people, least_hats))
    boxes = box_rows([hat.box for hat in hats])
    once = numbered(hat for i, hat in enumerate(hats) if (overlaps(hat.box, boxes[:i]) < 0.5).all())
    return Scene(tuple(people), tuple(once), SIDE, SIDE)


@st.composite
def cut_scenes(draw):
    """Scenes of which the picture's left edge may cut away a part."""
    scene = draw(scenes(least_hats=1))
    edges = st.sampled_from([int(hat.box.right) - 1 for hat in scene.hats])
    return moved(scene, -draw(st.just(0) | st.integers(0, SIDE) | edges), 0)


@st.composite
def sloppy_scenes(draw):
    """Cut scenes in which hats may be boxed several times."""
    scene = draw(cut_scenes())
    again = [
        Hat(replace(hat.box, left=hat.box.left + 8 * dx, top=hat.box.top + 8 * dy), draw(SCORES), 0)
        for hat, (dx, dy, _) in zip(draw(st.lists(st.sampled_from(scene.hats), max_size=4)), ASKEW[16:], strict=False)
    ]
    return replace(scene, hats=tuple(numbered([*scene.hats, *again])))


def without(scene, gone):
    return replace(scene, hats=tuple(hat for hat in scene.hats if hat.index not in gone))


def told(judgement):
    return [(verdict.status, verdict.reason, verdict.hat) for verdict in judgement.people], judgement.unmatched


def assume_clear(scene):
    """Leave out scenes in which something lies so near a threshold that rounding decides."""
    for nudge in (0.99, 1.01):
        thresholds = {field.name: getattr(DEFAULT, field.name) for field in fields(Rules)}
        rules = replace(
            DEFAULT, **{name: nudge * value for name, value in thresholds.items() if isinstance(value, float)}
        )
        assume(told(judged(scene, rules)) == told(judged(scene)))


@given(sloppy_scenes())
def test_every_hat_is_worn_once_or_told_of(scene):
    judgement = judged(scene)
    worn = [verdict.hat for verdict in judgement.people if verdict.hat is not None]
    assert sorted([*worn, *(hat.hat for hat in judgement.unmatched)]) == list(range(len(scene.hats)))
    assert all((verdict.confidence is None) == (verdict.status == "unknown") for verdict in judgement.people)


@given(sloppy_scenes(), st.randoms())
def test_the_order_of_people_and_hats_does_not_matter(scene, random):
    expected = judged(scene)
    turn = random.sample(range(len(scene.people)), len(scene.people))
    hats = tuple(random.sample(scene.hats, len(scene.hats)))
    other = judged(replace(scene, people=tuple(scene.people[i] for i in turn), hats=hats))
    assert [replace(verdict, person=turn[verdict.person]) for verdict in other.people] == [
        expected.people[i] for i in turn
    ]
    assert other.unmatched == expected.unmatched


@given(sloppy_scenes())
def test_hats_outside_the_picture_change_nothing(scene):
    outside = [Hat(replace(h.box, left=-h.box.width), 1.0, len(scene.hats) + h.index) for h in scene.hats]
    expected, judgement = judged(scene), judged(replace(scene, hats=(*scene.hats, *outside)))
    assert judgement.people == expected.people
    assert judgement.unmatched == (*expected.unmatched, *(UnmatchedHat(hat.index, "no_head_near") for hat in outside))


@given(sloppy_scenes())
def test_duplicates_change_nothing(scene):
    judgement = judged(scene)
    duplicates = {hat.hat for hat in judgement.unmatched if hat.reason == "duplicate"}
    assert judged(without(scene, duplicates)).people == judgement.people


@given(sloppy_scenes())
def test_a_far_hat_changes_nothing(scene):
    wide = replace(scene, width=9000, height=9000)
    far = Hat(Box(5000, 5000, 40, 40), None, len(scene.hats))
    judgement = judged(replace(wide, hats=(*scene.hats, far)))
    assert judgement.people == judged(wide).people
    assert judgement.unmatched == (*judged(wide).unmatched, UnmatchedHat(far.index, "no_head_near"))


@given(scenes(least_hats=1), st.data())
def test_taking_a_hat_away_gives_nobody_else_a_helmet(scene, data):
    gone = data.draw(st.sampled_from(scene.hats))
    before, after = judged(scene), judged(without(scene, {gone.index}))
    for old, new in zip(before.people, after.people, strict=True):
        # when a rival takes another hat, two heads may stop contesting one
        assert new.status != "helmet" or old.status == "helmet" or old.reason == "contested_hat"


@FEWER
@given(sloppy_scenes(), st.sampled_from([2, 3, 8]))
def test_the_resolution_does_not_matter(scene, factor):
    assume_clear(scene)
    assert told(judged(enlarged(scene, factor))) == told(judged(scene))


@FEWER
@given(scenes(), st.integers(-900, 900), st.integers(-900, 900))
def test_where_in_the_picture_it_happens_does_not_matter(scene, dx, dy):
    amid = moved(replace(scene, width=3 * SIDE, height=3 * SIDE), SIDE, SIDE)
    assume_clear(amid)
    assert told(judged(moved(amid, dx, dy))) == told(judged(amid))


@FEWER
@pytest.mark.parametrize("other", [mirrored, quarter_turned])
@given(cut_scenes())
def test_a_mirrored_or_rolled_picture_has_the_same_verdicts(other, scene):
    wide = replace(scene, width=SIDE + 200)
    assume_clear(wide)
    there, here = judged(other(wide)), judged(wide)
    assert told(there) == told(here)
    for one, two in zip(there.people, here.people, strict=True):
        assert one.confidence == pytest.approx(two.confidence, abs=0.01)
        assert one.area_ratio == pytest.approx(two.area_ratio, abs=1e-4)


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
    scene = Scene(tuple(people), tuple(hats), SIDE, SIDE)
    for verdict in (*judged(scene).people, *older.people):
        frame = verdict.head
        numbers = [verdict.area_ratio, verdict.confidence or 0, verdict.box.left, verdict.box.top, verdict.box.area]
        numbers += [frame.x, frame.y, frame.size, *frame.up, frame.confidence] if frame else []
        assert all(map(math.isfinite, numbers))
        assert 0 <= verdict.area_ratio <= 1
