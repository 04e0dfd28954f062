"""What several workers tell together: real gunicorn, real sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from samples.demo import service

PATIENCE_S = 60
SECRET = "neither-in-a-log-nor-in-metrics"


@contextmanager
def two_workers(log):
    """Their address and gunicorn's master process; the log is written to a file as JSON."""
    told = {"LOG_LEVEL": "info", "LOG_FORMAT": "json", "DRAIN_S": "2"}
    small = {"INPUT_HEIGHT": "192", "SECOND_LOOKS": "0"}  # is warm sooner
    with log.open("wb") as lines, service(output=lines, **told, **small) as running:
        until(lambda: status_of(running.address)["workers"]["ready"] == 2)
        yield running.address, running.process


def connect(address):
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S)


def is_refused(address):
    try:
        connect(address).close()
    except ConnectionError:  # refused, or reset where it came just before
        return True
    return False


def until(true):
    """Return when it is true; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline


def status_of(address):
    return requests.get(f"{address}/v1/status", timeout=10).json()


def malformed_of(address):
    """How often requests of this kind were refused, by all workers."""
    problems = status_of(address)["problems"]
    return sum(problem["count"] for problem in problems if problem["reason"] == "malformed")


def metrics_of(address):
    """Value by name and labels, each request asked on a connection of its own."""
    text = requests.get(f"{address}/metrics", timeout=10).text
    families = text_string_to_metric_families(text)
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def pids_of(told):
    return {int(dict(labels)["pid"]) for name, *labels in told if name == "helmet_worker_ready"}


def access_lines(log):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if line["logger"] == "helmet_service.access"]


def ask_until_both_answered(address, log):
    """Ask in tens, from ten connections at once, until both workers have answered; returns how often."""
    asked = 0
    with ThreadPoolExecutor(10) as clients:
        while len({line["pid"] for line in access_lines(log) if line["route"] == "/v1/poses"}) < 2:
            assert asked < 1000
            answers = [
                clients.submit(
                    requests.post,
                    f"{address}/v1/poses?key={SECRET}",
                    data=SECRET,
                    headers={"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"},
                    timeout=PATIENCE_S,
                )
                for _ in range(10)
            ]
            assert {answer.result().status_code for answer in answers} == {400}
            asked += 10
    return asked


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("workers") / "log"


@pytest.fixture(scope="module")
def running(log):
    with two_workers(log) as (address, process):
        yield address, process


def test_metrics_status_and_log_of_two_workers_agree(running, log, root):
    address, _ = running
    asked = ask_until_both_answered(address, log)
    scene = json.loads((root / "samples" / "compliance.json").read_text())
    for _ in range(2):
        assert requests.post(f"{address}/v1/compliance", json=scene, timeout=PATIENCE_S).status_code == 200
    for _ in range(2):  # whichever worker is asked
        told = metrics_of(address)
        assert told["helmet_requests_total", ("route", "/v1/poses"), ("status", "400")] == asked
        assert told["helmet_rejections_total", ("reason", "malformed")] == asked
        assert told["helmet_stage_seconds_count", ("stage", "total")] == 2
        assert told["helmet_verdicts_total", ("reason", "hat_on_head"), ("status", "helmet")] == 2
        assert told["helmet_queue_depth",] == told["helmet_body_bytes_in_flight",] == 0
        assert told["helmet_queue_places",] == 16
    status = status_of(address)
    assert status["requests"]["by_status"]["400"] == asked
    assert (status["workers"]["running"], status["workers"]["ready"]) == (2, 2)
    assert {process["pid"] for process in status["workers"]["processes"]} == pids_of(told)
    assert malformed_of(address) == asked
    lines = access_lines(log)
    assert Counter(line["status"] for line in lines)[400] == asked
    assert len({line["request_id"] for line in lines}) == len(lines)
    assert SECRET not in log.read_text()


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, f"GET /v1/info HTTP/1.1\r\nHost: x\r\nX-API-Key {SECRET}\r\n\r\n"),
        (400, f"GET /v1/info HTTP/1.1\r\nHost: x\r\n{SECRET}/x: a\r\n\r\n"),
        (400, f"GET /v1/info?key={SECRET} x HTTP/1.1\r\nHost: x\r\n\r\n"),
        (400, f"GET /v1/\u00fc?key={SECRET} HTTP/1.1\r\nHost: x\r\n\r\n"),
        (400, f"GET /v1/info HTTP/{SECRET}\r\nHost: x\r\n\r\n"),
        (400, f"GET /v1/info HTTP/1.1\r\nHost: x\r\nExpect: {SECRET}\r\n\r\n"),
        (400, f"POST /v1/poses HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {SECRET}\r\n\r\n"),
        (414, f"GET /?{SECRET}{'k' * 5000} HTTP/1.1\r\nHost: x\r\n\r\n"),
        (431, f"GET / HTTP/1.1\r\nHost: x\r\nX-API-Key: {SECRET}\r\n" + 200 * "A: b\r\n" + "\r\n"),
    ],
)
def test_what_is_no_request_is_refused_and_not_repeated(running, log, status, sent):
    with connect(running[0]) as connection:
        connection.sendall(sent.encode())
        answer = b"".join(iter(lambda: connection.recv(1000), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert SECRET not in answer.decode()
    assert SECRET not in log.read_text()


@pytest.mark.slow
def test_clients_that_come_together_meet_different_workers(running):
    address, process = running
    workers = psutil.Process(process.pid).children()

    def clients():
        held = [[c for c in worker.net_connections() if c.status == psutil.CONN_ESTABLISHED] for worker in workers]
        return [len(connections) for connections in held]

    apart = 0
    for _ in range(40):
        until(lambda: sum(clients()) == 0)
        with connect(address), connect(address):
            until(lambda: sum(clients()) == 2)
            apart += clients() == [1, 1]
    assert apart > 16  # left to gunicorn they are in 7 of 40, and now in 37


def test_a_worker_that_was_killed_takes_what_is_now_with_it_and_leaves_what_was(running):
    address, _ = running
    before, malformed = metrics_of(address), malformed_of(address)
    killed = min(pids_of(before))
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in pids_of(metrics_of(address)))
    until(lambda: status_of(address)["workers"]["ready"] == 2)
    after = metrics_of(address)
    assert malformed_of(address) == malformed > 0
    assert after["helmet_queue_places",] == 16
    assert after["helmet_requests_in_progress",] == 1
    poses = "helmet_requests_total", ("route", "/v1/poses"), ("status", "400")
    assert after[poses] == before[poses]
    assert after["helmet_start_time_seconds",] == before["helmet_start_time_seconds",]


@pytest.mark.slow
def test_told_to_stop_it_is_not_ready_first_and_then_finishes_what_it_accepted(running):
    """The last one: it ends the service that the others asked."""
    address, process = running
    body = json.dumps({"picture": "none"}).encode()
    head = f"POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    accepted = connect(address)
    accepted.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
    assert accepted.recv(1000).startswith(b"HTTP/1.1 100 ")
    accepted.sendall(body[:5])
    process.terminate()
    until(lambda: "stopping" in requests.get(f"{address}/readyz", timeout=10).text)
    assert requests.get(f"{address}/healthz", timeout=10).status_code == 200
    until(lambda: is_refused(address))
    accepted.sendall(body[5:])
    assert accepted.recv(1000).startswith(b"HTTP/1.1 422 ")
    accepted.close()
    assert process.wait(PATIENCE_S) == 0
    folders = [folder for parent in ("/dev/shm", tempfile.gettempdir()) for folder in Path(parent).iterdir()]
    assert [folder for folder in folders if folder.name.startswith(f"helmet-service-{process.pid}-")] == []
