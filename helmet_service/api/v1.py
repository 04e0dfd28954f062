"""v1: our own surface, in JSON or as a form with the picture as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, g, request

from helmet_service import answers
from helmet_service.drawing import annotate
from helmet_service.pictures import Picture
from helmet_service.problems import refusal, shown
from helmet_service.request_body import parse_form, parse_json
from helmet_service.schemas import ComplianceRequest, PosesRequest, load
from helmet_service.state import current_service
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.fragments import whole_people
from helmet_service.verdicts.judge import Judgement, judge
from helmet_service.verdicts.legacy_rule import legacy_judgement
from pose import Estimate, Person
from pose.drawing import draw_skeletons

v1: Final = Blueprint("v1", __name__, url_prefix="/v1")


@v1.post("/compliance")
def compliance() -> dict[str, Any]:
    """Who wears a helmet: load the request, decode the picture, find the people, judge them, answer."""
    service = current_service()
    service.admit(g.body.most_bytes, g.at_end)
    most = service.settings.max_hats
    asked = load(ComplianceRequest(), _read_fields(), {"hats": most, "vests": most})
    hats, vests = _hats(asked), _vests(asked)
    picture = service.decode(asked["picture"], "picture", g.stages)
    estimate = service.estimate(picture.pixels, g.stages)
    with g.stages.stage("matching"):
        people = estimate.people if asked["matcher"] == "legacy" else whole_people(estimate.people)
        judgement = _judge(asked, picture, people, estimate.scale, hats)
    service.metrics.judged((verdict.status, verdict.reason) for verdict in judgement.people)
    answer = {
        "id": asked["id"],
        "picture": answers.picture_json(picture),
        "hats_from": "request",
        "people": answers.judged_people(people, judgement, vests, asked["include"]),
        "unmatched_hats": answers.unmatched_hats(judgement),
        "summary": answers.summary(judgement),
    }
    if "annotated" in asked["include"]:
        with service.drawing(g.stages):
            answer["annotated"] = answers.annotated_json(annotate(picture.pixels, people, judgement, hats))
    return answer | _model_and_timings(estimate)


@v1.post("/poses")
def poses() -> dict[str, Any]:
    """Where everybody's keypoints are: load the request, decode the picture, find the people, answer."""
    service = current_service()
    service.admit(g.body.most_bytes, g.at_end)
    asked = load(PosesRequest(), _read_fields(), {})
    picture = service.decode(asked["picture"], "picture", g.stages)
    estimate = service.estimate(picture.pixels, g.stages)
    answer = {
        "picture": answers.picture_json(picture),
        "people": answers.found_people(estimate.people, asked["format"], picture.width, picture.height),
    }
    if "annotated" in asked["include"]:
        with service.drawing(g.stages):
            answer["annotated"] = answers.annotated_json(draw_skeletons(picture.pixels, estimate.people))
    return answer | _model_and_timings(estimate)


def _read_fields() -> object:
    """The body's JSON, or the fields of a form with the file as `picture`; Problem 415 when it is neither."""
    if request.mimetype == "multipart/form-data":
        return parse_form(g.body.read(), request.content_type or "")
    if request.mimetype == "application/json" or request.mimetype.endswith("+json"):
        return parse_json(g.body.read())
    got = shown(request.mimetype) or "nothing"
    raise refusal(415, "Content-Type", "application/json or multipart/form-data", got)


def _hats(asked: dict[str, Any]) -> list[Hat]:
    return [Hat(_box(hat), hat["score"], index) for index, hat in enumerate(asked["hats"])]


def _vests(asked: dict[str, Any]) -> list[Box] | None:
    """None: nobody asked for vests."""
    return None if asked["vests"] is None else [_box(vest) for vest in asked["vests"]]


def _judge(
    asked: dict[str, Any], picture: Picture, people: Sequence[Person], scale: float, hats: Sequence[Hat]
) -> Judgement:
    width, height = picture.width, picture.height
    if asked["matcher"] == "legacy":
        return legacy_judgement(people, hats, width=width, height=height)
    return judge(
        people,
        hats,
        width=width,
        height=height,
        scale=scale,
        hat_boxes=asked["hat_boxes"],
        rules=current_service().rules,
    )


def _box(given: dict[str, Any]) -> Box:
    return Box(given["left"], given["top"], given["width"], given["height"])


def _model_and_timings(estimate: Estimate) -> dict[str, Any]:
    """Which model answered, and how long it all took."""
    return {
        "model": answers.model_json(current_service().estimator),
        "timings_ms": answers.timings_json(g.stages, estimate.timings_ms),
    }
