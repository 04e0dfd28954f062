from __future__ import annotations

import threading
from itertools import count

import pytest

from helmet_service.video.ahead import ahead


def test_items_come_in_their_order():
    assert list(ahead(range(100), 3)) == list(range(100))


def test_at_most_so_many_wait():
    made = []
    reached = threading.Event()

    def items():
        for number in count():
            made.append(number)
            if number == 4:  # taken: 0; in the queue: 1 to 3; in the maker's hand: 4
                reached.set()
            yield number

    taking = ahead(items(), 3)
    assert next(taking) == 0
    assert reached.wait(10)
    taking.close()
    assert made == [0, 1, 2, 3, 4]


def test_what_fails_there_is_raised_here():
    def items():
        yield 1
        raise KeyError("frame")

    taking = ahead(items(), 3)
    assert next(taking) == 1
    with pytest.raises(KeyError, match="frame"):
        next(taking)


def test_a_taker_that_stops_ends_the_thread():
    before = threading.active_count()
    taking = ahead(count(), 1)
    next(taking)
    taking.close()
    assert threading.active_count() == before
