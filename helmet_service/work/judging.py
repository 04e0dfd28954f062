"""A loaded request of `/v1/compliance` -> its picture, seen and judged: one way for routes, commands and videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from helmet_service.http.problems import refusal
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import JudgedCase, Trust
from helmet_service.work.box_units import BOXES
from helmet_service.work.looking import SeenPicture, SentPicture
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.hands import Hand, hands_of


@dataclass(frozen=True, slots=True)
class JudgedPicture:
    """A picture and its verdicts.

    trust: what decided. supplied: how many of `judged.hats`, the first ones, are the request's; None where it had no
    `hats`.
    """

    seen: SeenPicture
    judged: JudgedCase
    trust: Trust
    supplied: int | None

    @property
    def supplied_hats(self) -> tuple[Hat, ...]:
        """The request's hats."""
        return self.judged.hats[: self.supplied or 0]

    @property
    def hands(self) -> tuple[Hand, ...]:
        """The hands of the judged people, where the request asked for them."""
        return hands_of(self.judged.people, self.seen.estimate.people, self.seen.hands)

    @property
    def own_hats(self) -> tuple[Hat, ...]:
        """Those that the model saw itself."""
        return self.judged.hats[self.supplied or 0 :]


def judge_picture(service: Service, asked: Mapping[str, Any], stages: Stages, until: ExitStack) -> JudgedPicture:
    """Look at the picture and judge its people.

    asked: as `ComplianceRequest` loads it; `picture` may also be a decoded `Picture`, such as a video's frame.
    until: see `Looker.look`. Raises Problem for what cannot be judged.
    """
    trust = whose_hats(asked, service.settings.trust, sees_hats=service.sees_hats)
    hats = None if asked["hats"] is None else hats_of(asked["hats"])
    vests = None if asked["vests"] is None else [box_of(vest) for vest in asked["vests"]]
    boxes = {"hats": [hat.box for hat in hats or ()], "vests": vests or []}
    is_drawn, with_hands = "annotated" in asked["include"], service.asks_for_hands(asked["include"])
    wanted = {"drawn": is_drawn, "headwear": trust != "hats", "hands": with_hands}
    sent = SentPicture(asked["picture"], "picture", boxes, asked, **wanted)
    seen = service.looker.look(sent, stages, until)
    judged = service.judge(seen.case(hats, vests), stages, asked["matcher"], asked["hat_boxes"], trust)
    return JudgedPicture(seen, judged, trust, None if hats is None else len(hats))


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


def hats_of(given: Sequence[Mapping[str, Any]]) -> list[Hat]:
    """Hats as a loaded request, or a line of a video's hats, has them: a line may have no `score`."""
    return [Hat(box_of(hat), hat.get("score"), index) for index, hat in enumerate(given)]


def box_of(given: Mapping[str, Any]) -> Box:
    """A box as a loaded request has it."""
    return Box(given["left"], given["top"], given["width"], given["height"])
