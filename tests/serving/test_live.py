"""Live streams of real gunicorn: clients that are answered, that stall, that break off, and a service that stops."""

from __future__ import annotations

import base64
import json
import random
import re
import signal
import socket
import struct
from collections import Counter
from contextlib import ExitStack, suppress

import psutil
import pytest

from samples.demo import post, service
from samples.live_connection import LiveClosedError, LiveConnection, live
from tests.helmet_service.server.live_peer import BINARY, Peer, frame
from tests.serving.test_workers import metrics_of, until

MANY = 200
GROWTH_MB = 100


@pytest.fixture
def picture(root):
    return (root / "samples" / "site_two.jpg").read_bytes()


@pytest.fixture(scope="module")
def large():
    """One worker that takes 200 live clients."""
    with service(WORKERS="1", LIVE_MAX=str(MANY), LOG_LEVEL="error") as running:
        yield running


def end_of(connection):
    """The code with which the service ends the stream."""
    try:
        while connection.receive(60):
            pass
    except LiveClosedError as end:
        return end.code
    return None


def assert_answers(address, root):
    scene = json.loads((root / "samples" / "compliance.json").read_text())
    for _ in range(5):
        assert post(f"{address}/v1/compliance", scene)["summary"]["people"] == 2


def test_a_live_client_is_answered_as_documented(address, root, picture):
    blocks = re.findall(r"```json\n(.*?)```", (root / "docs" / "api.md").read_text(), re.S)
    hello, answer, problem = [json.loads(block) for block in blocks if '"seq"' in block or '"hello"' in block]
    with live(address, "gate-3") as client:
        told = client.receive()
        assert (told["hello"], told["limits"] | hello["limits"]) == (hello["hello"], told["limits"])
        for _ in range(4):
            client.send(picture)
            told = client.receive(60)
        for key in ("hats_from", "trust", "summary", "seq", "dropped"):
            assert told[key] == answer[key]
        assert (told.keys() > answer.keys(), told["people"][0].keys()) == (True, answer["people"][0].keys())
        client.send({"seq": 4711, "picture": base64.b64encode(picture).decode(), "hats": [{"left": "a"}]})
        told = client.receive(60)
        assert (told.keys(), told["seq"], told["errors"]) == (problem.keys(), problem["seq"], problem["errors"])


@pytest.mark.slow
def test_clients_that_stall_leave_requests_and_live_clients_answered_and_are_hung_up_on(large, root, picture):
    half, fragments = frame(BINARY, picture)[:1000], frame(BINARY, fin=False) + 4000 * frame(0, fin=False)
    kinds = (b"", half, fragments, half, b"", half, fragments, 3 * frame(BINARY, picture))
    with ExitStack() as opened:
        stalled = []
        for number in range(MANY - 1):
            client = opened.enter_context(live(large.address, f"stalled-{number}"))
            client.socket.sendall(kinds[number % len(kinds)])
            stalled.append(client)
        assert_answers(large.address, root)
        with live(large.address, "honest") as honest:
            honest.receive()
            for _ in range(3):
                honest.send(picture)
                assert honest.receive(60)["summary"]["people"] == 2
        assert_answers(large.address, root)
        for client in stalled:
            client.socket.settimeout(60)
        codes = Counter(Peer(client.socket).closed_with()[0] for client in stalled)  # answers no pings either
    assert set(codes) <= {1008, 1011}
    assert codes[1008] >= MANY // 2 - 1  # half a frame, and half a message of many fragments


@pytest.mark.slow
def test_clients_that_send_anything_or_break_off_leave_no_trace(large, root, picture):
    (worker,) = psutil.Process(large.process.pid).children()
    memory = []
    for half in range(2):
        for seed in range(300):
            chance = random.Random(seed + 1000 * half)
            client = LiveConnection(large.address, "hostile")
            sent = [chance.randbytes(2000), frame(BINARY, fin=False) + 100_000 * frame(0, fin=False)]
            sent += [frame(BINARY, chance.randbytes(5000), length=1 << 40), frame(BINARY, picture)[:-1]]
            with suppress(OSError):  # it may be hung up on before it has sent all
                client.socket.sendall(sent[seed % len(sent)])
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as if killed
            client.socket.close()
        assert_answers(large.address, root)
        memory.append(worker.memory_info().rss / 1e6)
    assert memory[1] < memory[0] + GROWTH_MB
    assert psutil.Process(large.process.pid).children() == [worker]
    until(lambda: metrics_of(large.address)[("helmet_live_clients",)] == 0)
    assert metrics_of(large.address)[("helmet_body_bytes_in_flight",)] == 0


@pytest.mark.slow
def test_a_service_that_stops_tells_its_live_clients(picture):
    with service(WORKERS="1", DRAIN_S="2", LOG_LEVEL="error") as running, ExitStack() as opened:
        clients = [opened.enter_context(live(running.address, "gate")) for _ in range(4)]
        clients[0].send(picture)
        running.process.send_signal(signal.SIGTERM)
        assert [end_of(client) for client in clients] == [1001] * 4
        with live(running.address, "late") as late:
            assert end_of(late) == 1001
        assert running.process.wait(timeout=60) == 0


@pytest.mark.slow
def test_a_worker_ends_in_order_although_clients_have_gone_whose_frames_are_in_work(picture, tmp_path):
    with (tmp_path / "log").open("wb") as log, service(WORKERS="1", DRAIN_S="0", LIVE_MAX="6", output=log) as running:
        clients = [LiveConnection(running.address, "gate") for _ in range(6)]
        for client in 2 * clients:
            client.send(picture)
        for client in clients:
            client.socket.close()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=60) == 0
    assert "SIGABRT" not in (tmp_path / "log").read_text()
