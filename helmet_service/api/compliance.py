"""A request of `/v1/compliance` -> its answer, whoever asks: a route, or a command that goes through an archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmet_service.api import answers
from helmet_service.api.box_units import refuse_shares, warnings_of
from helmet_service.api.request_schemas import ComplianceRequest, load
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.fragments import whole_people
from helmet_service.verdicts.judge import Judgement, judge
from helmet_service.verdicts.legacy_rule import legacy_judgement
from helmet_service.work.admission import Stages
from helmet_service.work.service import Service
from pose import Estimate, Person
from pose.pictures.decoding import Picture


def answer_compliance(service: Service, fields: object, stages: Stages) -> dict[str, Any]:
    """Who wears a helmet: load the request, decode the picture, find the people, judge them, answer.

    fields: the request as it came, with `picture` as base64 or as a file's bytes.
    Raises Problem for a request that cannot be answered.
    """
    most = service.settings.max_hats
    asked = load(ComplianceRequest(), fields, {"hats": most, "vests": most})
    hats, vests = _hats(asked), _vests(asked)
    views = service.views(asked)
    picture = service.decode(asked["picture"], "picture", stages, views, drawn="annotated" in asked["include"])
    boxes, size = [hat.box for hat in hats], (picture.width, picture.height)
    refuse_shares("hats", boxes, *size)
    refuse_shares("vests", vests or [], *size)
    estimate = service.estimate(picture, stages, views)
    with stages.stage("matching"):
        people, judgement = _judge(service, asked, picture, estimate, hats)
    service.metrics.judged((verdict.status, verdict.reason) for verdict in judgement.people)
    answer = {
        "id": asked["id"],
        "picture": answers.picture_json(picture),
        "hats_from": "request",
        "people": answers.judged_people(people, judgement, vests, asked["include"], service.rules),
        "unmatched_hats": answers.unmatched_hats(judgement),
        "summary": answers.summary(judgement),
        "warnings": warnings_of(boxes, vests or [], *size),
    }
    if "annotated" in asked["include"]:
        with service.drawing(stages):
            answer["annotated"] = answers.annotated_json(annotate(picture.pixels, people, judgement, hats))
    return answer | {
        "model": answers.model_json(service.estimator),
        "timings_ms": answers.timings_json(stages, estimate.timings_ms),
    }


def _hats(asked: dict[str, Any]) -> list[Hat]:
    return [Hat(_box(hat), hat["score"], index) for index, hat in enumerate(asked["hats"])]


def _vests(asked: dict[str, Any]) -> list[Box] | None:
    """None: nobody asked for vests."""
    return None if asked["vests"] is None else [_box(vest) for vest in asked["vests"]]


def _judge(
    service: Service, asked: dict[str, Any], picture: Picture, estimate: Estimate, hats: Sequence[Hat]
) -> tuple[Sequence[Person], Judgement]:
    """Those who are judged, and their verdicts."""
    width, height = picture.width, picture.height
    if asked["matcher"] == "legacy":
        return estimate.people, legacy_judgement(estimate.people, hats, width=width, height=height)
    people, heads = whole_people(estimate.people, service.rules)
    judgement = judge(
        people,
        hats,
        width=width,
        height=height,
        scale=estimate.scale,
        hat_boxes=asked["hat_boxes"],
        rules=service.rules,
        heads=heads,
    )
    return people, judgement


def _box(given: dict[str, Any]) -> Box:
    return Box(given["left"], given["top"], given["width"], given["height"])
