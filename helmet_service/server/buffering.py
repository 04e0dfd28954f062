"""The application behind a buffer: greenlets wait for clients, and a thread has a request only while it works on it."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, suppress
from typing import Any, Final

import gevent  # type: ignore[import-untyped]
import gevent.lock  # type: ignore[import-untyped]
from gevent.threadpool import ThreadPool  # type: ignore[import-untyped]
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]
from werkzeug.wsgi import ClosingIterator

from helmet_service.api.camera_frames import Frames
from helmet_service.http.long_answers import LONG
from helmet_service.http.problems import Problem, refusal
from helmet_service.http.request_body import BODY_PROBLEM, broken_off
from helmet_service.server.camera_streams import CameraStreams, is_camera_stream
from helmet_service.server.memory import BodyOnce, answer_and_free
from helmet_service.server.uploads import Uploads
from helmet_service.server.waiting import PIECE, WaitingClients, hung_up, in_thread, read_piece
from helmet_service.video.jobs import Jobs
from helmet_service.work.admission import queue_full
from helmet_service.work.service import Service

_BODY_S, _ANSWER_S, _REST_S = 10.0, 10.0, 5.0  # the rest: of a body, when its request is answered
_PROBES: Final = ("/healthz", "/readyz", "/metrics")  # wait for no other request's thread
_WITH_BODY: Final = ("POST", "PUT")
_WITHOUT_NETWORK: Final = ("/v1/cameras/", "/v1/alarms/")  # answered while the network is busy, or not yet loaded
# A refusal costs a worker 0.5 ms: clients that come again at once would take the time of those who are answered.
_REFUSALS_AT_ONCE, _EACH_S, _PAUSE_S = 50, 0.5, 1.0


class Buffering:
    """A WSGI application for greenlets, made of one for threads."""

    def __init__(
        self, app: Callable[..., Iterable[bytes]], service: Service, jobs: Jobs, clients: WaitingClients
    ) -> None:
        self._app, self._admission, self._clients = app, service.admission, clients
        self.threads, self._probe_threads = ThreadPool(service.capacity.threads), ThreadPool(2)
        self._file_threads = ThreadPool(2)  # for what greenlets do on the disk
        self._uploads = Uploads(service, jobs, clients, self._file_threads)
        self._streams = CameraStreams(service, Frames(service.settings), clients, self._file_threads)
        self._limit, self._body_s = 1_000_000 * service.settings.max_body_mb, min(_BODY_S, service.settings.deadline_s)
        self._refusals = gevent.lock.BoundedSemaphore(_REFUSALS_AT_ONCE)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> ClosingIterator:
        """Receive the body, have the request answered in a thread, send the answer."""
        stream = environ["wsgi.input"]
        with ExitStack() as until_answered:
            try:
                environ["wsgi.input"] = self._receive(environ, until_answered)
            except Problem as problem:
                environ["wsgi.input"], environ[BODY_PROBLEM] = io.BytesIO(), problem
            threads = self._probe_threads if environ["PATH_INFO"] in _PROBES else self.threads
            answer = threads.apply(answer_and_free, (self._app, environ, start_response))
        sending = self._send(answer, stream, environ.get(LONG))
        return ClosingIterator(sending, [sending.close, answer.close])

    def _receive(self, environ: dict[str, Any], until_answered: ExitStack) -> BodyOnce:
        """The body, but for those that are taken while they arrive."""
        if self._uploads.takes(environ):
            self._uploads.receive(environ, until_answered)
        elif is_camera_stream(environ):
            self._streams.receive(environ, until_answered)
        else:
            return self._whole(environ, until_answered)
        return BodyOnce()

    def _whole(self, environ: dict[str, Any], until_answered: ExitStack) -> BodyOnce:
        """The body if it is wanted; Problem 503 when it would be refused or there is no memory, 408 when it is late."""
        if environ["REQUEST_METHOD"] not in _WITH_BODY or int(environ.get("CONTENT_LENGTH") or 0) > self._limit:
            return BodyOnce()
        if not environ["PATH_INFO"].startswith(_WITHOUT_NETWORK):
            self._refuse_if_full()
        body = BodyOnce()
        until_answered.callback(body.close)  # a problem's traceback would keep it for longer
        late = refusal(408, "body", f"all of it within {self._body_s:g} s", "a part")
        try:
            with self._clients.wait(self._body_s, late):
                while body.tell() <= self._limit and (piece := read_piece(environ["wsgi.input"])):
                    until_answered.enter_context(self._admission.in_flight.holding(len(piece)))
                    body.write(piece)
        except (ParseException, NoMoreData) as error:  # in chunks
            raise broken_off(body.tell()) from error
        body.seek(0)
        return body

    def _refuse_if_full(self) -> None:
        """Problem 503 where the network could not take another request."""
        if self._admission.queue.is_full() and self._refusals.acquire(timeout=_PAUSE_S):
            gevent.spawn_later(_EACH_S, self._refusals.release)
        if not self._admission.is_admitting():
            raise queue_full()

    def _send(self, answer: Iterable[bytes], stream: io.RawIOBase, pause_s: float | None) -> Generator[bytes]:
        """The answer; then discard the rest of the body, as the kernel resets a connection with unread bytes."""
        if pause_s is None:
            with self._clients.wait(_ANSWER_S, hung_up()):
                yield from answer
                yield b""  # at which gunicorn sends the head of an empty answer
        else:
            yield from self._send_long(answer, pause_s)
        with suppress(ParseException), self._clients.wait(_REST_S, hung_up()):
            for _ in range(2 * self._limit // PIECE):
                if not read_piece(stream):
                    return
        raise hung_up()

    def _send_long(self, answer: Iterable[bytes], pause_s: float) -> Generator[bytes]:
        """The answer piece by piece, each of which the client has to take in time."""
        pieces = iter(answer)
        while (piece := in_thread(self._file_threads, next, pieces, None)) is not None:
            with self._clients.wait(_ANSWER_S, hung_up()):
                yield piece
            gevent.sleep(0 if piece else pause_s)
        yield b""
