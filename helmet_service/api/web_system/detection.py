"""A picture -> the web system's answer about it: one way for its routes and its WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from helmet_service.api.answers import annotated_json
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.web_system import DetectRequest
from helmet_service.api.web_system.answers import found_bodies, found_hands
from helmet_service.work.looking import SeenPicture, SentPicture
from helmet_service.work.service import Service
from helmet_service.work.showing import showable
from helmet_service.work.stages import Stages
from pose.pictures.drawing import draw_hands, draw_skeletons
from pose.skeleton import posed

PICTURE = "image_base64"


def detect(service: Service, request: object, stages: Stages, until: ExitStack, named: str = PICTURE) -> dict[str, Any]:
    """The answer to a request: parsed JSON, with `image_base64` as base64 or as a file's bytes.

    until: see `Looker.look`. named: what errors call the picture. Raises Problem for what cannot be answered.
    """
    asked = load(DetectRequest(), request, {})
    sent = SentPicture(asked[PICTURE], named, drawn=asked["draw_result"], hands=asked["include_hands"])
    seen = service.looker.look(sent, stages, until)
    return {
        "result_image": _drawn(service, seen, asked, stages) if asked["draw_result"] else None,
        "detection_results": {
            "body": found_bodies(posed(seen.estimate.people)) if asked["include_body"] else None,
            "hands": found_hands(seen.hands) if asked["include_hands"] else None,
        },
        "processing_time": round(stages.total_ms(), 1),
        "device": service.network.estimator.runtime.device,
    }


def _drawn(service: Service, seen: SeenPicture, asked: Mapping[str, Any], stages: Stages) -> str:
    """A data URL of the picture with what was asked for drawn on it."""
    people = seen.estimate.people
    with stages.stage("drawing"):
        pixels = showable(service, seen.picture.pixels, people)
        drawn = draw_skeletons(pixels, people if asked["include_body"] else ())
        return f"data:image/jpeg;base64,{annotated_json(draw_hands(drawn, seen.hands))}"
