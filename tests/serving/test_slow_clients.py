"""Clients that hold what they are given: real gunicorn, real sockets, more of them than it has threads."""

from __future__ import annotations

import json
import re
import select
import socket
import time
from contextlib import ExitStack

import psutil
import pytest
import requests

from samples.demo import post
from tests.serving.test_workers import connect

MANY = 100  # connections; both workers have 32 threads
ALL_CONNECTIONS = 400  # of a worker, helmet_service/work/capacity.py
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def all_ready(address):
    """Where both workers work."""
    deadline = time.monotonic() + 60
    while requests.get(f"{address}/v1/status", timeout=10).json()["workers"]["ready"] < 2:
        assert time.monotonic() < deadline
    return address


@pytest.fixture(scope="module")
def refusing(never_ready):
    return never_ready.address


@pytest.fixture(scope="module")
def both_places(refusing):
    return refusing, refusing.replace("127.0.0.1", "127.0.0.2")


def opened(address, count, sent, until):
    connections = [until.enter_context(connect(address)) for _ in range(count)]
    for connection in connections:
        connection.sendall(sent)
    return connections


def assert_answers(address, root):
    assert requests.get(f"{address}/healthz", timeout=10).status_code == 200
    scene = json.loads((root / "samples" / "compliance.json").read_text())
    assert post(f"{address}/v1/compliance", scene)["summary"]["people"] == 2


def read_all(connection):
    data = b""
    while piece := connection.recv(1 << 16):
        data += piece
    return data


def statuses(data):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", data)]


def test_clients_that_stall_before_their_head_is_whole_hold_up_nobody_and_are_hung_up_on(hurried, root):
    kinds = (
        b"",
        b"P",
        b"POST /v1/compliance HTTP/1.1\r\nHost: x\r\nContent-Le",
        b"GET / HTTP/1.1\r\nA: " + b"a" * 9000,
    )
    with ExitStack() as until:
        stalled = [connection for sent in kinds for connection in opened(hurried, MANY // len(kinds), sent, until)]
        assert_answers(hurried, root)
        assert {read_all(connection) for connection in stalled} == {b""}


def test_clients_that_do_not_close_after_their_last_answer_hold_up_nobody(refusing):
    with ExitStack() as until:
        staying = opened(refusing, MANY, HEALTH[:-2] + b"Connection: close\r\n\r\n", until)
        assert requests.get(f"{refusing}/healthz", timeout=10).status_code == 200
        assert {tuple(statuses(read_all(connection))) for connection in staying} == {(200,)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("framing", "begun", "expected"),
    [
        ("Content-Length: 100000", b'{"picture": "', (408,)),
        ("Transfer-Encoding: chunked", b'd\r\n{"picture": "\r\n', (408,)),
        ("Content-Length: 100000\r\nExpect: 100-continue", b"", (100, 408)),
    ],
)
def test_bodies_that_stall_hold_up_nobody_and_are_a_408(all_ready, root, framing, begun, expected):
    head = f"POST /v1/compliance HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
    with ExitStack() as until:
        stalled = opened(all_ready, MANY, head.encode() + begun, until)
        for _ in range(5):
            assert_answers(all_ready, root)
        got = {tuple(statuses(read_all(connection))) for connection in stalled}
    assert got == {expected}


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"2\r\n{}-", b"5;=\r\n", b"9\r\n{", b"2\r\n{}\r\n", b""])
def test_chunks_that_are_wrong_or_break_off_are_a_400_in_the_wire_format(all_ready, chunks):
    head = b"POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with connect(all_ready) as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        connection.shutdown(socket.SHUT_WR)
        told, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert statuses(told) == [400]
    assert b"\r\nX-Request-Id: " in told
    (error,) = json.loads(body)["errors"]
    assert (error["field"], error["expected"]) == ("body", "a whole HTTP body")


def test_a_body_in_pieces_and_the_next_request_behind_it_are_answered(all_ready, root):
    body = (root / "samples" / "compliance.json").read_bytes()
    about = f"Host: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    head = f"POST /v1/compliance HTTP/1.1\r\n{about}\r\n\r\n"
    whole = head.encode() + body
    with connect(all_ready) as connection:
        for piece in (whole[: len(head)], whole[len(head) : 50_000], whole[50_000:] + whole[:-7]):
            connection.sendall(piece)
            select.select([connection], [], [], 0.1)
        connection.sendall(whole[-7:] + HEALTH[:-2] + b"Connection: close\r\n\r\n")
        assert statuses(read_all(connection)) == [200] * 3


def test_a_head_that_drips_is_not_waited_for(hurried, root):
    with ExitStack() as until:
        dripping = opened(hurried, MANY, b"GET /healthz HTTP/1.1\r\nA: ", until)
        drops = 0
        while open_ones := [c for c in dripping if not select.select([c], [], [], 0)[0]]:
            select.select(open_ones[:1], [], [], 0.1)
            for connection in open_ones:
                try:
                    connection.send(b"a")
                except OSError:
                    dripping.remove(connection)
            drops += 1
            assert drops < 200
        assert_answers(hurried, root)


