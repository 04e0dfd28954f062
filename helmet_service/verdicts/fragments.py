"""Skeletons that are no person of their own: loose limbs, legs behind a barrier, a second skeleton on somebody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from helmet_service.verdicts.rules import Rules
from pose.estimation.head_frames import HeadFrame, own_heads
from pose.skeleton import LEFT_HIP, LEFT_SHOULDER, NECK, RIGHT_HIP, RIGHT_SHOULDER, Person


def whole_people(people: Sequence[Person], rules: Rules) -> tuple[tuple[Person, ...], tuple[HeadFrame | None, ...]]:
    """Those who can be judged, in their order, and their own heads: a head, or a torso that belongs to nobody else.

    A torso is credible with the neck, a shoulder and a hip.
    """
    heads = own_heads(people)
    headed = [(person, head) for person, head in zip(people, heads, strict=True) if head and person.seen.any()]
    whole = [
        (person, head)
        for person, head in zip(people, heads, strict=True)
        if head or (_has_torso(person) and not any(_lies_on(person, *other, rules) for other in headed))
    ]
    return tuple(person for person, _ in whole), tuple(head for _, head in whole)


def _has_torso(person: Person) -> bool:
    seen = person.seen
    return bool(seen[NECK] and seen[[RIGHT_SHOULDER, LEFT_SHOULDER]].any() and seen[[RIGHT_HIP, LEFT_HIP]].any())


def _lies_on(person: Person, other: Person, head: HeadFrame, rules: Rules) -> bool:
    nearest = cdist(person.points, other.points).min(axis=1)
    near = nearest < rules.second_skeleton_distance * head.size
    return bool(np.mean(near) >= rules.second_skeleton_share)
