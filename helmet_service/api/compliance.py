"""A request of `/v1/compliance` -> its answer, whoever asks: a route, or a command that goes through an archive."""

from __future__ import annotations

from typing import Any

from helmet_service.api import answers
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import ComplianceRequest
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judging import Case
from helmet_service.work.box_units import warnings_of
from helmet_service.work.looking import Sent
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages


def answer_compliance(service: Service, request: object, stages: Stages) -> dict[str, Any]:
    """Who wears a helmet: load the request, look at the picture, judge its people, answer.

    request: as it came, with `picture` as base64 or as a file's bytes.
    Raises Problem for a request that cannot be answered.
    """
    most = service.settings.max_hats
    asked = load(ComplianceRequest(), request, {"hats": most, "vests": most})
    hats = [Hat(_box(hat), hat["score"], index) for index, hat in enumerate(asked["hats"])]
    vests = None if asked["vests"] is None else [_box(vest) for vest in asked["vests"]]
    boxes = {"hats": [hat.box for hat in hats], "vests": vests or []}
    is_drawn = "annotated" in asked["include"]
    looked = service.looker.look(Sent(asked["picture"], "picture", boxes, asked, drawn=is_drawn), stages)
    picture, estimate = looked.picture, looked.estimate
    case = Case(estimate.people, hats, picture.width, picture.height, estimate.scale, vests)
    judged = service.judge(case, stages, asked["matcher"], asked["hat_boxes"])
    answer = {
        "id": asked["id"],
        "picture": answers.picture_json(picture),
        "hats_from": "request",
        "people": answers.judged_people(judged, asked["include"]),
        "unmatched_hats": answers.unmatched_hats(judged.judgement),
        "summary": answers.summary(judged.judgement),
        "warnings": warnings_of(boxes, picture.width, picture.height),
    }
    if is_drawn:
        with service.looker.drawing(stages):
            painted = annotate(picture.pixels, judged.people, judged.judgement, hats)
            answer["annotated"] = answers.annotated_json(painted)
    return answer | {
        "model": answers.model_json(service.network.estimator),
        "timings_ms": answers.timings_json(stages),
    }


def _box(given: dict[str, Any]) -> Box:
    return Box(given["left"], given["top"], given["width"], given["height"])
