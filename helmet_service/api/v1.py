"""The v1 surface: requests in JSON, or as a form with the picture as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from flask import Blueprint, g, request
from numpy.typing import NDArray

from helmet_service.api import answers
from helmet_service.api.compliance import answer_compliance
from helmet_service.api.json_body import read_json
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import HatsRequest, PosesRequest
from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_form
from helmet_service.pictures.drawing import draw_hats
from helmet_service.verdicts.own_hats import bare_heads, own_hats
from helmet_service.work.looking import SentPicture
from helmet_service.work.service import Service
from helmet_service.work.showing import showable
from pose import Person
from pose.estimation.head_frames import own_heads
from pose.pictures.decoding import Picture
from pose.pictures.drawing import draw_skeletons


class _V1:
    """The routes of v1."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def compliance(self) -> dict[str, Any]:
        """Who wears a helmet: see `answer_compliance`."""
        self._service.admission.admit(g.at_end)
        return answer_compliance(self._service, _read_request(), g.stages, g.at_end)

    def poses(self) -> dict[str, Any]:
        """Where everybody's keypoints are: load the request, look at the picture, answer."""
        self._service.admission.admit(g.at_end)
        asked = load(PosesRequest(), _read_request(), {})
        picture, people = self._look(asked)
        found = answers.found_people(people, asked["format"], picture.width, picture.height)
        answer = {"picture": answers.picture_json(picture)} | found
        return self._complete(answer, asked, lambda: draw_skeletons(self._showable(picture, people), people))

    def hats(self) -> dict[str, Any]:
        """Where helmets and bare heads are, as the model sees them."""
        self._service.admission.admit(g.at_end)
        asked = load(HatsRequest(), _read_request(), {})
        if not self._service.sees_hats:
            model = self._service.network.estimator.model
            raise refusal(422, "model", "one that sees hats itself", f"{model.name} {model.version}")
        picture, people = self._look(asked, headwear=True)
        heads, rules = own_heads(people), self._service.rules
        helmets = [(hat.box, hat.score) for hat in own_hats(people, heads, rules).values()]
        bare = bare_heads(people, heads, rules)
        answer = {
            "picture": answers.picture_json(picture),
            "hats": sorted(answers.scored_boxes(helmets), key=itemgetter("score"), reverse=True),
            "bare_heads": sorted(answers.scored_boxes(bare), key=itemgetter("score"), reverse=True),
        }
        boxes = [[box for box, _ in kind] for kind in (helmets, bare)]
        return self._complete(answer, asked, lambda: draw_hats(self._showable(picture, people), *boxes))

    def _look(self, asked: Mapping[str, Any], *, headwear: bool = False) -> tuple[Picture, Sequence[Person]]:
        is_drawn = "annotated" in asked["include"]
        sent = SentPicture(asked["picture"], "picture", looks=asked, drawn=is_drawn, headwear=headwear)
        seen = self._service.looker.look(sent, g.stages, g.at_end)
        return seen.picture, seen.estimate.people

    def _showable(self, picture: Picture, people: Sequence[Person]) -> NDArray[np.uint8]:
        return showable(self._service, picture.pixels, people)

    def _complete(
        self, answer: dict[str, Any], asked: Mapping[str, Any], draw: Callable[[], NDArray[np.uint8]]
    ) -> dict[str, Any]:
        """The answer with its drawing, if that was asked for, and with what all answers have."""
        if "annotated" in asked["include"]:
            with g.stages.stage("drawing"):
                answer["annotated"] = answers.annotated_json(draw())
        return answer | answers.model_and_timings(self._service.network.estimator, g.stages)


def v1(service: Service) -> Blueprint:
    """The blueprint of the v1 surface."""
    surface, routes = Blueprint("v1", __name__, url_prefix="/v1"), _V1(service)
    surface.post("/compliance")(routes.compliance)
    surface.post("/hats")(routes.hats)
    surface.post("/poses")(routes.poses)
    return surface


def _read_request() -> object:
    """The body as JSON, or a form as the same JSON with its file as `picture`; Problem 415 when it is neither."""
    if request.mimetype == "multipart/form-data":
        return parse_form(g.body.read(), request.content_type or "")
    return read_json("application/json or multipart/form-data")
