"""A request of `/v1/compliance` -> its answer, for the route and for `check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from helmet_service.api import answers
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import BOXES, ComplianceRequest
from helmet_service.http.problems import refusal
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import Trust
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
    trust = whose_hats(asked, service.settings.trust, sees_hats=service.sees_hats)
    hats = None if asked["hats"] is None else _hats(asked["hats"])
    vests = None if asked["vests"] is None else [_box(vest) for vest in asked["vests"]]
    boxes = {"hats": [hat.box for hat in hats or ()], "vests": vests or []}
    is_drawn = "annotated" in asked["include"]
    sent = SentPicture(asked["picture"], "picture", boxes, asked, drawn=is_drawn, headwear=trust != "hats")
    seen = service.looker.look(sent, stages, until)
    judged = service.judge(seen.case(hats, vests), stages, asked["matcher"], asked["hat_boxes"], trust)
    answer = {
        "id": asked["id"],
        "picture": answers.picture_json(seen.picture),
        "hats_from": "model" if hats is None else "request",
        "trust": trust,
        **({} if trust == "hats" else {"hats": answers.scored_boxes((hat.box, hat.score) for hat in judged.hats)}),
        "people": answers.judged_people(judged, asked["include"]),
        "unmatched_hats": answers.unmatched_hats(judged.judgement),
        "summary": answers.summary(judged.judgement),
        "warnings": seen.warnings,
    }
    if is_drawn:
        with stages.stage("drawing"):
            supplied, own = judged.hats[: len(hats or ())], judged.hats[len(hats or ()) :]
            painted = annotate(seen.picture.pixels, judged.people, judged.judgement, supplied, own)
            answer["annotated"] = answers.annotated_json(painted)
    return answer | answers.model_and_timings(service.network.estimator, stages)


def whose_hats(asked: Mapping[str, Any], usual: Trust, *, sees_hats: bool) -> Trust:
    """What decides who wears a helmet in a loaded request; usual: the setting, where the request does not say.

    sees_hats: whether the model sees hats itself. Problem 422 when it must and cannot, or when only missing hats may
    decide.
    """
    hats, trust = asked["hats"], asked["trust"]
    if hats is None and (not sees_hats or trust == "hats"):
        why = "" if sees_hats else ": this model sees no hats itself"
        raise refusal(422, "hats", f"{BOXES}, [] when there are none{why}", "nothing")
    if not sees_hats and trust not in (None, "hats"):
        raise refusal(422, "trust", "hats: this model sees no hats itself", trust)
    if hats is None:
        return "model"
    return "hats" if not sees_hats or asked["matcher"] == "legacy" else trust or usual


def _hats(given: Sequence[dict[str, Any]]) -> list[Hat]:
    return [Hat(_box(hat), hat["score"], index) for index, hat in enumerate(given)]


def _box(given: dict[str, Any]) -> Box:
    return Box(given["left"], given["top"], given["width"], given["height"])
