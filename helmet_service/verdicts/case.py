"""One way from the people of a picture to their verdicts, for every surface and command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.fragments import whole_people
from helmet_service.verdicts.hat_fit import HatBoxes
from helmet_service.verdicts.judge import Judgement, judge
from helmet_service.verdicts.legacy_rule import LegacyVerdict, judge_legacy, legacy_judgement
from helmet_service.verdicts.own_hats import own_hats, with_own_hats
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.vests import Vest, best_vest
from pose.estimation.head_frames import own_heads
from pose.skeleton import Person

Matcher = Literal["assignment", "legacy"]
MATCHERS: Final[tuple[Matcher, ...]] = get_args(Matcher)
"""The default one first."""
Trust = Literal["hats", "both", "model"]
TRUSTS: Final[tuple[Trust, ...]] = get_args(Trust)
"""What decides who wears a helmet: the supplied hats, these and what the model sees, or the latter alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: the people and boxes of one picture, in its pixels.

    people: all that were found. hats: None where nobody supplied any; an empty list says that there are none.
    scale: network-input pixels per picture pixel. vests: None where nobody asked for them.
    """

    people: Sequence[Person]
    hats: Sequence[Hat] | None
    width: int
    height: int
    scale: float
    vests: Sequence[Box] | None = None


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """Those of a case's people who were judged, and their verdicts.

    vests: the best vest of each judged person; None where nobody asked for them.
    legacy: the legacy rule's own verdicts, where it judged.
    hats: the supplied ones, then those that the model saw itself; each one's `index` is its place here.
    """

    people: tuple[Person, ...]
    judgement: Judgement
    vests: tuple[Vest, ...] | None = None
    legacy: tuple[LegacyVerdict, ...] | None = None
    hats: tuple[Hat, ...] = ()


def judge_case(
    case: Case,
    rules: Rules,
    matcher: Matcher = MATCHERS[0],
    hat_boxes: HatBoxes = "auto",
    trust: Trust = TRUSTS[0],
) -> JudgedCase:
    """Who wears a helmet, by our own assignment or by the legacy rule.

    hat_boxes: see `judge`, for the former. trust: what the former goes by. The legacy rule goes by the supplied hats
    or, where nobody supplied any, by those that the model sees.
    """
    judged = _judge_legacy(case, rules) if matcher == "legacy" else _judge(case, rules, hat_boxes, trust)
    if case.vests is None:
        return judged
    return replace(judged, vests=tuple(best_vest(each.box, case.vests, rules) for each in judged.judgement.people))


def _judge_legacy(case: Case, rules: Rules) -> JudgedCase:
    people, hats = tuple(case.people), case.hats
    if hats is None:
        hats = list(own_hats(people, own_heads(people), rules).values())
    legacy = judge_legacy(people, hats, width=case.width, height=case.height)
    judgement = legacy_judgement(legacy, people, hats, width=case.width, height=case.height)
    return JudgedCase(people, judgement, legacy=legacy, hats=tuple(hats))


def _judge(case: Case, rules: Rules, hat_boxes: HatBoxes, trust: Trust) -> JudgedCase:
    people, heads = whole_people(case.people, rules)
    supplied = tuple(case.hats or ())
    by_headwear = trust != "hats"
    judgement = judge(
        people,
        None if trust == "model" else case.hats,
        width=case.width,
        height=case.height,
        scale=case.scale,
        hat_boxes=hat_boxes,
        rules=rules,
        heads=heads,
        by_headwear=by_headwear,
    )
    own = own_hats(people, heads, rules) if by_headwear else {}
    judgement, hats = with_own_hats(judgement, supplied, own)
    return JudgedCase(people, judgement, hats=hats)
