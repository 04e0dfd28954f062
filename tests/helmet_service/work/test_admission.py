from __future__ import annotations

import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from helmet_service.http.problems import Problem
from helmet_service.work.admission import BytesInFlight, NetworkQueue
from helmet_service.work.stages import Stages
from helmet_service.work.turns import Turns


def test_stages_are_timed_and_summed_by_name():
    stages = Stages(60)
    for name in ("decode", "network", "decode"):
        with stages.stage(name):
            pass
    assert list(stages.timings_ms) == ["decode", "network"]
    assert sum(stages.timings_ms.values()) <= stages.total_ms()


def test_a_passed_deadline_is_found_at_the_end_of_a_stage():
    with pytest.raises(Problem) as raised, Stages(0).stage("decode"):
        pass
    assert raised.value.status == 504
    assert "decode" in raised.value.detail


def test_waiting_for_a_turn_ends_with_the_deadline():
    turns = Turns(1)
    with Stages(60).turn(turns, "decode"):
        with pytest.raises(Problem) as raised, Stages(0).turn(turns, "decode"):
            pytest.fail("it is taken")
        assert raised.value.status == 504
    with Stages(0).turn(turns, "decode"):
        pass


def test_threads_get_their_turns_in_the_order_they_came_and_those_that_gave_up_none():
    turns, order = Turns(1), []
    assert turns.acquire(0)

    def wait(number: int, patience_s: float) -> None:
        if turns.acquire(patience_s):
            order.append(number)
            turns.release()

    with ThreadPoolExecutor(20) as pool:
        for number in range(20):
            waits = pool.submit(wait, number, 60 if number % 2 else 0.001)
            if number % 2 == 0:
                waits.result()
            else:
                while len(turns._waiting) <= number // 2:
                    threading.Event().wait(0.01)
        turns.release()
    assert order == list(range(1, 20, 2))
    assert turns.acquire(0)
    assert not turns.acquire(0)


def test_bodies_are_let_in_while_they_fit_and_refused_beyond():
    in_flight = BytesInFlight(100)
    with in_flight.holding(60), in_flight.holding(40):
        with pytest.raises(Problem) as raised, in_flight.holding(1):
            pytest.fail("it does not fit")
        assert raised.value.status == 503
        assert raised.value.headers == {"Retry-After": "1"}
    with pytest.raises(ZeroDivisionError), in_flight.holding(100):
        raise ZeroDivisionError
    with in_flight.holding(100):
        pass


def test_a_free_network_is_taken_at_once_and_given_back():
    queue = NetworkQueue(0)
    for _ in range(3):
        with queue.turn(Stages(60)), pytest.raises(Problem):
            queue.refuse_if_full()
        queue.refuse_if_full()
    assert queue.full_for_s() == 0


def test_a_request_beyond_the_queue_is_refused_and_told_when_to_come_again():
    queue = NetworkQueue(0)
    with queue.turn(Stages(60)):
        with pytest.raises(Problem) as raised, queue.turn(Stages(60)):
            pytest.fail("the network is busy")
        assert raised.value.status == 503
        assert raised.value.headers == {"Retry-After": "1"}
        with pytest.raises(Problem, match="full"):
            queue.refuse_if_full()


def test_waiting_ends_with_the_deadline_and_frees_the_place():
    queue = NetworkQueue(1)
    with queue.turn(Stages(60)):
        for _ in range(3):
            with pytest.raises(Problem) as raised, queue.turn(Stages(0)):
                pytest.fail("the network is busy")
            assert raised.value.status == 504


def test_one_at_a_time_is_let_in():
    queue, inside, may_leave = NetworkQueue(8), threading.Barrier(2), threading.Event()

    def work() -> None:
        with queue.turn(Stages(60)):
            inside.wait(60)
            may_leave.wait(60)

    first = threading.Thread(target=work, daemon=True)
    first.start()
    inside.wait(60)
    with pytest.raises(Problem) as raised, queue.turn(Stages(0)):
        pytest.fail("the first is inside")
    assert raised.value.status == 504
    may_leave.set()
    with queue.turn(Stages(60)):
        first.join()


def assert_slots(queue: NetworkQueue, slots: int) -> None:
    with ExitStack() as inside:
        for _ in range(slots):
            inside.enter_context(queue.turn(Stages(60)))
        with pytest.raises(Problem), queue.turn(Stages(0)):
            pytest.fail("the network is busy")


@pytest.mark.parametrize("places", [0, 3])
@pytest.mark.parametrize("slots", [1, 2, 5])
def test_as_many_as_slots_are_at_the_network_at_once(slots, places):
    queue = NetworkQueue(places, slots=slots)
    for _ in range(2):
        assert_slots(queue, slots)
    queue.widen(slots - 1)
    assert_slots(queue, slots)
    queue.widen(slots + 2)
    assert_slots(queue, slots + 2)


@pytest.mark.parametrize(("slots", "places"), [(1, 0), (1, 4), (2, 3), (3, 0)])
def test_never_more_at_the_network_than_slots_nor_waiting_than_places(slots, places):
    waiting: list[int] = []
    inside: set[int] = set()
    most_inside: list[int] = []
    work = bytes(100_000)
    queue = NetworkQueue(places, waiting.append, slots=slots)

    def ask(number: int) -> bool:
        try:
            with queue.turn(Stages(60)):
                inside.add(number)
                most_inside.append(len(inside))
                zlib.crc32(work)  # lets other threads run
                inside.remove(number)
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(slots + places) as pool:
        assert all(pool.map(ask, range(500)))
    with ThreadPoolExecutor(12) as pool:
        answered = list(pool.map(ask, range(500)))
    assert max(most_inside) == slots
    assert max(waiting) <= places
    assert waiting[-1] == 0
    assert any(answered)
    assert queue.full_for_s() == 0


def test_a_failure_at_the_network_gives_it_back():
    queue = NetworkQueue(0)
    with pytest.raises(ZeroDivisionError), queue.turn(Stages(60)):
        raise ZeroDivisionError
    with queue.turn(Stages(60)):
        pass


def test_the_queue_is_full_from_the_last_place_taken_until_half_empty(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    queue = NetworkQueue(0)
    assert queue.full_for_s() == 0
    with queue.turn(Stages(60)):
        now[0] += 7
        assert queue.full_for_s() == 7
    assert queue.full_for_s() == 0
