"""gunicorn's gthread worker, made safe from slow clients: a request takes a thread only when all of it is there.

gthread parses heads and reads bodies in its threads, so that as many half-sent ones as there are threads stop a worker,
health and all; and it closes connections in its main loop, where it waits up to 2 s for each client. Here the main
loop collects heads and bodies and sees clients off, and waits for no client. Two kinds of bodies are read in threads:
chunked ones, and those that a client sends after `100 Continue` only. `Service.admit` bounds how many.
"""

from __future__ import annotations

import errno
import json
import math
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

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from helmet_service.http.problems import Problem, problem_body
from helmet_service.http.request_body import PATIENCE_S
from helmet_service.http.request_ids import new_request_id
from helmet_service.http.timed_socket import SENDING_S, TimedSocket
from helmet_service.observing import logs
from helmet_service.work.service import EXTENSION, Service

# All workers hear of a client, and one that has none yet shall take it: two cameras that keep their connections to the
# same worker get 28 answers a second instead of 38 (docs/decisions/0006-two-workers-two-threads-each.md).
_GIVING_WAY_S: Final = 0.002
_GIVING_WAY_UNLOADED_S: Final = 0.01  # a worker that loads its model would refuse what another can answer
_GIVING_WAY_UNTIL: Final = 16  # connections: the main loop does nothing else meanwhile, so not in a flood
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
_STATUSES: Final = {LimitRequestLine: 414, LimitRequestHeaders: 431}
# Where these are the case, a body comes by itself and is as long as that. gunicorn's parser has the last word.
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?=\r\n)", re.IGNORECASE)
_COMES_OTHERWISE: Final = re.compile(rb"\r\n(?:transfer-encoding|expect)[ \t]*:", re.IGNORECASE)
_PIECE: Final = 1 << 13
_PIECE_OF_A_BODY: Final = 1 << 18
_DISCARDED_AT_ONCE: Final = 1 << 20


class _Connection(TConn):  # type: ignore[misc]
    """A client's connection.

    see_off: closes it when the client has what was sent. unread: how much may still be discarded for that, in bytes.
    delays_end: a worker that stops waits until it is closed. missing: bytes of the body that are still to come; held:
    those that came and count in the worker's `_held`.
    """

    delays_end = False
    missing = 0
    held = 0

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
        self.add(data)
        head: bytes = self.parser.unreader.buf.getvalue()
        return head

    def add(self, data: bytes) -> None:
        """What has come, for gunicorn's parser."""
        buffer = self.parser.unreader.buf
        buffer.seek(0, 2)
        buffer.write(data)


