"""gunicorn's gthread worker, made safe from slow clients: a request takes a thread only when its head is whole.

gthread parses heads in its threads and waits there without an end, so that as many half-sent ones as there are threads
stop a worker, health and all; and it closes connections in its main loop, where it waits up to 2 s for each client.
Here the main loop collects heads and sees clients off, and waits for no client.
"""

from __future__ import annotations

import errno
import re
import selectors
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from helmet_service.state import EXTENSION, Service
from helmet_service.timed_socket import SENDING_S, TimedSocket

# All workers hear of a client, and one that has none yet shall take it: two cameras that keep their connections to the
# same worker get 28 answers a second instead of 38 (docs/decisions/0006-two-workers-two-threads-each.md).
_GIVING_WAY_S: Final = 0.002
_HEAD_S: Final = 5.0  # from the connection, or the first byte of a later request, to the end of its head
_LONGEST_HEAD: Final = 64_000
_SEEING_OFF_S: Final = 5.0
# A refusal costs a worker 0.5 ms. Clients that come again at once would take the time of those who are answered.
_REFUSALS_PER_S: Final = 100
_REFUSED_AT_ONCE: Final = 50
_LONGEST_PAUSE_S: Final = 1.0  # when a refused client may come again: Retry-After
# What is asked to see how the service does waits for no other request's thread. No client can hold the threads for that
# long: a connection ends behind each short answer, which finds the buffers empty, and no body is received.
_PROBES: Final = re.compile(rb"(?:GET|HEAD) /(?:healthz|readyz|metrics)[ ?]")
_PROBE_THREADS: Final = 2
_PROBE_SENDING_S: Final = 1.0
_HEAD_TOO_LONG: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)
_PIECE: Final = 1 << 13
_DISCARDED_AT_ONCE: Final = 1 << 20


class _Connection(TConn):  # type: ignore[misc]
    """A client's connection.

    see_off: closes it when the client has what was sent. unread: how much may still be discarded for that, in bytes.
    delays_end: a worker that stops waits until it is closed.
    """

    delays_end = False

    def __init__(self, see_off: Callable[[_Connection], None], unread: int, *about: Any) -> None:  # noqa: ANN401
        super().__init__(*about)
        self.see_off = see_off
        self.unread = unread

    def close(self, graceful: bool = False) -> None:
        """Called by gunicorn in its main loop."""
        if graceful:
            self.see_off(self)
        else:
            super().close()

    def add_to_head(self, data: bytes) -> bytes:
        """What has come of the next request, with this."""
        buffer = self.parser.unreader.buf
        buffer.seek(0, 2)
        buffer.write(data)
        head: bytes = buffer.getvalue()
        return head


