from __future__ import annotations

import socket
import time

import pytest

from helmet_service.http.timed_socket import TimedSocket, TookTooLong


@pytest.fixture
def ends():
    """A client's end of a connection and the server's."""
    client, server = socket.socketpair()
    with client, TimedSocket.of(server) as timed:
        yield client, timed


def test_without_a_time_it_receives_as_any_socket(ends):
    client, server = ends
    client.sendall(b"abc")
    assert server.recv(2) == b"ab"
    client.close()
    assert server.recv(2) == b"c"
    assert server.recv(2) == b""


def test_receiving_ends_when_the_time_is_over_whatever_has_come(ends):
    client, server = ends
    server.receive_by = time.monotonic() + 0.01
    with pytest.raises(TookTooLong):
        server.recv(1)
    client.sendall(b"late")
    with pytest.raises(TookTooLong):
        server.recv(1)
    server.receive_by = time.monotonic() + 60
    assert server.recv(4) == b"late"


def test_what_is_there_is_received_without_waiting(ends):
    client, server = ends
    with pytest.raises(BlockingIOError):
        server.receive_now(10)
    client.sendall(b"abc")
    assert server.receive_now(10) == b"abc"


def test_a_client_that_takes_nothing_ends_the_sending(ends):
    ends[1].expect_answer(0.01)
    with pytest.raises(TookTooLong):
        ends[1].sendall(bytes(100_000_000))


def test_all_pieces_of_an_answer_share_its_time(ends, tmp_path):
    client, server = ends
    server.expect_answer(0.01)
    server.sendall(b"head")
    with pytest.raises(TookTooLong):
        server.sendall(bytes(100_000_000))
    with pytest.raises(TookTooLong):
        server.sendall(b"more")
    server.expect_answer(60)
    (tmp_path / "file").write_bytes(b"0123456789")
    client.recv(1 << 20, socket.MSG_WAITALL | socket.MSG_DONTWAIT)
    with (tmp_path / "file").open("rb") as file:
        assert server.sendfile(file, 2, 3) == 3


def test_who_waits_to_continue_is_told_so_once_when_something_is_received(ends):
    client, server = ends
    server.owes_continue = True
    client.sendall(b"ab")
    server.recv(1)
    server.recv(1)
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