def test_bytes_that_are_no_request_are_a_400(address):
    with connect(address) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
        assert statuses(read_all(connection)) == [400]


def test_a_head_in_pieces_and_requests_in_one_piece_are_answered(all_ready):
    info = HEALTH.replace(b"/healthz", b"/v1/info")
    with connect(all_ready) as connection:
        for piece in (info[:3], info[3:-2], info[-2:] + 3 * info + info[:-4]):
            connection.sendall(piece)
        connection.sendall(b"\r\nConnection: close\r\n\r\n")
        assert statuses(read_all(connection)) == [200] * 5


def test_more_open_connections_than_a_worker_keeps_let_new_clients_in(refusing):
    with ExitStack() as until:
        idle = opened(refusing, ALL_CONNECTIONS - 10, HEALTH, until)
        assert {connection.recv(1000)[:12] for connection in idle} == {b"HTTP/1.1 200"}
        opened(refusing, ALL_CONNECTIONS, b"GET /hea", until)
        assert requests.get(f"{refusing}/healthz", timeout=10).status_code == 200


def test_more_half_requests_than_workers_keep_connections_let_whole_ones_in(all_ready, root):
    half = b"POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"
    with ExitStack() as until:
        opened(all_ready, 2 * ALL_CONNECTIONS + MANY, half, until)
        for _ in range(5):
            assert_answers(all_ready, root)


def test_connections_to_two_places_are_bounded_together(never_ready, both_places):
    (worker,) = psutil.Process(never_ready.process.pid).children()
    before = worker.num_fds()
    with ExitStack() as until:
        for place in both_places:
            opened(place, ALL_CONNECTIONS, b"GET /hea", until)
        for place in both_places:
            assert requests.get(f"{place}/healthz", timeout=10).status_code == 200
        assert worker.num_fds() <= before + ALL_CONNECTIONS


def test_more_connections_than_a_worker_may_have_files_let_new_clients_in(never_ready, both_places):
    (worker,) = psutil.Process(never_ready.process.pid).children()
    usual = worker.rlimit(psutil.RLIMIT_NOFILE)
    worker.rlimit(psutil.RLIMIT_NOFILE, (worker.num_fds() + 20, usual[1]))
    try:
        with ExitStack() as until:
            for place in both_places:
                opened(place, MANY, b"GET /hea", until)
            for place in both_places:
                assert requests.get(f"{place}/healthz", timeout=10).status_code == 200
    finally:
        worker.rlimit(psutil.RLIMIT_NOFILE, usual)
    assert psutil.Process(never_ready.process.pid).children() == [worker]


@pytest.mark.slow
def test_slow_bodies_of_refused_requests_leave_the_health_answering(refusing):
    head = b"POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    with ExitStack() as until:
        slow = opened(refusing, MANY, head + b"\r\nhalf", until)
        (waiting,) = opened(refusing, 1, head + b"Expect: 100-continue\r\n\r\n", until)
        assert requests.get(f"{refusing}/healthz", timeout=10).status_code == 200
        assert {tuple(statuses(read_all(connection))) for connection in slow} == {(503,)}
        assert statuses(read_all(waiting)) == [100, 503]  # gunicorn asks by itself


@pytest.mark.parametrize("size", [2, 130_000, 19_000_000, 30_000_000])
def test_a_refusal_is_read_by_clients_that_send_all_first(refusing, size):
    answer = requests.post(
        f"{refusing}/v1/poses", bytes(size), headers={"Content-Type": "application/json"}, timeout=60
    )
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"


def test_a_client_that_waits_to_continue_is_asked_when_its_body_is_wanted(all_ready):
    head = b"POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    with connect(all_ready) as connection:
        connection.sendall(head + b"Connection: close\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert statuses(read_all(connection)) == [422]


def test_a_client_that_takes_no_answer_leaves_the_health_answering(address):
    with ExitStack() as until:
        opened(address, MANY, 30 * b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", until)
        assert requests.get(f"{address}/healthz", timeout=10).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        100 * HEALTH,
        50 * b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
        b"\r\nHEAD /healthz?x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
        b"OPTIONS /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_who_asks_for_the_health_cannot_hold_it(address, sent):
    with ExitStack() as until:
        asking = opened(address, MANY, sent, until)
        assert {connection.recv(12) for connection in asking} == {b"HTTP/1.1 200"}
        assert requests.get(f"{address}/healthz", timeout=10).status_code == 200


@pytest.mark.slow
def test_who_takes_a_large_answer_slowly_holds_no_thread_for_long(all_ready, root):
    with ExitStack() as until:
        opened(all_ready, 40, b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n", until)
        assert_answers(all_ready, root)
