"""Live streams of all surfaces: clients are let in, frames answered; `server/live_sockets.py` speaks WebSocket."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Protocol

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import MethodNotAllowed

from helmet_service.http.browser_rules import check_origin
from helmet_service.http.problems import Problem, overloaded, problem_body, refusal
from helmet_service.http.websocket_handshake import accept_headers
from helmet_service.observing.metrics import FrameOutcome
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.errors import shown

STREAM: Final = "helmet_service.live_stream"  # in a WSGI environment: the stream of a client that was let in
_LONGEST_NAME: Final = 128  # characters, as of `id`
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Frame:
    """A message of a live client: a picture's file, or text. number: of the stream's messages, from 0 on.

    at_s: when it began to arrive, on the monotonic clock.
    """

    number: int
    data: bytes
    is_text: bool
    at_s: float


class FrameAnswers(Protocol):
    """How a surface answers the frames of one stream. rule: its route, as Flask writes it."""

    rule: str

    def hello(self, client: str) -> dict[str, Any] | None:
        """The first message to the client; None: it hears nothing before its first frame."""
        ...

    def request_of(self, frame: Frame) -> tuple[int, object]:
        """A frame's `seq` and its request. Raises Problem for a message that is none."""
        ...

    def answer(self, request: object, at_s: float, stages: Stages, until: ExitStack) -> dict[str, Any]:
        """The answer to a request. at_s: since the stream began. Raises Problem where there is none."""
        ...


class LiveStream:
    """A client's frames -> their answers, one after the other. Close it: it holds one of `LIVE_MAX` places."""

    def __init__(
        self, service: Service, client: str, request_id: str, place: threading.Semaphore, answers: FrameAnswers
    ) -> None:
        self._service, self._client, self._request_id, self._place = service, client, request_id, place
        self._answers = answers
        self._began = time.monotonic()
        service.metrics.live_clients.inc()

    def hello(self) -> str | None:
        """The first message to the client, if there is one."""
        hello = self._answers.hello(self._client)
        return None if hello is None else json.dumps(hello)

    def answer(self, frame: Frame, about: dict[str, Any]) -> str | None:
        """The answer as JSON, the surface's or a problem, with `seq` and what else is told about the stream.

        None when the queue is full: try again. For a thread.
        """
        stages, seq = Stages(self._service.settings.deadline_s), frame.number
        outcome: FrameOutcome = "refused"
        try:
            with ExitStack() as until:
                seq, request = self._answers.request_of(frame)
                self._service.admission.admit(until)
                answer = self._answers.answer(request, frame.at_s - self._began, stages, until)
                outcome = "answered"
        except Problem as problem:
            if problem.reason == "queue_full":
                return None
            answer = self._problem(problem)
        except Exception:  # noqa: BLE001  the stream goes on
            _LOG.exception("a frame of request %s failed", self._request_id)
            self._service.metrics.faults.inc()
            answer = self._problem(Problem(500, self._request_id))
        self._service.metrics.live_frame(outcome, stages.timings_ms, stages.total_ms())
        return json.dumps({**answer, "seq": seq, **about})

    def close(self) -> None:
        """Give the place back."""
        self._service.metrics.live_clients.dec()
        self._place.release()

    def _problem(self, problem: Problem) -> dict[str, Any]:
        """Note a frame's problem, and return its answer."""
        self._service.problems.note(self._answers.rule, problem.status, problem.reason, self._request_id)
        return problem_body(problem, self._request_id)


class LiveClients:
    """Lets the live clients of all surfaces in, at most `LIVE_MAX` of a worker."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = threading.Semaphore(service.settings.live_max)

    def let_in(self, key: str, client: str, answers: FrameAnswers) -> Response:
        """Let a client in: 101 and its stream in the WSGI environment; Problem 400, 403, 422, 426 or 503, or 405.

        key: what the route calls the client's name.
        """
        if request.method != "GET":  # Flask gives HEAD to a view of GET, but only a GET begins a WebSocket
            raise MethodNotAllowed(["GET"])
        accept_headers(request.headers)
        check_origin(request.origin, request.headers.get("Host"), self._service.settings.origins())
        if not (client.isprintable() and len(client) <= _LONGEST_NAME):
            raise refusal(422, key, f"1 to {_LONGEST_NAME} printable characters", shown(client))
        self._service.check_ready()
        if not self._places.acquire(blocking=False):
            expected = f"fewer than {self._service.settings.live_max} live clients of this worker"
            raise overloaded("live_full", expected, "as many already")
        request.environ[STREAM] = LiveStream(self._service, client, g.request_id, self._places, answers)
        return Response(status=101)


def add_live_route(surface: Blueprint, rule: str, view: Callable[[str], Response]) -> None:
    """Add a route whose view lets clients in."""
    for websocket in (True, False):  # werkzeug lets one rule take only one of both, and the other gets a 400
        surface.add_url_rule(rule, view_func=view, methods=["GET"], websocket=websocket)
