from __future__ import annotations

import random
import socket

import gevent
import gevent.socket
import pytest
from wsproto import events

from helmet_service.server import websocket as module
from helmet_service.server.waiting import WaitingClients
from helmet_service.server.websocket import WebSocket
from helmet_service.work.admission import BytesInFlight
from tests.helmet_service.server.live_peer import BINARY, CLOSE, ENDED, PING, TEXT, Peer, frame

LIMIT = 300_000
GO_ON = 0  # a continuation


class Running:
    """A WebSocket that receives, and its client."""

    def __init__(self, memory: int = 10 * LIMIT) -> None:
        ours, theirs = gevent.socket.socketpair()
        self.in_flight = BytesInFlight(memory, self.count)
        self.held: list[int] = [0]
        self._ours = ours
        self.websocket = WebSocket(ours, WaitingClients(), self.in_flight, LIMIT)
        self.peer, self.got = Peer(theirs), []
        self._receiving = gevent.spawn(self.receive)

    def count(self, held: int) -> None:
        self.held.append(held)

    def receive(self) -> None:
        for message in self.websocket.messages():
            self.got.append(None if message.lost else (message.is_text, bytes(message.data)))
            message.release()

    def end(self) -> list[tuple[bool, bytes] | None]:
        """What came, when the client has sent all and nothing is held any more."""
        self.peer.sock.shutdown(socket.SHUT_WR)
        self._receiving.get(timeout=30)
        self.close()
        assert self.held[-1] == 0
        return self.got

    def close(self) -> None:
        self._receiving.kill()
        self._ours.close()
        self.peer.sock.close()


@pytest.fixture
def running():
    one = Running()
    yield one
    one.close()


LARGE = bytes(range(256)) * 1000


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (frame(BINARY, b"a picture"), [(False, b"a picture")]),
        (frame(TEXT, "ä".encode()), [(True, "ä".encode())]),
        (frame(BINARY, LARGE), [(False, LARGE)]),
        (frame(BINARY), [(False, b"")]),
        (frame(TEXT, b"\xc3", fin=False) + frame(PING, b"?") + frame(GO_ON, b"\xa4"), [(True, "ä".encode())]),
        (frame(BINARY, b"a") + frame(TEXT, b"b"), [(False, b"a"), (True, b"b")]),
        (frame(BINARY, b"a", fin=False) + frame(GO_ON), [(False, b"a")]),
        (frame(BINARY, b"half", length=100), []),
        (frame(BINARY, LARGE)[:7], []),
    ],
    ids=["file", "text", "large", "empty", "fragments around a ping", "two", "empty end", "half", "half a head"],
)
@pytest.mark.parametrize("pieces", [1, 3])
def test_messages_are_received_however_they_are_cut(running, sent, got, pieces):
    for start in range(0, len(sent), step := -(-len(sent) // pieces)):
        running.peer.sock.sendall(sent[start : start + step])
        gevent.sleep(0)
    assert running.end() == got


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(BINARY, bytes(LIMIT + 1)), 1009),
        (frame(BINARY, bytes(LIMIT), fin=False) + frame(GO_ON, b"a"), 1009),
        (frame(BINARY, bytes(LIMIT + 1), length=1 << 62), 1009),
        (frame(BINARY, fin=False) + frame(GO_ON, fin=False) * 100_000, 1009),
        (frame(BINARY, b"a", length=1 << 63), 1002),
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"\xc3"), 1007),
        (frame(BINARY, b"a", mask=None), 1002),
        (frame(GO_ON, b"a"), 1002),
        (frame(BINARY, b"a", fin=False) + frame(BINARY, b"b"), 1002),
        (frame(PING, b"a", fin=False), 1002),
        (frame(PING, bytes(126)), 1002),
        (frame(3), 1002),
        (frame(0x40 | BINARY, b"deflated"), 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (frame(CLOSE, b"\x03\xe8bye"), 1000),
        (frame(CLOSE), 1005),
    ],
)
def test_what_is_wrong_closes_with_the_code_that_says_so(running, sent, code):
    sending = gevent.spawn(running.peer.sock.sendall, sent)
    assert running.peer.closed_with()[0] == code
    sending.kill()
    assert running.end() == []


def test_random_bytes_end_nothing_but_their_own_connection():
    for seed in range(300):
        running, chance = Running(), random.Random(seed)
        head = frame(
            chance.choice((TEXT, BINARY, PING, GO_ON)), fin=chance.random() < 0.5, length=chance.randrange(200)
        )
        running.peer.sock.sendall(head + chance.randbytes(chance.randrange(1, 2000)))
        running.end()
        assert running.held[-1] == 0, seed


def test_a_ping_is_answered(running):
    running.peer.sock.sendall(frame(PING, b"here?"))
    assert running.peer.next() == events.Pong(b"here?")
    running.end()


def test_a_message_without_room_in_memory_is_lost_and_the_next_one_is_not():
    running = Running(memory=LIMIT)
    with running.in_flight.holding(LIMIT):
        running.peer.sock.sendall(frame(BINARY, LARGE))
        while not running.got:
            gevent.sleep(0)
    running.peer.sock.sendall(frame(BINARY, b"next"))
    assert running.end() == [None, (False, b"next")]
    assert max(running.held) <= LIMIT


def test_a_message_takes_memory_as_it_arrives_and_none_when_it_broke_off(running):
    running.peer.sock.sendall(frame(BINARY, LARGE, fin=False))
    while running.held[-1] < len(LARGE):
        gevent.sleep(0)
    assert running.end() == []


@pytest.mark.parametrize(
    ("patience", "sent", "code"),
    [("PONG_S", b"", 1011), ("_MESSAGE_S", frame(BINARY, b"half", length=100), 1008)],
    ids=["no pong", "half a message"],
)
def test_who_is_too_slow_is_told_so(monkeypatch, patience, sent, code):
    monkeypatch.setattr(module, "PING_S", 0.0)
    monkeypatch.setattr(module, patience, 0.0)
    running = Running()
    running.peer.sock.sendall(sent)
    assert running.peer.closed_with()[0] == code
    running.end()


def test_who_answers_pings_stays(monkeypatch):
    monkeypatch.setattr(module, "PING_S", 0.001)
    running = Running()
    for _ in range(20):
        assert isinstance(running.peer.next(), events.Ping)
        running.peer.sock.sendall(frame(10))
    running.peer.sock.sendall(frame(BINARY, b"a"))
    assert running.end() == [(False, b"a")]


def test_who_takes_nothing_is_hung_up_on(monkeypatch, running):
    monkeypatch.setattr(module, "_SEND_S", 0.05)
    with pytest.raises(ConnectionResetError):
        running.websocket.send(events.BytesMessage(bytes(10_000_000)))
    running.end()


def test_who_does_not_close_is_hung_up_on(monkeypatch, running):
    monkeypatch.setattr(module, "_CLOSE_S", 0.01)
    running.websocket.close(1001, "the service stops")
    assert running.peer.closed_with() == (1001, "the service stops")
    assert running.peer.closed_with() == ENDED
    with pytest.raises(ConnectionResetError):
        running.websocket.send(events.Ping())
