"""One way from the people of a picture to their verdicts, for every surface and command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.fragments import whole_people
from helmet_service.verdicts.hat_fit import HatBoxes
from helmet_service.verdicts.judge import Judgement, judge
from helmet_service.verdicts.legacy_rule import LegacyVerdict, judge_legacy, legacy_judgement
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.vests import Vest, best_vest
from pose.skeleton import Person

Matcher = Literal["assignment", "legacy"]
MATCHERS: Final[tuple[Matcher, ...]] = get_args(Matcher)
"""The default one first."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: the people and boxes of one picture, in its pixels.

    people: all that were found. scale: network-input pixels per picture pixel. vests: None where nobody asked for them.
    """

    people: Sequence[Person]
    hats: Sequence[Hat]
    width: int
    height: int
    scale: float
    vests: Sequence[Box] | None = None


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """Those of a case's people who were judged, and their verdicts.

    vests: the best vest of each judged person; None where nobody asked for them.
    legacy: the legacy rule's own verdicts, where it judged.
    """

    people: tuple[Person, ...]
    judgement: Judgement
    vests: tuple[Vest, ...] | None = None
    legacy: tuple[LegacyVerdict, ...] | None = None


def judge_case(case: Case, rules: Rules, matcher: Matcher = MATCHERS[0], hat_boxes: HatBoxes = "auto") -> JudgedCase:
    """Who wears a helmet, by our own assignment or by the legacy rule; hat_boxes: see `judge`, for the former."""
    legacy = None
    if matcher == "legacy":
        people = tuple(case.people)
        legacy = judge_legacy(people, case.hats, width=case.width, height=case.height)
        judgement = legacy_judgement(legacy, people, case.hats, width=case.width, height=case.height)
    else:
        people, heads = whole_people(case.people, rules)
        judgement = judge(
            people,
            case.hats,
            width=case.width,
            height=case.height,
            scale=case.scale,
            hat_boxes=hat_boxes,
            rules=rules,
            heads=heads,
        )
    vests = None if case.vests is None else tuple(best_vest(each.box, case.vests, rules) for each in judgement.people)
    return JudgedCase(people, judgement, vests, legacy)
