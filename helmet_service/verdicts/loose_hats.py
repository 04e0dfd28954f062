"""Why a hat is on nobody's head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from helmet_service.verdicts.boxes import Hat
from pose.head_frames import HeadFrame
from pose.skeleton import HEAD_KEYPOINTS, LEFT_ELBOW, LEFT_WRIST, LIMBS, RIGHT_ELBOW, RIGHT_WRIST, Person

_BODY_LIMBS: Final = tuple(limb for limb in LIMBS if not set(limb) & set(HEAD_KEYPOINTS))
_FOREARMS: Final = ((RIGHT_ELBOW, RIGHT_WRIST), (LEFT_ELBOW, LEFT_WRIST))


def is_outside(hat: Hat, width: int, height: int) -> bool:
    """Whether no part of the box lies in a picture of `width` x `height` pixels."""
    box = hat.box
    return box.right <= 0 or box.bottom <= 0 or box.left >= width or box.top >= height


def body_distances(
    people: Sequence[Person], heads: Sequence[HeadFrame | None], hats: Sequence[Hat]
) -> NDArray[np.float64]:
    """(people, hats): from a hat's centre to the nearest part of a body below its head, in sizes of the person's head.

    Arms, torso and legs as far as both ends are seen, hands half a forearm beyond the wrist. A person without a head
    frame is measured by a seventh of the skeleton's length, the longest way between two of its points (heads are 1/7 to
    1/8 of stature: Drillis & Contini 1966), as people lie and cameras are mounted rolled.
    """
    distances = np.full((len(people), len(hats)), np.inf)
    centres = np.array([hat.box.centre for hat in hats], float).reshape(-1, 2)
    for row, (person, head) in enumerate(zip(people, heads, strict=True)):
        points = _body_points(person)
        if not len(points):
            continue
        size = head.size if head else float(pdist(person.points).max()) / 7
        if size > 0:
            distances[row] = cdist(centres, points).min(axis=1) / size
    return distances


def _body_points(person: Person) -> NDArray[np.float64]:
    """Points along the seen limbs of the body, and where the hands must be, (n, 2)."""
    points = person.keypoints[:, :2].astype(np.float64)
    seen = person.seen
    steps = np.linspace(0, 1, 5)[:, None]
    found = [points[a] + steps * (points[b] - points[a]) for a, b in _BODY_LIMBS if seen[a] and seen[b]]
    found += [points[b, None] + 0.5 * (points[b] - points[a]) for a, b in _FOREARMS if seen[a] and seen[b]]
    return np.concatenate([np.zeros((0, 2)), *found])
