"""2,000 hostile requests against real gunicorn: every one is refused in the contract's shape and nothing grows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import pytest
import requests

from samples.demo import service
from tests.fuzz.hostile import CLIENTS, memory_mb, send, send_largest, workers

REQUESTS = 2000
GROWTH_MB = 100  # between the two halves; the allocator keeps what the largest pictures needed, so these come first
MOST_MB = 700  # of a worker, at rest
HIGHEST_MB = 1000  # for a moment, with two of the largest PNGs in work: what docs/operations.md plans


@pytest.mark.slow
def test_hostile_requests_are_refused_in_shape_and_leave_no_trace():
    with service(LOG_LEVEL="error", WEB_SYSTEM="1") as running, ThreadPoolExecutor(CLIENTS) as clients:
        before = workers(running.process)
        assert 200 in send_largest(running.address, clients)
        halves = (range(REQUESTS // 2), range(REQUESTS // 2, REQUESTS))
        statuses, memory = [], []
        for seeds in halves:
            statuses += clients.map(send, repeat(running.address), seeds)
            memory.append(memory_mb(workers(running.process)))
        assert workers(running.process) == before, "no worker died"
        assert memory[1] < memory[0] + GROWTH_MB, memory
        assert memory[1] < MOST_MB
        assert memory_mb(before, "VmHWM") < HIGHEST_MB
        assert {400, 404, 405, 413, 415, 422} <= set(statuses)
        assert requests.get(f"{running.address}/readyz", timeout=10).status_code == 200
