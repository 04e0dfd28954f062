"""The legacy surface: four routes with the frozen format of the service that this one replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final

from flask import Blueprint, g
from marshmallow import Schema

from helmet_service.api.legacy_answers import Row, body_boxes, helmet_rows, legacy_rows, vest_rows
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import LegacyHelmetRequest, LegacyPictureRequest, LegacyPicturesRequest
from helmet_service.http.request_body import parse_json
from helmet_service.settings import Settings
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import Trust
from helmet_service.verdicts.legacy_rule import head_points
from helmet_service.work.looking import SeenPicture, SentPicture
from helmet_service.work.service import Service

ROUTES: Final = ("/", "/get_head_point", "/get_head_point_v2", "/get_body_box")


class _Legacy:
    """The legacy routes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings

    def helmets(self) -> dict[str, Any]:
        """Who wears a helmet or, with `alarmtype` 2, a vest."""
        asked = self._load(LegacyHelmetRequest(own_hats=self._settings.compat_own_hats == "1"))
        if asked["location"] is None and asked["hat_location"] is None:
            return self._by_own_hats(asked)
        form_b = asked["location"] is not None
        name = "location" if form_b else "hat_location"
        boxes = [Box(**box) for box in asked[name]]
        seen = self._look(asked["img"][0], "img", {name: boxes})
        if asked["alarmtype"] == 2:
            with g.stages.stage("matching"):
                size = seen.picture.width, seen.picture.height
                rows = vest_rows(seen.estimate.people, boxes, *size, self._service.rules)
            return self._success("/", rows)
        rows = self._judge(seen, [Hat(box, None, index) for index, box in enumerate(boxes)])
        return self._success("/", _with_score(rows) if form_b else rows)

    def head_point(self) -> dict[str, Any]:
        """Head points of the people in one picture; people without head points are left out."""
        seen = self._look(self._load(LegacyPictureRequest())["img"][0], "img")
        points = [head_points(person) for person in seen.estimate.people]
        return self._success("/get_head_point", [person for person in points if person])

    def head_point_v2(self) -> dict[str, Any]:
        """Head points of the people in several pictures, in one list; people without head points are empty lists."""
        texts = self._load(LegacyPicturesRequest())["img"]
        estimates = [self._look(text, f"img[{index}]").estimate for index, text in enumerate(texts)]
        points = [head_points(person) for estimate in estimates for person in estimate.people]
        return self._success("/get_head_point_v2", points)

    def body_box(self) -> dict[str, Any]:
        """Boxes of the people seen from neck to knee in one picture."""
        seen = self._look(self._load(LegacyPictureRequest())["img"][0], "img")
        boxes = body_boxes(seen.estimate.people, seen.picture.width, seen.picture.height)
        return self._success("/get_body_box", boxes)

    def _load(self, schema: Schema) -> dict[str, Any]:
        """Admit the request, then read and validate its body."""
        self._service.admission.admit(g.at_end)
        most_hats = self._settings.max_hats
        limits = {"img": self._settings.max_pictures, "hat_location": most_hats, "location": most_hats}
        return load(schema, parse_json(g.body.read()), limits)

    def _look(
        self, text: str, name: str, boxes: Mapping[str, Sequence[Box]] | None = None, *, headwear: bool = False
    ) -> SeenPicture:
        sent = SentPicture(text, name, boxes or {}, lenient=True, headwear=headwear)
        with ExitStack() as until_seen:  # the next picture needs the turn
            return self._service.looker.look(sent, g.stages, until_seen)

    def _by_own_hats(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Who wears a helmet by the hats that the model sees itself; only form B has an `alarmtype`."""
        rows = self._judge(self._look(asked["img"][0], "img", headwear=True), None)
        return self._success("/", rows if asked["alarmtype"] is None else _with_score(rows))

    def _judge(self, seen: SeenPicture, hats: Sequence[Hat] | None) -> list[Row]:
        trust: Trust = "model" if hats is None else "hats"
        judged = self._service.judge(seen.case(hats), g.stages, self._settings.compat_matcher, trust=trust)
        if judged.legacy is not None:
            return legacy_rows(judged.legacy)
        with_unknown = self._settings.compat_unknown == "false"
        return helmet_rows(judged, seen.picture.width, seen.picture.height, with_unknown=with_unknown)

    def _success(self, route: str, data: Sequence[Any]) -> dict[str, Any]:
        return {"code": "200" if code_is_text(route, self._settings) else 200, "message": "Success", "data": data}


def _with_score(rows: Sequence[Row]) -> list[Row]:
    return [{**row, "score": 1} for row in rows]


def legacy(service: Service) -> Blueprint:
    """The blueprint of the legacy surface."""
    surface, routes = Blueprint("legacy", __name__), _Legacy(service)
    answers = (routes.helmets, routes.head_point, routes.head_point_v2, routes.body_box)
    for route, answer in zip(ROUTES, answers, strict=True):
        surface.post(route)(answer)
    return surface


def code_is_text(route: str, settings: Settings) -> bool:
    """Whether a route's `code` is a string: always on `/`, elsewhere by `COMPAT_CODE`."""
    return route == "/" or settings.compat_code == "string"