class Worker(ThreadWorker):  # type: ignore[misc]
    """What overrides gunicorn's methods is called by gunicorn; all but `handle_request` in the main loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._probe_threads = ThreadPoolExecutor(_PROBE_THREADS)
        # Each with its time, in the order of these.
        self._with_half_a_head: dict[_Connection, float] = {}
        self._with_half_a_body: dict[_Connection, float] = {}
        self._paused: dict[_Connection, float] = {}
        self._seen_off: dict[_Connection, float] = {}
        self._held = 0  # bytes of bodies that were collected here, until their requests are answered
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
        if self.cfg.workers > 1 and self.nr_conns < _GIVING_WAY_UNTIL:
            self._give_way()
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

    def handle_error(self, _request: Any, client: Any, _address: Any, error: Exception) -> None:  # noqa: ANN401
        """What came is no request; in a thread. It may hold keys and pictures, so neither log nor answer repeat it."""
        status = 500
        if isinstance(error, ParseException):
            status = _STATUSES.get(type(error), 400)
        else:
            self.log.error("a request failed before the service had it", exc_info=error)
        with suppress(OSError):
            client.sendall(self._refuse_unparsed(status, type(error).__name__))

    def _refuse_unparsed(self, status: int, why: str) -> bytes:
        """Count a request that the service never sees; returns the answer."""
        request_id = new_request_id()
        problem = Problem(status, f"not a request in HTTP/1.1 ({why})", reason="malformed")
        metrics = self._service.metrics
        metrics.answered("other", status, {}, 0)
        if status != 500:
            metrics.rejected(problem.reason)
        logs.access("-", "other", status, 0, problem.reason, request_id)
        told = problem_body(problem, request_id)
        body = json.dumps(told).encode()
        lines = (
            f"HTTP/1.1 {status} {told['title']}",
            "Connection: close",
            "Content-Type: application/problem+json",
            f"Content-Length: {len(body)}",
            f"X-Request-Id: {request_id}",
        )
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body

    def finish_request(self, conn: _Connection, done: Any) -> None:  # noqa: ANN401
        """A request was answered, or its client has gone."""
        self._let_go(conn)
        super().finish_request(conn, done)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take new clients or not; when the worker stops, leave none to wait for it."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

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
            self._drop(conn, self._with_half_a_head)
        for conn in _due(self._with_half_a_body, now):
            self._take_with_body(conn, awaits=False)
        for conn in _due(self._seen_off, now):
            self._forget(conn, self._seen_off)
        while len(self._seen_off) > self.worker_connections:
            self._forget(next(iter(self._seen_off)), self._seen_off)
        if self.nr_conns >= self.worker_connections or self._is_short_of_files:
            self._is_short_of_files = False
            self._make_room()

    def _give_way(self) -> None:
        if not self._service.network.is_loaded():
            time.sleep(_GIVING_WAY_UNLOADED_S)
        elif self.nr_conns:
            time.sleep(_GIVING_WAY_S)

    @property
    def _service(self) -> Service:
        service: Service = self.wsgi.extensions[EXTENSION]
        return service

    @property
    def _body_s(self) -> float:
        """How long a body may take from the end of its head."""
        return min(PATIENCE_S, self._service.settings.deadline_s)

    def _collect(self, conn: _Connection, _: object = None) -> None:
        try:
            data = conn.sock.receive_now(_PIECE)
            has_ended = not data
        except BlockingIOError:
            data, has_ended = b"", False
        except OSError:
            data, has_ended = b"", True
        received = conn.add_to_head(data)
        head, is_whole, body = received.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if is_whole:
            self._no_longer(conn, self._with_half_a_head)
            length = self._length_of_body(head + b"\r\n")
            conn.missing = length - len(body)
            conn.sock.awaits_body = not 0 < length <= len(body)
            conn.sock.body_by = math.inf
            if conn.missing > 0:
                self._await_body(conn)
            else:
                self._take(conn, head)
        elif has_ended:
            self._drop(conn, self._with_half_a_head)
        elif len(received) > _LONGEST_HEAD:
            with suppress(OSError):  # for nobody: it does not wait until there is room
                conn.sock.send(self._refuse_unparsed(431, "LimitRequestHeaders"))
            self._no_longer(conn, self._with_half_a_head)
            self.nr_conns -= 1
            self._see_off(conn)

    def _length_of_body(self, head: bytes) -> int:
        """Bytes of a body that is worth waiting for here; 0 where there is none, or a thread can refuse it as it is."""
        lengths = _LENGTH.findall(head)
        comes_by_itself = len(lengths) == 1 and not _COMES_OTHERWISE.search(head)
        if not head.startswith(b"POST ") or not comes_by_itself or not self._service.is_taking():
            return 0
        length = int(lengths[0])
        return length if length <= self._service.settings.max_body_mb * 1_000_000 else 0

    def _await_body(self, conn: _Connection) -> None:
        conn.sock.body_by = self._with_half_a_body[conn] = time.monotonic() + self._body_s
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._collect_body, conn))
        self._collect_body(conn)

    def _collect_body(self, conn: _Connection, _: object = None) -> None:
        try:
            data = conn.sock.receive_now(_PIECE_OF_A_BODY)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        conn.add(data)
        conn.missing -= len(data)
        conn.held += len(data)
        self._held += len(data)
        if conn.missing <= 0 or not data:
            self._take_with_body(conn, awaits=False)
        elif self._held > self._service.settings.in_flight_mb * 1_000_000:
            self._take_with_body(conn, awaits=True)

    def _take_with_body(self, conn: _Connection, *, awaits: bool) -> None:
        """With what has come of it: a thread finds out what is wrong with it, and whether its time is over."""
        conn.sock.awaits_body = awaits
        self._no_longer(conn, self._with_half_a_body)
        self._take(conn, b"POST ")

    def _let_go(self, conn: _Connection) -> None:
        self._held -= conn.held
        conn.held = 0

    def _take(self, conn: _Connection, head: bytes) -> None:
        """Give a thread to a request; to those that will be refused not to all at once."""
        if head.startswith(b"POST ") and self._service.admission.queue.is_full():
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
        """A client that has its answer, has not sent a whole request, or is between two requests, can come again."""
        both = ((self._with_half_a_head, _HEAD_S), (self._with_half_a_body, self._body_s))
        unfinished = {next(iter(waiting.values())) - seconds: waiting for waiting, seconds in both if waiting}
        if self._seen_off:
            self._forget(next(iter(self._seen_off)), self._seen_off)
        elif unfinished:
            longest = unfinished[min(unfinished)]
            self._drop(next(iter(longest)), longest)
        elif self.keepalived_conns:
            self.keepalived_conns[0].timeout = 0.0
            self.murder_keepalived()

    def _drop(self, conn: _Connection, waiting: dict[_Connection, float]) -> None:
        self.nr_conns -= 1
        self._let_go(conn)
        self._forget(conn, waiting)

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
