"""Frames that cameras send in multipart bodies, with and without an end: each goes to the watch when it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import gevent.lock  # type: ignore[import-untyped]
from gevent.threadpool import ThreadPool  # type: ignore[import-untyped]
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from helmet_service.api.camera_frames import FRAMES_TAKEN, Frames
from helmet_service.http.access import is_for_frames
from helmet_service.http.camera_parts import CameraParts
from helmet_service.http.problems import Problem, overloaded, refusal
from helmet_service.http.request_body import broken_off, refuse_packed
from helmet_service.server.arriving import read_until_closed, read_what_came
from helmet_service.server.letting_in_early import let_in_early
from helmet_service.server.waiting import WaitingClients, in_thread
from helmet_service.work.service import Service
from pose.pictures.headers import EXPECTED, is_read

_AT_ONCE: Final = 64  # streams of a worker
_SILENCE_S: Final = 75.0  # Dahua's cameras send a heartbeat at least every 60 s, Hikvision's every few seconds


def is_camera_stream(environ: dict[str, Any]) -> bool:
    """Whether a request's body may hold many frames of a camera."""
    is_multipart = environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
    return environ["REQUEST_METHOD"] == "POST" and is_multipart and is_for_frames(environ["PATH_INFO"])


class CameraStreams:
    """Receives the multipart bodies of `POST /v1/cameras/{id}/frames`; threads: for what waits for the disk."""

    def __init__(self, service: Service, frames: Frames, clients: WaitingClients, threads: ThreadPool) -> None:
        self._service, self._frames, self._clients, self._threads = service, frames, clients, threads
        self._free = gevent.lock.BoundedSemaphore(_AT_ONCE)

    def receive(self, environ: dict[str, Any], until_answered: ExitStack) -> None:
        """Let the client in, check the head, then give the watch each picture; how many, into the environment.

        What is no whole picture is passed over, as the next one may be. Raises Problem, also where there was none.
        """
        camera, parts = in_thread(self._threads, self._checked_head, environ)
        if not self._free.acquire(blocking=False):
            raise overloaded("pushes_full", f"at most {_AT_ONCE} cameras that send frames at once", "another one")
        until_answered.callback(self._free.release)
        read_until_closed(environ)
        taken, problem = 0, refusal(422, "picture", f"a part that is {EXPECTED}", "none")
        for part in self._parts(environ, parts):
            if is_read(part):
                try:
                    in_thread(self._threads, self._frames.take, camera, part)
                    taken += 1
                except Problem as wrong:
                    problem = wrong
        if not taken:
            raise problem
        environ[FRAMES_TAKEN] = taken

    def _checked_head(self, environ: dict[str, Any]) -> tuple[str, CameraParts]:
        """The camera, and what takes its body apart; Problem for what would be refused behind the body."""
        let_in_early(environ, self._service)
        request = Request(environ)
        refuse_packed(request.headers)
        camera = self._frames.camera(request.path.split("/")[3])
        return camera, CameraParts(request.content_type or "", 1_000_000 * self._service.settings.max_body_mb)

    def _parts(self, environ: dict[str, Any], parts: CameraParts) -> Iterator[bytes]:
        """The parts as they come; what of them is not yet whole counts as a body in work."""
        in_flight = self._service.admission.in_flight
        with ExitStack() as held:
            for piece in self._pieces(environ):
                held.close()
                with in_flight.holding(parts.held + len(piece)):
                    yield from parts.feed(piece)
                held.enter_context(in_flight.holding(parts.held))
            yield from parts.end()

    def _pieces(self, environ: dict[str, Any]) -> Iterator[bytes]:
        received, length = 0, int(environ.get("CONTENT_LENGTH") or 0)
        late = refusal(408, "body", f"something every {_SILENCE_S:g} s", "nothing")
        try:
            while True:
                self._service.check_stays()
                with self._clients.wait(_SILENCE_S, late):
                    piece = read_what_came(environ["wsgi.input"])
                if not piece:
                    break
                received += len(piece)
                yield piece
        except (ParseException, NoMoreData) as error:  # in chunks
            raise broken_off(received) from error
        if received < length:
            raise broken_off(received)
