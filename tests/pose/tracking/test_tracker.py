from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pose.skeleton import HEAD_KEYPOINTS, HeadPeak, Headwear, Person
from pose.tracking import Tracker, TrackingRules
from tests.pose.people import standing

RATES = (1, 2, 5, 10, 30)


def whole(x: float, y: float = 300, size: float = 20) -> Person:
    """A whole person, ten `size` pixels tall, the neck at (x, y)."""
    return Person(standing(x, y, size), 0.9, HeadPeak(x, y - size, 1.6 * size, 0.9, 0.1))


def lone_head(x: float, y: float = 300, size: float = 20) -> Person:
    """The head of such a person."""
    return Person(np.zeros((18, 3), np.float32), 0.5, whole(x, y, size).head)


def headless(x: float, y: float = 300, size: float = 20) -> Person:
    """The body of such a person."""
    keypoints = standing(x, y, size)
    keypoints[list(HEAD_KEYPOINTS)] = 0
    return Person(keypoints, 0.8)


def ids(tracker: Tracker, people: list[Person], at_s: float) -> list[int]:
    return [each.track for each in tracker.step(people, at_s)]


def times(rate: float, seconds: float) -> list[float]:
    return [number / rate for number in range(round(seconds * rate) + 1)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("make", [whole, lone_head, headless])
def test_people_who_walk_past_each_other_keep_their_ids(rate, make):
    tracker = Tracker()
    seen = [ids(tracker, [make(100 + 120 * at, 300), make(900 - 120 * at, 380)], at) for at in times(rate, 6)]
    assert seen == [[0, 1]] * len(seen)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("gap_s", "track"), [(1, 0), (2, 0), (3, 1)])
def test_who_is_unseen_for_up_to_two_seconds_keeps_the_id(rate, gap_s, track):
    tracker = Tracker()
    for at_s in times(rate, 4):
        ids(tracker, [whole(100 + 60 * at_s)], at_s)
    for at_s in times(rate, 4 + gap_s)[4 * rate + 1 : -1]:
        ids(tracker, [], at_s)
    assert ids(tracker, [whole(100 + 60 * (4 + gap_s))], 4.0 + gap_s) == [track]


def test_who_comes_back_to_where_he_left_keeps_the_id():
    tracker = Tracker()
    places = [1100, 1160, 1220, 1280, None, None, 1270, 1210]
    seen = [ids(tracker, [] if x is None else [whole(x)], at_s) for x, at_s in zip(places, times(2, 4), strict=False)]
    assert [each for each in seen if each] == [[0]] * 6


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seen", [(whole, lone_head), (whole, headless), (headless, whole), (lone_head, whole)])
def test_who_is_seen_in_part_keeps_the_id(rate, seen):
    tracker = Tracker()
    for number, at_s in enumerate(times(rate, 4)):
        assert ids(tracker, [seen[number % 2](100 + 40 * at_s), whole(500)], at_s) == [0, 1]


def test_a_head_and_a_body_without_a_common_point_are_one_person_where_they_lie_together():
    tracker = Tracker()
    assert ids(tracker, [lone_head(100), lone_head(500)], 0.0) == [0, 1]
    assert ids(tracker, [headless(500), headless(100)], 0.2) == [1, 0]


@pytest.mark.parametrize("rate", RATES)
def test_somebody_lost_takes_nobody_from_another(rate):
    tracker = Tracker()
    for at_s in times(rate, 3):
        assert ids(tracker, [whole(300), whole(700 - 100 * at_s, 340, 24)], at_s) == [0, 1]
    for at_s in times(rate, 4.5)[3 * rate + 1 :]:  # the second one walks by in front of the first
        assert ids(tracker, [whole(700 - 100 * at_s, 340, 24)], at_s) == [1]
    assert ids(tracker, [whole(300), whole(220, 340, 24)], 4.8) == [0, 1]


def test_somebody_else_far_away_is_new():
    tracker = Tracker()
    assert ids(tracker, [whole(100)], 0.0) == [0]
    assert ids(tracker, [whole(900)], 0.1) == [1]


def test_the_order_of_people_says_nothing():
    tracker, random = Tracker(), np.random.default_rng(0)
    tracker.step([whole(100 + 250 * place) for place in range(4)], 0.0)
    for at_s in times(5, 6)[1:]:
        order = random.permutation(4).tolist()
        assert ids(tracker, [whole(100 + 250 * place + 30 * at_s) for place in order], at_s) == order


def test_an_id_is_never_given_twice_and_only_the_last_seconds_are_remembered():
    tracker = Tracker(TrackingRules(most_tracks=20))
    given = [ids(tracker, [whole(x, size=2) for x in range(100, 1100, 100)], 3.0 * number) for number in range(10)]
    assert sorted(track for frame in given for track in frame) == list(range(100))
    assert tracker.remembered == frozenset(given[-1])
    crowd = ids(tracker, [whole(x, size=2) for x in range(100, 4100, 100)], 30.0)
    assert tracker.remembered < frozenset(crowd)
    assert len(tracker.remembered) == 20


def test_a_frame_without_anybody_changes_nothing():
    tracker = Tracker()
    assert ids(tracker, [], 0.0) == []
    assert ids(tracker, [whole(100)], 1.0) == [0]
    assert ids(tracker, [], 1.5) == []
    assert ids(tracker, [whole(100)], 2.0) == [0]


def test_keypoints_are_smoothed_and_all_else_stays_as_found():
    tracker, random = Tracker(), np.random.default_rng(0)
    found, smoothed = [], []
    for at_s in times(10, 5):
        keypoints = standing(300, 300, 20)
        keypoints[:, :2] += random.normal(0, 2, (18, 2)).astype(np.float32)
        keypoints[4] = 0
        person = replace(whole(300), keypoints=keypoints.copy(), headwear=Headwear(0.9, 0.1), evidence=0.7)
        (tracked,) = tracker.step([person], at_s)
        assert (person.keypoints == keypoints).all()
        for name in ("score", "head", "evidence", "scale", "headwear"):
            assert getattr(tracked.person, name) == getattr(person, name)
        assert (tracked.person.keypoints[:, 2] == keypoints[:, 2]).all()
        assert not tracked.person.keypoints[4].any()
        found.append(person.points)
        smoothed.append(tracked.person.points)
    assert np.std(smoothed[10:], axis=0).mean() < 0.6 * np.std(found[10:], axis=0).mean()


def test_time_runs_forward():
    tracker = Tracker()
    assert ids(tracker, [whole(100)], 2.0) == ids(tracker, [whole(100)], 2.0) == [0]
    with pytest.raises(ValueError, match=r"at_s: expected a time from 2\.0 on, got 1\.9"):
        tracker.step([], 1.9)
