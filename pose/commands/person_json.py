"""People and hands as `python -m pose predict` prints them."""

from __future__ import annotations

from collections.abc import Iterable

import pose
from pose.hands import Hand, hand_json
from pose.skeleton import named_keypoints


def person_json(person: pose.Person) -> dict[str, object]:
    """A plain dict: its score, named keypoints in pixels, and what it wears on its head (None: not known)."""
    worn = person.headwear
    return {
        "score": round(person.score, 3),
        "keypoints": named_keypoints(person),
        "headwear": worn and {"helmet": round(worn.helmet, 3), "bare": round(worn.bare, 3)},
    }


def hands_json(hands: Iterable[Hand], *, asked: bool) -> dict[str, object]:
    """The key `hands`, `person` in it an index into the people; nothing unless it was asked for."""
    return {"hands": [hand_json(hand) for hand in hands]} if asked else {}
