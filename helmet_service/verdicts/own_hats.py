"""Helmeted and bare heads as the model sees them itself: boxes around the heads of people with headwear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.calibration import head_probability, shares, worn_log_odds
from helmet_service.verdicts.judge import Judgement
from helmet_service.verdicts.rules import Rules
from pose.estimation.head_frames import HeadFrame, helmeted_peak
from pose.skeleton import HeadPeak, Headwear, Person


def own_hats(people: Sequence[Person], heads: Sequence[HeadFrame | None], rules: Rules) -> dict[int, Hat]:
    """Place of a person -> the hat on the person's head, where one is probable enough (`Rules.min_own_head`).

    heads: everybody's own. A box holds the whole helmeted head; a score is the probability of a helmeted head, of the
    headwear alone. Indices count from 0, in the order of the people.
    """
    hats: dict[int, Hat] = {}
    for place, person, head, (helmeted, _) in _seen(people, heads, rules):
        if helmeted >= rules.min_own_head:
            hats[place] = Hat(around_helmet(person, head, rules), helmeted, len(hats))
    return hats


def bare_heads(people: Sequence[Person], heads: Sequence[HeadFrame | None], rules: Rules) -> list[tuple[Box, float]]:
    """The boxes of heads that are probably bare, each with the probability of a bare head; as `own_hats` otherwise."""
    return [
        (around_head(person, head, rules), bare)
        for _, person, head, (_, bare) in _seen(people, heads, rules)
        if bare >= rules.min_own_head
    ]


def with_own_hats(
    judgement: Judgement, supplied: Sequence[Hat], own: Mapping[int, Hat]
) -> tuple[Judgement, tuple[Hat, ...]]:
    """The judgement, and all its hats: the supplied ones, then the own ones of people who are judged to need them.

    Those are people with no supplied hat on the head who are not `no_helmet`. own: see `own_hats`.
    """
    hats = list(supplied)
    verdicts = list(judgement.people)
    for place, verdict in enumerate(verdicts):
        hat = own.get(verdict.person)
        if hat is not None and verdict.hat is None and verdict.status != "no_helmet":
            verdicts[place] = replace(verdict, hat=len(hats))
            hats.append(replace(hat, index=len(hats)))
    return replace(judgement, people=tuple(verdicts)), tuple(hats)


def _seen(
    people: Sequence[Person], heads: Sequence[HeadFrame | None], rules: Rules
) -> Iterator[tuple[int, Person, HeadFrame, tuple[float, float]]]:
    for place, (person, head) in enumerate(zip(people, heads, strict=True)):
        if head is not None and person.headwear is not None:
            yield place, person, head, own_shares(person.headwear, head, rules)


def own_shares(headwear: Headwear, head: HeadFrame, rules: Rules) -> tuple[float, float]:
    """The probabilities of a helmeted and of a bare head, of the headwear alone."""
    return shares(head_probability(head.confidence, headwear, rules), worn_log_odds(headwear, rules), rules)


def around_helmet(person: Person, head: HeadFrame, rules: Rules) -> Box:
    """The box that people draw around a helmeted head: the peak that the network saw, or the head and a helmet."""
    return _upright(person.head or helmeted_peak(head), rules)


def around_head(person: Person, head: HeadFrame, rules: Rules) -> Box:
    """The box that people draw around a bare head: the peak that the network saw, or the head."""
    return _upright(person.head or head, rules)


def _upright(around: HeadPeak | HeadFrame, rules: Rules) -> Box:
    width = rules.own_head_width * around.size
    return Box(around.x - width / 2, around.y - around.size / 2, width, around.size)
