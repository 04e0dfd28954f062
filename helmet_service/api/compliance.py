"""A request of `/v1/compliance` -> its answer, for the route and for `check`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from helmet_service.api import answers
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import ComplianceRequest
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.watching import Watched
from helmet_service.work.judging import JudgedPicture, judge_picture
from helmet_service.work.service import Service
from helmet_service.work.showing import showable
from helmet_service.work.stages import Stages
from pose.pictures.drawing import draw_hands


def answer_compliance(service: Service, request: object, stages: Stages, until: ExitStack) -> dict[str, Any]:
    """Who wears a helmet: load the request, look at the picture, judge its people, answer.

    request: parsed JSON, with `picture` as base64 or as a file's bytes. until: see `Looker.look`.
    Raises Problem for a request that cannot be answered.
    """
    asked = load_compliance(service, request)
    return compliance_json(service, asked, judge_picture(service, asked, stages, until), stages)


def load_compliance(service: Service, request: object) -> dict[str, Any]:
    """The values of a request, checked; Problem 413 or 422 for wrong ones."""
    most = service.settings.max_hats
    return load(ComplianceRequest(), request, {"hats": most, "vests": most})


def compliance_json(
    service: Service, asked: Mapping[str, Any], judged: JudgedPicture, stages: Stages, watched: Watched | None = None
) -> dict[str, Any]:
    """The answer about a judged picture, drawn if that was asked for.

    watched: what a `Watcher` made of a frame of a moving picture; its people have tracks and voted verdicts.
    """
    case, voted = (watched.judged, watched.voted) if watched else (judged.judged, None)
    include, hats_decide = asked["include"], judged.trust == "hats"
    answer = {
        "id": asked["id"],
        "picture": answers.picture_json(judged.seen.picture),
        "hats_from": "model" if judged.supplied is None else "request",
        "trust": judged.trust,
        **({} if hats_decide else {"hats": answers.scored_boxes((hat.box, hat.score) for hat in case.hats)}),
        "people": answers.watched_people(watched, include) if watched else answers.judged_people(case, include),
        **({"hands": answers.found_hands(judged.hands)} if "hands" in include else {}),
        "unmatched_hats": answers.unmatched_hats(case.judgement),
        "summary": answers.summary(case.judgement),
        "warnings": judged.seen.warnings,
    }
    if "annotated" in include:
        with stages.stage("drawing"):
            pixels = showable(service, judged.seen.picture.pixels, judged.seen.estimate.people)
            painted = annotate(pixels, case.people, case.judgement, judged.supplied_hats, judged.own_hats, voted=voted)
            answer["annotated"] = answers.annotated_json(draw_hands(painted, judged.hands))
    return answer | answers.model_and_timings(service.network.estimator, stages)
