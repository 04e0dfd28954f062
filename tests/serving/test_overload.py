"""More clients than the network and its queue have places: real gunicorn."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from samples.demo import service

CLIENTS = 30
TURNS = 3


@pytest.fixture(scope="module")
def small():
    """One worker with one place at its network and none before it."""
    with service(WORKERS="1", QUEUE="0", INFERENCES="1", LOG_LEVEL="error") as running:
        yield running.address


@pytest.mark.slow
def test_each_client_of_too_many_is_answered_or_told_when_to_come_again(small, root):
    scene = json.loads((root / "samples" / "compliance.json").read_text())

    def ask(_):
        with requests.Session() as kept:
            return [kept.post(f"{small}/v1/compliance", json=scene, timeout=60) for _ in range(TURNS)]

    with ThreadPoolExecutor(CLIENTS) as clients:
        asking = clients.map(ask, range(CLIENTS))
        assert requests.get(f"{small}/healthz", timeout=10).status_code == 200
        answers = [answer for some in asking for answer in some]
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 503}
    assert {answer.headers.get("Retry-After") for answer in answers if answer.status_code == 503} == {"1"}
    assert {answer.json()["summary"]["people"] for answer in answers if answer.status_code == 200} == {2}
