"""v1: our own surface, in JSON or as a form with the picture as a file."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, g, request

from helmet_service.api import answers
from helmet_service.api.compliance import answer_compliance
from helmet_service.api.request_schemas import PosesRequest, load
from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_form, parse_json
from helmet_service.work.service import current_service
from pose.errors import shown
from pose.pictures.drawing import draw_skeletons

v1: Final = Blueprint("v1", __name__, url_prefix="/v1")


@v1.post("/compliance")
def compliance() -> dict[str, Any]:
    """Who wears a helmet."""
    service = current_service()
    service.admit(g.body, g.at_end)
    return answer_compliance(service, _read_fields(), g.stages)


@v1.post("/poses")
def poses() -> dict[str, Any]:
    """Where everybody's keypoints are: load the request, decode the picture, find the people, answer."""
    service = current_service()
    service.admit(g.body, g.at_end)
    asked = load(PosesRequest(), _read_fields(), {})
    views = service.views(asked)
    picture = service.decode(asked["picture"], "picture", g.stages, views, drawn="annotated" in asked["include"])
    estimate = service.estimate(picture, g.stages, views)
    answer = {
        "picture": answers.picture_json(picture),
        "people": answers.found_people(estimate.people, asked["format"], picture.width, picture.height),
    }
    if "annotated" in asked["include"]:
        with service.drawing(g.stages):
            answer["annotated"] = answers.annotated_json(draw_skeletons(picture.pixels, estimate.people))
    return answer | {
        "model": answers.model_json(service.estimator),
        "timings_ms": answers.timings_json(g.stages, estimate.timings_ms),
    }


def _read_fields() -> object:
    """The body's JSON, or the fields of a form with the file as `picture`; Problem 415 when it is neither."""
    if request.mimetype == "multipart/form-data":
        return parse_form(g.body.read(), request.content_type or "")
    if request.mimetype == "application/json" or request.mimetype.endswith("+json"):
        return parse_json(g.body.read())
    got = shown(request.mimetype) or "nothing"
    raise refusal(415, "Content-Type", "application/json or multipart/form-data", got)
