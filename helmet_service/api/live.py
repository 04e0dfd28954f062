"""`/v1/live/{client}`: who wears a helmet, frame after frame."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from flask import Blueprint, Response

from helmet_service.api.compliance import compliance_json, load_compliance
from helmet_service.api.live_streams import Frame, LiveClients, add_live_route
from helmet_service.api.system import limits
from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_json
from helmet_service.verdicts.watching import Watcher
from helmet_service.work.judging import judge_picture
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.errors import described

PREFIX: Final = "/v1/live/"
_RULE: Final = f"{PREFIX}<client>"
_LARGEST_SEQ: Final = 2**53 - 1  # what JavaScript counts exactly


class _ComplianceFrames:
    """Frames of one stream, judged as `/v1/compliance` does, with people followed from frame to frame."""

    rule = _RULE

    def __init__(self, service: Service) -> None:
        self._service = service
        self._watcher = Watcher()

    def hello(self, client: str) -> dict[str, Any]:
        """The client's name and its limits."""
        return {"hello": client, "limits": limits(self._service)}

    def request_of(self, frame: Frame) -> tuple[int, object]:
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

    def answer(self, request: object, at_s: float, stages: Stages, until: ExitStack) -> dict[str, Any]:
        """The compliance object of a frame."""
        asked = load_compliance(self._service, request)
        judged = judge_picture(self._service, asked, stages, until)
        return compliance_json(self._service, asked, judged, stages, self._watcher.step(judged.judged, at_s))


def live(service: Service, clients: LiveClients) -> Blueprint:
    """The blueprint of the live surface."""

    def let_in(client: str) -> Response:
        return clients.let_in("client", client, _ComplianceFrames(service))

    surface = Blueprint("live", __name__)
    add_live_route(surface, _RULE, let_in)
    return surface
