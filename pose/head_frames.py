"""Where a person's head is, how large, and which way is up: fitted to the seen keypoints.

Proportions are medians over 8,429 heads of Hard Hat Workers whose box was drawn by people and whose keypoints come from
human-pose-estimation-0001 (confidence >= 0.3), in units of the bare head's height from chin to crown; boxes around
helmets were first divided by 1.13, which makes both kinds' medians agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.skeleton import (
    LEFT_EAR,
    LEFT_EYE,
    LEFT_HIP,
    LEFT_SHOULDER,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_EYE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    Person,
)

Points = NDArray[np.float64]

_EARS = (RIGHT_EAR, LEFT_EAR)
_FACE = (NOSE, RIGHT_EYE, LEFT_EYE)
_SHOULDERS = (RIGHT_SHOULDER, LEFT_SHOULDER)
_HIPS = (RIGHT_HIP, LEFT_HIP)

_CENTRE_ABOVE_ANCHOR = 0.035
_NECK_TO_ANCHOR = 0.63
_NECK_TO_HIP = 1.63
_SHOULDERS_APART = 1.03
_NECK_TO_CENTRE = 0.65
_FROM_BEHIND_CONFIDENCE = 0.57

SAME_HEAD: Final = 0.4  # sizes of the smaller head between two centres; what it was chosen on: judge.Rules


@dataclass(frozen=True, slots=True)
class HeadFrame:
    """A head in the picture.

    x, y: its centre, midway between chin and crown; size: chin to crown; both in pixels of the upright picture.
    up: unit vector from chin to crown (y grows downwards, so an upright head has (0, -1)).
    confidence: the probability that a head is there, in [0, 1].
    """

    x: float
    y: float
    size: float
    up: tuple[float, float]
    confidence: float


def fit_head(person: Person) -> HeadFrame | None:
    """The person's head, or None where the seen keypoints do not carry one.

    Ears, eyes and nose place it; neck, shoulders and hips help with its size, both ears with its up. Without any head
    point, neck and shoulders carry a head seen from behind.
    """
    ears, face = _seen(person, _EARS), _seen(person, _FACE)
    if not len(ears) and not len(face):
        return _fit_from_behind(person)
    anchor = _anchor(ears, face)
    size = _size(person, ears, face, anchor)
    if size is None:
        return None
    up = _up(person, anchor, ears, size)
    x, y = anchor + _CENTRE_ABOVE_ANCHOR * size * up
    return HeadFrame(float(x), float(y), size, (float(up[0]), float(up[1])), _confidence(person))


def own_heads(people: Sequence[Person], same_head: float = SAME_HEAD) -> list[HeadFrame | None]:
    """Everybody's head, but None for a head that lies on a more confident one: two skeletons on one person.

    same_head: how near two centres are, in sizes of the smaller head, to be one head.
    """
    heads = [fit_head(person) for person in people]
    kept: list[HeadFrame] = []
    own: list[HeadFrame | None] = [None] * len(heads)
    for head, place in sorted(
        ((head, place) for place, head in enumerate(heads) if head),
        key=lambda found: (-found[0].confidence, -found[0].size, found[0].x, found[0].y),
    ):
        if not any(_same(head, other, same_head) for other in kept):
            kept.append(head)
            own[place] = head
    return own


def _same(a: HeadFrame, b: HeadFrame, reach: float) -> bool:
    return math.hypot(a.x - b.x, a.y - b.y) < reach * min(a.size, b.size)


def _seen(person: Person, keypoints: tuple[int, ...]) -> Points:
    """The seen ones of these keypoints, (n, 2)."""
    rows = person.keypoints[list(keypoints)]
    return rows[rows[:, 2] > 0, :2].astype(np.float64)


def _anchor(ears: Points, face: Points) -> Points:
    """The middle of the head points: on the ears' axis, nearer to the face the more of the face is seen beside one ear.

    The shares leave the smallest horizontal distance to the middle of the labelled boxes.
    """
    if not len(ears):
        return _middle(face)
    if len(ears) == 2 or not len(face):
        return _middle(ears)
    share = 0.6 if len(face) == 3 else 0.2
    return (1 - share) * _middle(ears) + share * _middle(face)


def _size(person: Person, ears: Points, face: Points, anchor: Points) -> float | None:
    """Chin to crown: the mean of what each cue says, in logarithms, weighted by the inverse square of its spread.

    Spreads start from half the distance between the 16th and the 84th percentile of the cue's logarithm; those between
    head points are nearly doubled, which on the first network's noisier points left the smallest error.
    """
    cues = [_span_cue(ears, face)]
    neck, hips = _seen(person, (NECK,)), _seen(person, _HIPS)
    if len(neck):
        cues.append((_distance(neck[0], anchor), _NECK_TO_ANCHOR, 0.18))
        cues += [(_distance(neck[0], hip), _NECK_TO_HIP, 0.15) for hip in hips]
    sizes = [(math.log(length / share), spread**-2) for length, share, spread in cues if length > 0]
    if not sizes:
        return None
    return math.exp(sum(size * weight for size, weight in sizes) / sum(weight for _, weight in sizes))


def _span_cue(ears: Points, face: Points) -> tuple[float, float, float]:
    """The widest distance between two head points, its median share of the head's size, and the share's spread."""
    points = np.concatenate([ears, face])
    span = float(np.linalg.norm(points[:, None] - points[None], axis=-1).max())
    if len(ears) == 2:
        return span, 0.54, 0.2
    if len(ears) == 1:
        return (span, 0.47, 0.25) if len(face) == 3 else (span, 0.38, 0.4)
    return span, 0.18, 0.5


def _up(person: Person, anchor: Points, ears: Points, size: float) -> Points:
    """Upwards in the picture, turned by the line through both ears; the neck tells only which side of that is up.

    On 425 helmet shells of the panly pictures any share of the line from the neck made the error across `up` larger,
    also for people who bend: they keep their heads up.
    """
    up = np.array([0.0, -0.5])
    if len(ears) == 2:
        x, y = (ears[1] - ears[0]) / size
        neck = _seen(person, (NECK,))
        away = up + (anchor - neck[0]) / size if len(neck) else up
        across = np.array([y, -x])
        up = up + across * np.sign(across @ away)
    length = float(np.linalg.norm(up))
    return up / length if length > 0.05 else np.array([0.0, -1.0])


def _fit_from_behind(person: Person) -> HeadFrame | None:
    """The head above level, well-seen shoulders: of 7 such skeletons in 750 pictures 4 were real (0.57)."""
    torso = person.keypoints[[NECK, *_SHOULDERS]].astype(np.float64)
    across = torso[1, :2] - torso[2, :2]
    if torso[:, 2].min() < 0.3 or abs(across[1]) > 0.3 * abs(across[0]):
        return None
    size = float(np.linalg.norm(across)) / _SHOULDERS_APART
    x, y = torso[0, :2] - (0, _NECK_TO_CENTRE * size)
    return HeadFrame(float(x), float(y), size, (0.0, -1.0), _FROM_BEHIND_CONFIDENCE) if size > 0 else None


def _middle(points: Points) -> Points:
    middle: Points = points.mean(axis=0)
    return middle


def _distance(a: Points, b: Points) -> float:
    return float(np.hypot(*(a - b)))


def _confidence(person: Person) -> float:
    """The probability that the skeleton's head is one that people would box, from its points' scores.

    A logistic regression on the summed scores of the five head points and of neck and shoulders, fitted to 6,498
    skeletons of the first network in 750 pictures of Hard Hat Workers at three grouping thresholds; a head is right
    when it is paired with a labelled box (within 0.6 box heights). Real people without a box count as wrong there.
    """
    scores = person.keypoints[:, 2].astype(np.float64)
    evidence = -1.25 + 1.35 * scores[[*_EARS, *_FACE]].sum() + 1.51 * scores[[NECK, *_SHOULDERS]].sum()
    return float(1 / (1 + math.exp(-evidence)))
