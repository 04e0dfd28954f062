from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from helmet_service.admission import NetworkQueue, Stages
from helmet_service.problems import Problem


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


def test_a_free_network_is_taken_at_once_and_given_back():
    queue = NetworkQueue(0)
    for _ in range(3):
        with queue.turn(Stages(60)):
            pass
    queue.refuse_if_full()


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
    queue, inside, most = NetworkQueue(8), [], []

    def work() -> None:
        for _ in range(50):
            with queue.turn(Stages(60)):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 200


def test_a_failure_at_the_network_gives_it_back():
    queue = NetworkQueue(0)
    with pytest.raises(ZeroDivisionError), queue.turn(Stages(60)):
        raise ZeroDivisionError
    with queue.turn(Stages(60)):
        pass


def test_the_queue_is_full_from_the_last_place_taken_until_half_empty():
    queue = NetworkQueue(0)
    assert queue.full_for_s() == 0
    with ExitStack() as stack:
        stack.enter_context(queue.turn(Stages(60)))
        first = queue.full_for_s()
        assert 0 <= first <= queue.full_for_s()
    assert queue.full_for_s() == 0