class Worker(ThreadWorker):  # type: ignore[misc]
    """What overrides gunicorn's methods is called by gunicorn; all but `handle_request` in the main loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._probe_threads = ThreadPoolExecutor(_PROBE_THREADS)
        # Each with its time, in the order of these.
        self._with_half_a_head: dict[_Connection, float] = {}
        self._paused: dict[_Connection, float] = {}
        self._seen_off: dict[_Connection, float] = {}
        self._refusing_from = 0.0
        self._is_short_of_files = False

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:  # noqa: ANN401
        """Called once, in the master."""
        super().check_config(cfg, log)
        if cfg.is_ssl:
            log.error("certfile, keyfile: expected none, as a proxy in front does TLS (deploy/nginx.conf)")
            sys.exit(78)

    def accept(self, listener: socket.socket) -> None:
        """A client has come."""
        if self.nr_conns and self.cfg.workers > 1:
            time.sleep(_GIVING_WAY_S)
        try:
            plain, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._is_short_of_files = True
            elif error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        unread = 2 * self._service.settings.max_body_mb * 1_000_000
        conn = _Connection(self._see_off, unread, self.cfg, TimedSocket.of(plain), client, listener.getsockname())
        conn.init()
        self.enqueue_req(conn)

    def enqueue_req(self, conn: _Connection) -> None:
        """A connection may have something of its next request."""
        self._with_half_a_head[conn] = time.monotonic() + _HEAD_S
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._collect, conn))
        self._collect(conn)

    def handle_request(self, req: Any, conn: _Connection) -> bool:  # noqa: ANN401
        """A head is parsed; in a thread."""
        conn.sock.owes_continue = req._expected_100_continue
        req._expected_100_continue = False  # it would be sent before anybody knows whether the body is wanted
        if self.nr_conns >= self.worker_connections or conn.sock.ends_unread:
            req.force_close()
        keep: bool = super().handle_request(req, conn)
        return keep

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens next, and no longer than until the first pause ends."""
        now = time.monotonic()
        pause_ends = next(iter(self._paused.values()), now + timeout)
        super().wait_for_and_dispatch_events(min(timeout, max(0.0, pause_ends - now)))
        self._end_pauses()

    def murder_pending(self) -> None:
        """Close what has waited too long; when there are too many connections, also some that have not yet.

        Not where they come, as the poller may have told of those that are closed.
        """
        now = time.monotonic()
        for conn in _due(self._with_half_a_head, now):
            self._drop(conn)
        for conn in _due(self._seen_off, now):
            self._forget(conn, self._seen_off)
        while len(self._seen_off) > self.worker_connections:
            self._forget(next(iter(self._seen_off)), self._seen_off)
        if self.nr_conns >= self.worker_connections or self._is_short_of_files:
            self._is_short_of_files = False
            self._make_room()

    @property
    def _service(self) -> Service:
        service: Service = self.wsgi.extensions[EXTENSION]
        return service

    def _collect(self, conn: _Connection, _: object = None) -> None:
        try:
            data = conn.sock.receive_now(_PIECE)
            has_ended = not data
        except BlockingIOError:
            data, has_ended = b"", False
        except OSError:
            data, has_ended = b"", True
        head = conn.add_to_head(data).lstrip(b"\r\n")
        if b"\r\n\r\n" in head:
            self._no_longer(conn, self._with_half_a_head)
            self._take(conn, head)
        elif has_ended:
            self._drop(conn)
        elif len(head) > _LONGEST_HEAD:
            with suppress(OSError):  # for nobody: it does not wait until there is room
                conn.sock.send(_HEAD_TOO_LONG)
            self._no_longer(conn, self._with_half_a_head)
            self.nr_conns -= 1
            self._see_off(conn)

    def _take(self, conn: _Connection, head: bytes) -> None:
        """Give a thread to a request; to those that will be refused not to all at once."""
        if head.startswith(b"POST ") and self._service.queue.is_full():
            now = time.monotonic()
            turn = max(self._refusing_from, now - _REFUSED_AT_ONCE / _REFUSALS_PER_S)
            turn = min(turn, now + _LONGEST_PAUSE_S)
            self._refusing_from = turn + 1 / _REFUSALS_PER_S
            self._paused[conn] = turn
            self._end_pauses()
        else:
            probes = _PROBES.match(head) is not None
            if probes:
                conn.sock.ends_unread = True
            self._start(conn, self._probe_threads if probes else self.tpool)

    def _end_pauses(self) -> None:
        for conn in _due(self._paused, time.monotonic()):
            del self._paused[conn]
            self._start(conn, self.tpool)

    def _start(self, conn: _Connection, threads: ThreadPoolExecutor) -> None:
        conn.sock.receive_by = time.monotonic() + _HEAD_S
        conn.sock.expect_answer(_PROBE_SENDING_S if conn.sock.ends_unread else SENDING_S)
        handled = threads.submit(self.handle, conn)
        handled.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def _make_room(self) -> None:
        """A client that has its answer, has not sent a whole head, or is between two requests, can come again."""
        if self._seen_off:
            self._forget(next(iter(self._seen_off)), self._seen_off)
        elif self._with_half_a_head:
            self._drop(next(iter(self._with_half_a_head)))
        elif self.keepalived_conns:
            self.keepalived_conns[0].timeout = 0.0
            self.murder_keepalived()

    def _drop(self, conn: _Connection) -> None:
        self.nr_conns -= 1
        self._forget(conn, self._with_half_a_head)

    def _see_off(self, conn: _Connection) -> None:
        """Close a connection when its client has closed, discarding what still comes until then.

        With bytes unread the kernel would send a reset, at which the client may lose the answer.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            conn.close()
            return
        conn.delays_end = not self.alive  # gunicorn ends when it counts no connections
        self.nr_conns += conn.delays_end
        self._seen_off[conn] = time.monotonic() + _SEEING_OFF_S
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))
        self._discard(conn)

    def _discard(self, conn: _Connection, _: object = None) -> None:
        try:
            data = conn.sock.receive_now(_DISCARDED_AT_ONCE)
            conn.unread -= len(data)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or conn.unread <= 0:
            self._forget(conn, self._seen_off)

    def _forget(self, conn: _Connection, waiting: dict[_Connection, float]) -> None:
        self._no_longer(conn, waiting)
        self.nr_conns -= conn.delays_end
        conn.close()

    def _no_longer(self, conn: _Connection, waiting: dict[_Connection, float]) -> None:
        del waiting[conn]
        self.poller.unregister(conn.sock)


def _due(waiting: dict[_Connection, float], now: float) -> list[_Connection]:
    """Those whose time has come."""
    due = []
    for conn, at in waiting.items():
        if at > now:
            break
        due.append(conn)
    return due
