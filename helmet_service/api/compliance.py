"""A request of `/v1/compliance` -> its answer, for the route and for `check`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from helmet_service.api import answers
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import ComplianceRequest
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.work.looking import SentPicture
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages


def answer_compliance(service: Service, request: object, stages: Stages, until: ExitStack) -> dict[str, Any]:
    """Who wears a helmet: load the request, look at the picture, judge its people, answer.

    request: parsed JSON, with `picture` as base64 or as a file's bytes. until: see `Looker.look`.
    Raises Problem for a request that cannot be answered.
    """
    most = service.settings.max_hats
    asked = load(ComplianceRequest(), request, {"hats": most, "vests": most})
    hats = [Hat(_box(hat), hat["score"], index) for index, hat in enumerate(asked["hats"])]
    vests = None if asked["vests"] is None else [_box(vest) for vest in asked["vests"]]
    boxes = {"hats": [hat.box for hat in hats], "vests": vests or []}
    is_drawn = "annotated" in asked["include"]
    sent = SentPicture(asked["picture"], "picture", boxes, asked, drawn=is_drawn)
    seen = service.looker.look(sent, stages, until)
    judged = service.judge(seen.case(hats, vests), stages, asked["matcher"], asked["hat_boxes"])
    answer = {
        "id": asked["id"],
        "picture": answers.picture_json(seen.picture),
        "hats_from": "request",
        "people": answers.judged_people(judged, asked["include"]),
        "unmatched_hats": answers.unmatched_hats(judged.judgement),
        "summary": answers.summary(judged.judgement),
        "warnings": seen.warnings,
    }
    if is_drawn:
        with stages.stage("drawing"):
            painted = annotate(seen.picture.pixels, judged.people, judged.judgement, hats)
            answer["annotated"] = answers.annotated_json(painted)
    return answer | answers.model_and_timings(service.network.estimator, stages)


def _box(given: dict[str, Any]) -> Box:
    return Box(given["left"], given["top"], given["width"], given["height"])
