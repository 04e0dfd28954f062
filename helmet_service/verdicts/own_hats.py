"""Helmeted and bare heads as the model sees them itself: boxes around the heads of people with headwear."""

from __future__ import annotations

from collections.abc import Sequence

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.rules import Rules
from pose.estimation.head_frames import HeadFrame, around_helmet
from pose.skeleton import HeadPeak, Person


def own_hats(people: Sequence[Person], heads: Sequence[HeadFrame | None], first: int, rules: Rules) -> dict[int, Hat]:
    """Place of a person -> the hat on the person's head, for those who rather wear a helmet than none.

    heads: everybody's own. A box holds the whole helmeted head; a score is the probability of a helmeted head, at least
    `Rules.min_own_hat`. Indices count from `first`, in the order of the people.
    """
    seen = {
        place: (_box(person.head or around_helmet(head), rules), person.headwear.helmet)
        for place, (person, head) in enumerate(zip(people, heads, strict=True))
        if head is not None
        and person.headwear is not None
        and person.headwear.helmet >= max(person.headwear.bare, rules.min_own_hat)
    }
    return {place: Hat(box, score, index) for index, (place, (box, score)) in enumerate(seen.items(), first)}


def bare_heads(people: Sequence[Person], heads: Sequence[HeadFrame | None], rules: Rules) -> list[tuple[Box, float]]:
    """Boxes around the heads of those who rather wear no helmet, each with its probability, at least as for hats."""
    return [
        (_box(person.head or head, rules), person.headwear.bare)
        for person, head in zip(people, heads, strict=True)
        if head is not None
        and person.headwear is not None
        and person.headwear.bare > person.headwear.helmet
        and person.headwear.bare >= rules.min_own_hat
    ]


def _box(around: HeadPeak | HeadFrame, rules: Rules) -> Box:
    """As people draw it: around the head that the network saw, or around the fitted one."""
    width = rules.own_hat_width * around.size
    return Box(around.x - width / 2, around.y - around.size / 2, width, around.size)
