"""The v1 surface: requests in JSON, or as a form with the picture as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from helmet_service.api import answers
from helmet_service.api.compliance import answer_compliance
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import PosesRequest
from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_form, parse_json
from helmet_service.work.looking import SentPicture
from helmet_service.work.service import Service
from pose.errors import shown
from pose.pictures.drawing import draw_skeletons


class _V1:
    """The routes of v1."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def compliance(self) -> dict[str, Any]:
        """Who wears a helmet: see `answer_compliance`."""
        self._service.admission.admit(g.at_end)
        return answer_compliance(self._service, _read_request(), g.stages, g.at_end)

    def poses(self) -> dict[str, Any]:
        """Where everybody's keypoints are: load the request, look at the picture, answer."""
        self._service.admission.admit(g.at_end)
        asked = load(PosesRequest(), _read_request(), {})
        is_drawn = "annotated" in asked["include"]
        sent = SentPicture(asked["picture"], "picture", looks=asked, drawn=is_drawn)
        seen = self._service.looker.look(sent, g.stages, g.at_end)
        picture, people = seen.picture, seen.estimate.people
        answer = {
            "picture": answers.picture_json(picture),
            "people": answers.found_people(people, asked["format"], picture.width, picture.height),
        }
        if is_drawn:
            with g.stages.stage("drawing"):
                answer["annotated"] = answers.annotated_json(draw_skeletons(picture.pixels, people))
        return answer | answers.model_and_timings(self._service.network.estimator, g.stages)


def v1(service: Service) -> Blueprint:
    """The blueprint of the v1 surface."""
    surface, routes = Blueprint("v1", __name__, url_prefix="/v1"), _V1(service)
    surface.post("/compliance")(routes.compliance)
    surface.post("/poses")(routes.poses)
    return surface


def _read_request() -> object:
    """The body as JSON, or a form as the same JSON with its file as `picture`; Problem 415 when it is neither."""
    if request.mimetype == "multipart/form-data":
        return parse_form(g.body.read(), request.content_type or "")
    if request.mimetype == "application/json" or request.mimetype.endswith("+json"):
        return parse_json(g.body.read())
    got = shown(request.mimetype) or "nothing"
    raise refusal(415, "Content-Type", "application/json or multipart/form-data", got)
