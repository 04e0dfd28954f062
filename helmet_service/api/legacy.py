"""The compatible surface: four routes for clients written for the ancestor; their format is frozen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, g
from marshmallow import Schema

from helmet_service.api.box_units import refuse_shares
from helmet_service.api.legacy_answers import Row, body_boxes, helmet_rows, legacy_rows, vest_rows
from helmet_service.api.request_schemas import LegacyHelmetRequest, LegacyPictureRequest, LegacyPicturesRequest, load
from helmet_service.http.request_body import parse_json
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.fragments import whole_people
from helmet_service.verdicts.judge import judge
from helmet_service.verdicts.legacy_rule import head_points, in_words, judge_legacy
from helmet_service.work.service import current_service
from pose import Estimate
from pose.pictures.decoding import Picture

ROUTES: Final = ("/", "/get_head_point", "/get_head_point_v2", "/get_body_box")

legacy: Final = Blueprint("legacy", __name__)


@legacy.post("/")
def helmets() -> dict[str, Any]:
    """Who wears a helmet (or, `alarmtype` 2, a vest)."""
    request = _load(LegacyHelmetRequest())
    form_b = request["location"] is not None
    field = "location" if form_b else "hat_location"
    boxes = [Box(**box) for box in request[field]]
    picture = _decode(request["img"][0], "img")
    refuse_shares(field, boxes, picture.width, picture.height)
    estimate = _estimate(picture)
    with g.stages.stage("matching"):
        if request["alarmtype"] == 2:
            rules = current_service().rules
            return _success("/", vest_rows(estimate.people, boxes, picture.width, picture.height, rules))
        rows = _judge_helmets(picture, estimate, boxes)
    return _success("/", [{**row, "score": 1} for row in rows] if form_b else rows)


@legacy.post("/get_head_point")
def get_head_point() -> dict[str, Any]:
    """Everybody's head points in one picture; people without any are left out."""
    picture = _decode(_load(LegacyPictureRequest())["img"][0], "img")
    points = [head_points(person) for person in _estimate(picture).people]
    return _success("/get_head_point", [person for person in points if person])


@legacy.post("/get_head_point_v2")
def get_head_point_v2() -> dict[str, Any]:
    """Everybody's head points in several pictures, in one list; people without any are empty lists."""
    texts = _load(LegacyPicturesRequest())["img"]
    estimates = [_estimate(_decode(text, f"img[{index}]")) for index, text in enumerate(texts)]
    return _success("/get_head_point_v2", [head_points(p) for estimate in estimates for p in estimate.people])


@legacy.post("/get_body_box")
def get_body_box() -> dict[str, Any]:
    """The boxes of everybody seen from neck to knee in one picture."""
    picture = _decode(_load(LegacyPictureRequest())["img"][0], "img")
    return _success("/get_body_box", body_boxes(_estimate(picture).people, picture.width, picture.height))


def code_is_text(route: str) -> bool:
    """Whether `code` is a string on a route, as the ancestor's last version of it had it or as set."""
    return route == "/" or current_service().settings.compat_code == "string"


def _load(schema: Schema) -> dict[str, Any]:
    """Let the request in, read and validate it."""
    service = current_service()
    service.admit(g.body, g.at_end)
    most_hats = service.settings.max_hats
    limits = {"img": service.settings.max_pictures, "hat_location": most_hats, "location": most_hats}
    return load(schema, parse_json(g.body.read()), limits)


def _decode(text: str, field: str) -> Picture:
    service = current_service()
    return service.decode(text, field, g.stages, service.views(), lenient=True)


def _estimate(picture: Picture) -> Estimate:
    service = current_service()
    return service.estimate(picture, g.stages, service.views())


def _judge_helmets(picture: Picture, estimate: Estimate, boxes: Sequence[Box]) -> list[Row]:
    service = current_service()
    width, height = picture.width, picture.height
    hats = [Hat(box, None, index) for index, box in enumerate(boxes)]
    if service.settings.compat_matcher == "legacy":
        verdicts = judge_legacy(estimate.people, hats, width=width, height=height)
        service.metrics.judged(in_words(verdict) for verdict in verdicts)
        return legacy_rows(verdicts)
    people, heads = whole_people(estimate.people, service.rules)
    scale, rules = estimate.scale, service.rules
    judgement = judge(people, hats, width=width, height=height, scale=scale, rules=rules, heads=heads)
    service.metrics.judged((verdict.status, verdict.reason) for verdict in judgement.people)
    return helmet_rows(people, judgement, width, height, with_unknown=service.settings.compat_unknown == "false")


def _success(route: str, data: Sequence[Any]) -> dict[str, Any]:
    return {"code": "200" if code_is_text(route) else 200, "message": "Success", "data": data}
