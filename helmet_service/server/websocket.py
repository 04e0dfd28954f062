"""One client's WebSocket, spoken by greenlets: bounded messages, pings, and an end that the client can read."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any, Final

import gevent.lock  # type: ignore[import-untyped]
from wsproto import events
from wsproto.connection import Connection, ConnectionType
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from helmet_service.http.problems import Problem
from helmet_service.server.waiting import WaitingClients, hung_up
from helmet_service.work.admission import BytesInFlight

PING_S, PONG_S = 10.0, 20.0  # between two pings; for the answer to one
_MESSAGE_S, _SEND_S, _CLOSE_S = 10.0, 10.0, 2.0
_PIECE: Final = 1 << 16  # bytes
_MOST_FRAGMENTS: Final = 4096
_EVENTS_AT_ONCE: Final = 100  # a piece may hold 10,000 empty frames, and the other greenlets would wait for them


class Message:
    """A message, whole or on its way. Its bytes are counted as in flight until it is released.

    lost: there was no memory for it, and its bytes are not kept. begun_at, whole_at: of the monotonic clock.
    """

    def __init__(self, *, is_text: bool) -> None:
        self.is_text = is_text
        self.begun_at = self.whole_at = time.monotonic()
        self.data = bytearray()
        self.lost = False
        self.size = self.fragments = 0
        self._held, self._held_bytes = ExitStack(), 0

    def add(self, data: bytes | bytearray, in_flight: BytesInFlight) -> None:
        """Keep these bytes if there is memory."""
        self.size += len(data)
        try:
            while not self.lost and self._held_bytes < self.size:
                self._held.enter_context(in_flight.holding(_PIECE))
                self._held_bytes += _PIECE
        except Problem:
            self.lost = True
            self.release()
        else:
            if not self.lost:
                self.data += data

    def release(self) -> None:
        """Forget the bytes."""
        self.data = bytearray()
        self._held.close()


class WebSocket:
    """A client's WebSocket on its socket, after the handshake. One greenlet receives, any may send and close.

    limit: bytes of a message.
    """

    def __init__(self, sock: Any, clients: WaitingClients, in_flight: BytesInFlight, limit: int) -> None:  # noqa: ANN401
        self._sock, self._clients, self._in_flight, self._limit = sock, clients, in_flight, limit
        self._protocol = Connection(ConnectionType.SERVER)
        self._sending = gevent.lock.BoundedSemaphore(1)
        self._arriving: Message | None = None
        self._ping_at = time.monotonic() + PING_S
        self._pinged_at: float | None = None  # the first ping that is not answered yet
        self._is_closing = False

    def messages(self) -> Iterator[Message]:
        """Whole messages, until the connection has ended; release each. What is wrong closes the connection."""
        try:
            while (piece := self._receive()) != b"":
                if not self._is_closing:
                    try:
                        self._keep_time()
                        yield from self._read(piece or b"")
                    except _Closing as closing:
                        self.close(closing.code, closing.reason)
        finally:
            if self._arriving is not None:
                self._arriving.release()

    def send(self, event: events.Event) -> None:
        """Send; OSError when the client has gone, does not take it within 10 s, or the connection is closing."""
        with self._sending:
            try:
                with gevent.Timeout(_SEND_S, hung_up()):
                    self._sock.sendall(self._protocol.send(event))
            except LocalProtocolError as error:
                raise hung_up() from error
            except OSError:
                self.hang_up()
                raise

    def close(self, code: int, reason: str) -> None:
        """Tell the client why, and hang up when it has closed too, or after 2 s."""
        if not self._is_closing:
            self._is_closing = True
            self.send(events.CloseConnection(code, reason))
            self._sock.shutdown(socket.SHUT_WR)
            gevent.spawn_later(_CLOSE_S, self.hang_up)

    def hang_up(self) -> None:
        """End the connection at once; whoever receives finds its end."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _receive(self) -> bytes | None:
        """What has come, b"" at the end, None when it is time for something else."""
        piece: bytes | None = None
        with self._clients.wait(max(0.0, self._next_time() - time.monotonic()), False):
            try:
                piece = self._sock.recv(_PIECE)
            except OSError:  # the client broke off, or somebody hung up
                return b""
        gevent.sleep(0)  # a fast client never lets its greenlet wait, and the others would
        return piece

    def _next_time(self) -> float:
        if self._is_closing:
            return time.monotonic() + _CLOSE_S
        times = [self._ping_at]
        if self._pinged_at is not None:
            times.append(self._pinged_at + PONG_S)
        if self._arriving is not None:
            times.append(self._arriving.begun_at + _MESSAGE_S)
        return min(times)

    def _keep_time(self) -> None:
        """Ping when it is time; _Closing for a client that does not answer or is slow."""
        now = time.monotonic()
        if self._arriving is not None and now >= self._arriving.begun_at + _MESSAGE_S:
            raise _Closing(CloseReason.POLICY_VIOLATION, f"expected all of a message within {_MESSAGE_S:g} s")
        if self._pinged_at is not None and now >= self._pinged_at + PONG_S:
            raise _Closing(CloseReason.INTERNAL_ERROR, f"expected a pong within {PONG_S:g} s")
        if now >= self._ping_at:
            self._ping_at = now + PING_S
            self._pinged_at = self._pinged_at or now
            self.send(events.Ping())

    def _read(self, piece: bytes) -> Iterator[Message]:
        self._protocol.receive_data(piece)
        for number, event in enumerate(self._protocol.events(), 1):
            if number % _EVENTS_AT_ONCE == 0:
                gevent.sleep(0)
            if isinstance(event, events.TextMessage | events.BytesMessage):
                yield from self._collect(event)
            elif isinstance(event, events.Ping):
                self.send(event.response())
            elif isinstance(event, events.Pong):
                self._pinged_at = None
            elif isinstance(event, events.CloseConnection):  # the client's, or of what is no WebSocket any more
                raise _Closing(event.code, event.reason or "")

    def _collect(self, event: events.TextMessage | events.BytesMessage) -> Iterator[Message]:
        """The message, if this is its end."""
        message = self._arriving = self._arriving or Message(is_text=isinstance(event, events.TextMessage))
        message.add(event.data.encode() if isinstance(event.data, str) else event.data, self._in_flight)
        message.fragments += event.frame_finished
        if message.size > self._limit:
            raise _Closing(CloseReason.MESSAGE_TOO_BIG, f"expected at most {self._limit} bytes in a message")
        if message.fragments > _MOST_FRAGMENTS:
            raise _Closing(CloseReason.MESSAGE_TOO_BIG, f"expected at most {_MOST_FRAGMENTS} fragments")
        if event.message_finished:
            message.whole_at, self._arriving = time.monotonic(), None
            yield message


class _Closing(Exception):  # noqa: N818  no error: this is how a connection ends
    """Close with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason
