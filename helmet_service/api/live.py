"""`/v1/live/{client}`: lets a live client in, and answers its frames; `server/live_sockets.py` speaks WebSocket."""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import MethodNotAllowed

from helmet_service.api.compliance import compliance_json, load_compliance
from helmet_service.api.system import limits
from helmet_service.http.browser_rules import check_origin
from helmet_service.http.problems import Problem, overloaded, problem_body, refusal
from helmet_service.http.request_body import parse_json
from helmet_service.http.websocket_handshake import accept_headers
from helmet_service.observing.metrics import FrameOutcome
from helmet_service.verdicts.watching import Watcher
from helmet_service.work.judging import judge_picture
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.errors import described, shown

PREFIX: Final = "/v1/live/"
_RULE: Final = f"{PREFIX}<client>"
STREAM: Final = "helmet_service.live_stream"  # in a WSGI environment: the stream of a client that was let in
_LONGEST_NAME: Final = 128  # characters, as of `id`
_LARGEST_SEQ: Final = 2**53 - 1  # what JavaScript counts exactly
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Frame:
    """A message of a live client: a picture's file, or JSON as text. number: of the stream's messages, from 0 on.

    at_s: when it began to arrive, on the monotonic clock.
    """

    number: int
    data: bytes
    is_text: bool
    at_s: float


class LiveStream:
    """A client's frames -> their answers, one after the other. Close it: it holds one of `LIVE_MAX` places."""

    def __init__(self, service: Service, client: str, request_id: str, place: threading.Semaphore) -> None:
        self._service, self._client, self._request_id, self._place = service, client, request_id, place
        self._began = time.monotonic()
        self._watcher = Watcher()
        service.metrics.live_clients.inc()

    def hello(self) -> str:
        """The first message to the client."""
        return json.dumps({"hello": self._client, "limits": limits(self._service)})

    def answer(self, frame: Frame, about: dict[str, Any]) -> str | None:
        """The answer as JSON, a compliance object or a problem, with `seq` and what else is told about the stream.

        None when the queue is full: try again. For a thread.
        """
        stages, seq = Stages(self._service.settings.deadline_s), frame.number
        outcome: FrameOutcome = "refused"
        try:
            with ExitStack() as until:
                seq, request = _request_of(frame)
                self._service.admission.admit(until)
                answer, outcome = self._judge(request, frame.at_s - self._began, stages, until), "answered"
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
        self._service.problems.note(_RULE, problem.status, problem.reason, self._request_id)
        return problem_body(problem, self._request_id)

    def _judge(self, request: object, at_s: float, stages: Stages, until: ExitStack) -> dict[str, Any]:
        """The compliance object of a frame; Problem where there is none. at_s: since the stream began."""
        asked = load_compliance(self._service, request)
        judged = judge_picture(self._service, asked, stages, until)
        return compliance_json(self._service, asked, judged, stages, self._watcher.step(judged.judged, at_s))


class _Live:
    """The route."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = threading.Semaphore(service.settings.live_max)

    def live(self, client: str) -> Response:
        """Let the client in: 101 and its stream in the WSGI environment; Problem 400, 403, 422, 426 or 503, or 405."""
        if request.method != "GET":  # Flask gives HEAD to a view of GET, but only a GET begins a WebSocket
            raise MethodNotAllowed(["GET"])
        accept_headers(request.headers)
        check_origin(request.origin, request.headers.get("Host"), self._service.settings.origins())
        if not (client.isprintable() and len(client) <= _LONGEST_NAME):
            raise refusal(422, "client", f"1 to {_LONGEST_NAME} printable characters", shown(client))
        self._service.check_ready()
        if not self._places.acquire(blocking=False):
            expected = f"fewer than {self._service.settings.live_max} live clients of this worker"
            raise overloaded("live_full", expected, "as many already")
        request.environ[STREAM] = LiveStream(self._service, client, g.request_id, self._places)
        return Response(status=101)


def _request_of(frame: Frame) -> tuple[int, object]:
    """A frame's `seq`, by default its number, and the rest of it as a request of `/v1/compliance`.

    Problem 400 or 413 as for other bodies, 422 for a wrong `seq`.
    """
    if not frame.is_text:
        return frame.number, {"picture": frame.data}
    asked = parse_json(frame.data, "message")
    seq = asked.pop("seq", None) if isinstance(asked, dict) else None
    if seq is None:
        return frame.number, asked
    if type(seq) is not int or not 0 <= seq <= _LARGEST_SEQ:  # a boolean is an int, too
        raise refusal(422, "seq", f"a whole number from 0 to {_LARGEST_SEQ}", described(seq))
    return seq, asked


def live(service: Service) -> Blueprint:
    """The blueprint of the live surface."""
    surface, routes = Blueprint("live", __name__), _Live(service)
    for websocket in (True, False):  # werkzeug lets one rule take only one of both, and the other gets a 400
        surface.add_url_rule(_RULE, view_func=routes.live, methods=["GET"], websocket=websocket)
    return surface
