"""Skeletons that are no person of their own: loose limbs, legs behind a barrier, a second skeleton on somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.spatial.distance import cdist

from pose.estimation.head_frames import HeadFrame, own_heads
from pose.skeleton import LEFT_HIP, LEFT_SHOULDER, NECK, RIGHT_HIP, RIGHT_SHOULDER, Person

# A skeleton without a head of its own is a second one on somebody when this share of its points lies this near (in
# sizes of the other's head) to the other's. In 750 site pictures that is so of 22 among 41 skeletons whose head lay on
# a surer one, and of 14 among 64 without any head; with those that have no torso 75 are left out.
_SHARED: Final = 0.6
_NEAR: Final = 0.35


def whole_people(people: Sequence[Person]) -> tuple[tuple[Person, ...], tuple[HeadFrame | None, ...]]:
    """Those who can be judged, in their order, and their own heads: a head, or a torso that belongs to nobody else.

    A torso is credible with the neck, a shoulder and a hip.
    """
    heads = own_heads(people)
    headed = [(person, head) for person, head in zip(people, heads, strict=True) if head and person.seen.any()]
    whole = [
        (person, head)
        for person, head in zip(people, heads, strict=True)
        if head or (_has_torso(person) and not any(_lies_on(person, *other) for other in headed))
    ]
    return tuple(person for person, _ in whole), tuple(head for _, head in whole)


def _has_torso(person: Person) -> bool:
    seen = person.seen
    return bool(seen[NECK] and seen[[RIGHT_SHOULDER, LEFT_SHOULDER]].any() and seen[[RIGHT_HIP, LEFT_HIP]].any())


def _lies_on(person: Person, other: Person, head: HeadFrame) -> bool:
    nearest = cdist(person.points, other.points).min(axis=1)
    return bool(np.mean(nearest < _NEAR * head.size) >= _SHARED)
