"""The v1 surface: requests in JSON, or as a form with the picture as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
from flask import Blueprint, g, request
from numpy.typing import NDArray

from helmet_service.api import answers
from helmet_service.api.compliance import answer_compliance
from helmet_service.api.json_body import read_json
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import HandsRequest, HatsRequest, PosesRequest
from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_form
from helmet_service.pictures.drawing import draw_hats
from helmet_service.verdicts.own_hats import bare_heads, own_hats
from helmet_service.work.judging import box_of
from helmet_service.work.looking import SeenPicture, SentPicture
from helmet_service.work.service import Service
from helmet_service.work.showing import showable
from pose import Person
from pose.estimation.hands import MOST_HANDS, HandFinder
from pose.estimation.head_frames import own_heads
from pose.hands import hand_json, hands_of
from pose.pictures.decoding import Picture
from pose.pictures.drawing import draw_hands, draw_skeletons
from pose.skeleton import posed


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
        seen = self._look(asked, hands=self._service.asks_for_hands(asked["include"]))
        picture, people = seen.picture, seen.estimate.people
        hands = seen.hands if "hands" in asked["include"] else None
        answer: dict[str, Any] = {
            "picture": answers.picture_json(picture),
            **answers.found_people(people, hands, asked["format"], picture.width, picture.height),
        }
        if hands is not None:
            listed = people if asked["format"] == "openpose" else posed(people)
            answer["hands"] = answers.found_hands(hands_of(listed, people, hands))
        shown = partial(self._showable, picture, people)
        return self._complete(answer, asked, lambda: draw_hands(draw_skeletons(shown(), people), seen.hands))

    def hats(self) -> dict[str, Any]:
        """Where helmets and bare heads are, as the model sees them."""
        self._service.admission.admit(g.at_end)
        asked = load(HatsRequest(), _read_request(), {})
        if not self._service.sees_hats:
            model = self._service.network.estimator.model
            raise refusal(422, "model", "one that sees hats itself", f"{model.name} {model.version}")
        seen = self._look(asked, headwear=True)
        picture, people = seen.picture, seen.estimate.people
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

    def hands(self) -> dict[str, Any]:
        """Where hands and their keypoints are: those of the people, or in the request's boxes."""
        self._service.admission.admit(g.at_end)
        asked = load(HandsRequest(), _read_request(), {"boxes": MOST_HANDS})
        estimator = self._service.network.estimator
        if estimator.hands is None:
            raise refusal(422, "model", "one that finds hands", f"{estimator.model.name} {estimator.model.version}")
        if asked["boxes"] is None:
            return self._hands_of_people(asked)
        return self._hands_in_boxes(asked, estimator.hands)

    def _hands_of_people(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        seen = self._look(asked, hands=True)
        answer = {
            "picture": answers.picture_json(seen.picture),
            "hands": answers.found_hands(seen.hands),
            "warnings": seen.warnings,
        }
        shown = partial(self._showable, seen.picture, seen.estimate.people)
        return self._complete(answer, asked, lambda: draw_hands(shown(), seen.hands))

    def _hands_in_boxes(self, asked: Mapping[str, Any], finder: HandFinder) -> dict[str, Any]:
        boxes = {"boxes": [box_of(box) for box in asked["boxes"]]}
        sent = SentPicture(asked["picture"], "picture", boxes, drawn="annotated" in asked["include"])
        seen = self._service.looker.look_into_boxes(sent, finder, g.stages, g.at_end)
        found = {place: hand for place, hand in enumerate(seen.hands) if hand}
        answer = {
            "picture": answers.picture_json(seen.picture),
            "hands": [hand_json(hand) | {"given": place} for place, hand in found.items()],
            "warnings": seen.warnings,
        }
        shown = partial(self._showable, seen.picture, seen.people)
        return self._complete(answer, asked, lambda: draw_hands(shown(), found.values()))

    def _look(self, asked: Mapping[str, Any], *, headwear: bool = False, hands: bool = False) -> SeenPicture:
        is_drawn = "annotated" in asked["include"]
        sent = SentPicture(asked["picture"], "picture", looks=asked, drawn=is_drawn, headwear=headwear, hands=hands)
        return self._service.looker.look(sent, g.stages, g.at_end)

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
    surface.post("/hands")(routes.hands)
    surface.post("/poses")(routes.poses)
    return surface


def _read_request() -> object:
    """The body as JSON, or a form as the same JSON with its file as `picture`; Problem 415 when it is neither."""
    if request.mimetype == "multipart/form-data":
        return parse_form(g.body.read(), request.content_type or "")
    return read_json("application/json or multipart/form-data")
