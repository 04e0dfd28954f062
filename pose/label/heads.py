"""Pairs skeletons with heads that people boxed, and finds the region of a head without a skeleton."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pose.data.labels import JOINED, TEACHER, TOP_DOWN
from pose.estimation.head_frames import HeadFrame, fit_head
from pose.label.joining import FAINT, SURE, UNSURE, Skeleton
from pose.skeleton import COCO_KEYPOINTS, HEAD_KEYPOINTS, KEYPOINTS, Person, from_coco

Floats = NDArray[np.float64]

REACH: Final = 0.6  # longer sides of a box: greatest distance from its centre to that of a skeleton's head
SMALLEST: Final = 10.0  # pixels of the longer side: no network finds the body of a smaller head
# Where a head's body may be, in the box's longer sides s: 3.2 s wide and 5 s high, starting 0.3 s above the box.
_ABOVE, _WIDTH, _HEIGHT = 0.3, 3.2, 5.0
_OVERLAP: Final = 0.5  # IoU of a body and a region from which the region belongs to the body
_CROWD: Final = 6.0  # longer sides: width from which a region belongs to more than one head

# What a skeleton needs to be a boxed head's: so many sure keypoints, a head between these shares of the box's longer
# side, and a score by its origin. Chosen on 336 heads of sites and plant cameras (docs/measured/training-log.md).
FEWEST: Final = 5
_ALIKE: Final = (0.6, 1.4)
LEAST: Final = {JOINED: 0.2, TEACHER: 0.22, TOP_DOWN: 0.28}

# A top-down network answers keypoints for any head, also where the body is hidden or another person's.
_ALONE_SURE: Final = 0.35  # confidence from which a keypoint of such an answer is sure
_FACE_REACH: Final = 0.75  # longer sides: greatest distance in x and y of face keypoints from the head's centre
_FARTHEST: Final = 8.0  # longer sides: greatest distance of a sure keypoint from the head

_FACE: Final = [COCO_KEYPOINTS.index(KEYPOINTS[keypoint]) for keypoint in HEAD_KEYPOINTS]


def head_of(keypoints: Floats) -> HeadFrame | None:
    """The head fitted to the sure ones of (17, 3) keypoints, if one can be fitted."""
    sure = np.where(keypoints[:, 2:] >= SURE, keypoints, 0).astype(np.float32)
    return fit_head(Person(from_coco(sure), 1.0))


def _head_centre(keypoints: Floats) -> tuple[float, float] | None:
    """x, y of the fitted head, else the mean of the sure head keypoints; None without any."""
    fitted = head_of(keypoints)
    if fitted is not None:
        return fitted.x, fitted.y
    seen = keypoints[_FACE][keypoints[_FACE, 2] >= SURE, :2]
    return (float(seen[:, 0].mean()), float(seen[:, 1].mean())) if len(seen) else None


def pair_with_heads(people: Sequence[Floats], heads: Floats) -> dict[int, int]:
    """Index of a boxed head (n, 4) -> index of its skeleton (17, 3), one-to-one, with the least total distance."""
    centres = [(place, centre) for place, each in enumerate(people) if (centre := _head_centre(each)) is not None]
    at = np.array([centre for _, centre in centres]).reshape(-1, 2)
    middles, sides = heads[:, :2] + heads[:, 2:] / 2, heads[:, 2:].max(axis=1, initial=1e-6)
    away = np.linalg.norm(middles[:, None] - at, axis=2) / sides[:, None]
    gain = np.minimum(away - REACH, 0.0)
    rows, columns = linear_sum_assignment(gain)
    return {int(h): centres[p][0] for h, p in zip(rows, columns, strict=True) if gain[h, p] < 0}


def on_heads(people: Sequence[Skeleton], heads: Floats) -> list[Skeleton]:
    """The people whose head is one of these boxed heads (n, 4)."""
    return [people[place] for place in pair_with_heads([person.keypoints for person in people], heads).values()]


def fits(skeleton: Skeleton, head: Floats) -> bool:
    """Whether a skeleton on a boxed head (4,) is sure enough, and its fitted head, if any, has the box's size."""
    own = head_of(skeleton.keypoints)
    alike = own is None or _ALIKE[0] <= own.size / float(head[2:].max()) <= _ALIKE[1]
    return alike and skeleton.score >= LEAST[skeleton.by] and bool(skeleton.sure.sum() >= FEWEST)


def cleared(keypoints: Floats, head: Floats) -> Floats:
    """A top-down network's answer (17, 3) for a boxed head (4,), without keypoints that are hardly this person's.

    Faint keypoints, and face keypoints off the head, become not found; weak ones, and those far from the head, unsure.
    """
    keypoints, side = keypoints.copy(), float(head[2:].max())
    away = keypoints[:, :2] - (head[:2] + head[2:] / 2)
    confidence = keypoints[:, 2]
    doubtful = (confidence < _ALONE_SURE) | (np.hypot(*away.T) > _FARTHEST * side)
    confidence[doubtful] = np.minimum(confidence[doubtful], UNSURE)
    keypoints[confidence <= FAINT] = 0
    keypoints[[point for point in _FACE if (np.abs(away[point]) > _FACE_REACH * side).any()]] = 0
    return keypoints


def hidden_body(head: Floats) -> Floats:
    """The region (4,) in which the body of a boxed head (4,) may be."""
    left, top, width, height = head
    side = max(width, height)
    return np.array([left + width / 2 - _WIDTH / 2 * side, top - _ABOVE * side, _WIDTH * side, _HEIGHT * side])


def covering(head: Floats, regions: Floats) -> NDArray[np.bool_]:
    """Which regions (n, 4) cover the head's centre, (n,) bool."""
    at = head[:2] + head[2:] / 2 - regions[:, :2]
    cover: NDArray[np.bool_] = np.all(np.logical_and(at >= 0, at <= regions[:, 2:]), axis=1)
    return cover


def regions_of(body: Floats, head: Floats, regions: Floats) -> NDArray[np.bool_]:
    """Which regions (n, 4) belong only to the person with this body outline (4,) and head (4,), (n,) bool.

    Such a region covers the head and is narrower than a crowd's, or overlaps the body by `_OVERLAP`.
    """
    over_head = np.logical_and(covering(head, regions), regions[:, 2] < _CROWD * float(head[2:].max()))
    low, high = np.maximum(body[:2], regions[:, :2]), np.minimum(body[:2] + body[2:], regions[:, :2] + regions[:, 2:])
    shared = np.maximum(high - low, 0).prod(axis=1)
    union = body[2:].prod() + regions[:, 2:].prod(axis=1) - shared
    theirs: NDArray[np.bool_] = np.logical_or(over_head, shared > _OVERLAP * union)
    return theirs
