"""A person as `python -m pose predict` prints it."""

from __future__ import annotations

import pose
from pose.skeleton import named_keypoints


def person_json(person: pose.Person) -> dict[str, object]:
    """A plain dict: its score, named keypoints in pixels, and what it wears on its head (None: not known)."""
    worn = person.headwear
    return {
        "score": round(person.score, 3),
        "keypoints": named_keypoints(person),
        "headwear": worn and {"helmet": round(worn.helmet, 3), "bare": round(worn.bare, 3)},
    }
