"""Skeletons and heads that the network saw: who becomes of which."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose.estimation.head_frames import fit_head, own_heads
from pose.estimation.joining import REACH, Joining, join
from pose.skeleton import HeadPeak, Person
from tests.helmet_service.verdicts.scenes import EVERYTHING, HEADLESS, worker

JOINING = Joining(peak=0.1, constant=-7.0, skeleton=7.0, head=10.0, person=0.3)
SIZE = 40


def skeleton(x=200.0, score=0.6, seen=frozenset(EVERYTHING)):
    return replace(worker(x, 100, SIZE, seen=set(seen)), score=score)


def peak(x=200.0, score=0.9, size=SIZE, helmeted=False):
    return HeadPeak(x, 100.0, size, *((score, 0.0) if helmeted else (0.0, score)))


# what is seen -> of each person that comes of it: whether there are keypoints, whether there is a peak
CASES = {
    "a skeleton with its head": ([skeleton()], [peak()], [(True, True)]),
    "nobody": ([], [], []),
    "a head alone": ([], [peak()], [(False, True)]),
    "a weak head alone": ([], [peak(score=0.5)], []),
    "a weak skeleton with its head": ([skeleton(score=0.1)], [peak()], [(True, True)]),
    "a weak skeleton without a head": ([skeleton(score=0.1)], [], []),
    "a strong skeleton without a peak": ([skeleton(score=1.0)], [], [(True, False)]),
    "a middling skeleton without a peak": ([skeleton(score=0.6)], [], []),
    "a skeleton and a head weak together": ([skeleton(score=0.1)], [peak(score=0.2)], []),
    "a body without a head": ([skeleton(score=0.3, seen=HEADLESS - {1, 2, 5})], [], [(True, False)]),
    "a head a little off": ([skeleton()], [peak(200 + 0.4 * SIZE)], [(True, True)]),
    "a head beside": ([skeleton(score=1.0)], [peak(200 + 0.7 * SIZE)], [(True, False), (False, True)]),
    "two skeletons on one head": ([skeleton(202), skeleton(212)], [peak()], [(True, True)]),
    "two people, one head hidden": (
        [skeleton(200), skeleton(300, 1.0)], [peak()], [(True, True), (True, False)],
    ),
    "two heads in reach of two skeletons": (
        [skeleton(200), skeleton(220)], [peak(205), peak(228)], [(True, True), (True, True)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_comes_of_what_is_seen(case):
    people, heads, expected = CASES[case]
    joined = join(people, heads, JOINING)
    assert [(bool(person.seen.any()), person.head is not None) for person in joined] == expected
    for person in joined:
        assert person.evidence is None or JOINING.person <= person.evidence <= 1


def test_each_skeleton_takes_the_peak_on_its_head():
    joined = join([skeleton(200), skeleton(260)], [peak(262), peak(198)], JOINING)
    assert [person.head.x for person in joined] == [198, 262]


def test_a_peak_raises_a_skeletons_evidence_and_its_absence_lowers_it():
    (with_peak,) = join([skeleton(score=1.0)], [peak()], JOINING)
    (without,) = join([skeleton(score=1.0)], [], JOINING)
    (weak,) = join([skeleton(score=0.1)], [peak()], JOINING)
    assert without.evidence < weak.evidence < with_peak.evidence


def test_a_head_alone_has_no_keypoints_and_less_to_show_than_a_skeleton():
    (alone,) = join([], [peak(score=1.0)], JOINING)
    assert not alone.keypoints.any()
    assert alone.score == pytest.approx(9 / 37)
    assert alone.outline.tolist() == [[180, 80], [220, 120]]


@pytest.mark.parametrize(("helmeted", "size", "lower"), [(False, SIZE, 0), (True, SIZE / 1.13, 0.075 * SIZE / 1.13)])
@pytest.mark.parametrize("people", [[], [skeleton()]])
def test_the_head_is_where_the_peak_is(people, helmeted, size, lower):
    (person,) = join(people, [peak(205, helmeted=helmeted)], JOINING)
    head = fit_head(person)
    assert (head.x, head.y, head.size) == pytest.approx((205, 100 + lower, size), abs=0.2)
    assert head.up == pytest.approx((0, -1), abs=0.05)
    assert head.confidence == person.evidence


def test_a_skeleton_tells_which_way_its_head_is_up():
    lying = skeleton()
    turned = lying.keypoints.copy()
    turned[:, 0], turned[:, 1] = 100 - lying.keypoints[:, 1], lying.keypoints[:, 0]
    centre = fit_head(Person(turned, 0.6))
    helmet = HeadPeak(centre.x, centre.y, SIZE, 0.9, 0.0)
    (person,) = join([Person(turned, 0.6)], [helmet], JOINING)
    head = fit_head(person)
    assert head.up == pytest.approx((1, 0), abs=0.05)
    assert head.x < helmet.x


@given(
    st.lists(st.tuples(st.floats(0, 600), st.floats(0, 1)), max_size=5),
    st.lists(st.tuples(st.floats(0, 600), st.floats(0, 1), st.booleans()), max_size=5),
)
def test_nothing_is_seen_twice_and_nothing_is_made_up(people, heads):
    skeletons = [skeleton(x, score) for x, score in people]
    peaks = [peak(x, score, helmeted=helmeted) for x, score, helmeted in heads]
    joined = join(skeletons, peaks, JOINING)
    used = [id(person.head) for person in joined if person.head]
    assert len(used) == len(set(used))
    assert set(used) <= {id(head) for head in peaks}
    assert sum(person.seen.any() for person in joined) <= len(skeletons)
    for person, head in zip(joined, own_heads(joined), strict=True):
        if person.head and person.seen.any():
            fitted = fit_head(replace(person, head=None))
            assert math.dist((fitted.x, fitted.y), (person.head.x, person.head.y)) < (REACH + 0.1) * max(
                fitted.size, person.head.size
            )
        assert head is None or np.isfinite([head.x, head.y, head.size]).all()
