from __future__ import annotations

import numpy as np
import pytest

from pose.skeleton import HeadPeak, Person
from pose.tracking import Tracker
from tests.pose.people import standing

RATES = (1, 2, 5, 10, 30)


def person(x: float, y: float = 300, size: float = 20) -> Person:
    """A whole person, ten `size` pixels tall, the neck at (x, y)."""
    return Person(standing(x, y, size), 0.9)


def head(x: float, y: float = 300, size: float = 24) -> Person:
    """A head alone."""
    return Person(np.zeros((18, 3), np.float32), 0.5, HeadPeak(x, y, size, 0.9, 0.1))


def ids(tracker: Tracker, people, at_s: float) -> list[int]:
    return [each.track for each in tracker.step(people, at_s)]


def times(rate: float, seconds: float) -> list[float]:
    return [number / rate for number in range(round(seconds * rate) + 1)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("make", [person, head])
def test_people_who_walk_past_each_other_keep_their_ids(rate, make):
    tracker = Tracker()
    seen = [ids(tracker, [make(100 + 90 * at, 300), make(900 - 90 * at, 380)], at) for at in times(rate, 8)]
    assert seen == [[0, 1]] * len(seen)
