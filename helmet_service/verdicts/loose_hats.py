"""Why a hat is on nobody's head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.rules import Rules
from pose.estimation.head_frames import HeadFrame
from pose.skeleton import HEAD_KEYPOINTS, LEFT_ELBOW, LEFT_WRIST, LIMBS, RIGHT_ELBOW, RIGHT_WRIST, Person

_BODY_LIMBS: Final = np.array([limb for limb in LIMBS if not set(limb) & set(HEAD_KEYPOINTS)])
_FOREARMS: Final = np.array([(RIGHT_ELBOW, RIGHT_WRIST), (LEFT_ELBOW, LEFT_WRIST)])
_ALONG_A_LIMB: Final = np.linspace(0, 1, 5)[:, None]


def is_outside(hat: Hat, width: int, height: int) -> bool:
    """Whether no part of the box lies in a picture of `width` x `height` pixels."""
    box = hat.box
    return box.right <= 0 or box.bottom <= 0 or box.left >= width or box.top >= height


def body_distances(
    people: Sequence[Person], heads: Sequence[HeadFrame | None], hats: Sequence[Hat], rules: Rules
) -> NDArray[np.float64]:
    """(people, hats): from a hat's centre to the nearest part of a body below its head, in sizes of the person's head.

    Arms, torso and legs as far as both ends are seen, and hands. A person without a head frame is measured by the
    longest way between two points of the skeleton, as people lie and cameras are mounted rolled.
    """
    distances = np.full((len(people), len(hats)), np.inf)
    if not hats:
        return distances
    centres = np.array([hat.box.centre for hat in hats], float)
    for row, (person, head) in enumerate(zip(people, heads, strict=True)):
        points = _body_points(person, rules)
        if not len(points):
            continue
        size = head.size if head else float(pdist(person.points).max()) / rules.heads_in_skeleton
        if size > 0:
            distances[row] = cdist(centres, points).min(axis=1) / size
    return distances


def _body_points(person: Person, rules: Rules) -> NDArray[np.float64]:
    """Points along the seen limbs of the body, and where the hands must be, (n, 2)."""
    points = person.keypoints[:, :2].astype(np.float64)
    seen = person.seen
    starts, ends = _BODY_LIMBS[seen[_BODY_LIMBS].all(axis=1)].T
    elbows, wrists = _FOREARMS[seen[_FOREARMS].all(axis=1)].T
    limbs = points[starts, None] + _ALONG_A_LIMB * (points[ends] - points[starts])[:, None]
    hands = points[wrists] + rules.hand_beyond_wrist * (points[wrists] - points[elbows])
    return np.concatenate([limbs.reshape(-1, 2), hands])
