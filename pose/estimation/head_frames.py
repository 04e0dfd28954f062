"""The place, size and up direction of a person's head: from a peak of the head fields, or fitted to keypoints.

Each view of a canonical head says where keypoints lie around the head's centre. The seen ears and face choose the view;
a similarity (rotation, size, translation) with the least weighted squared error lays it over the keypoints. The fit
does not depend on the picture's up: people may lie, and cameras may be mounted rolled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.skeleton import (
    LEFT_EAR,
    LEFT_EYE,
    LEFT_HIP,
    LEFT_SHOULDER,
    MIRRORED,
    NECK,
    NOSE,
    RIGHT_EAR,
    RIGHT_EYE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    HeadPeak,
    Person,
)

Points = NDArray[np.float64]

_EARS: Final = (RIGHT_EAR, LEFT_EAR)
_FACE: Final = (NOSE, RIGHT_EYE, LEFT_EYE)
_TORSO: Final = (NECK, RIGHT_SHOULDER, LEFT_SHOULDER)

# Positions (x, y) of keypoints relative to the head's centre, y downwards, in sizes of the bare head (chin to crown):
# medians over 8,407 heads of Hard Hat Workers with boxes by people and keypoints by human-pose-estimation-0001
# (confidence >= 0.3). Boxes around helmets were divided by 1.13 first, which makes the medians of both kinds agree.
# Views from one side show the right one and are mirrored for the left.
# fmt: off
FRONT: Final = {
    NOSE: (0, 0.09), RIGHT_EYE: (-0.11, -0.02), LEFT_EYE: (0.11, -0.02), RIGHT_EAR: (-0.27, 0.03),
    LEFT_EAR: (0.27, 0.03), NECK: (0, 0.64), RIGHT_SHOULDER: (-0.5, 0.64), LEFT_SHOULDER: (0.5, 0.64),
    RIGHT_HIP: (-0.31, 2.22), LEFT_HIP: (0.31, 2.22),
}
_THREE_QUARTER: Final = {
    NOSE: (0.17, 0.1), RIGHT_EYE: (0.05, 0), LEFT_EYE: (0.23, 0), RIGHT_EAR: (-0.23, 0.02), NECK: (-0.1, 0.62),
    RIGHT_SHOULDER: (-0.54, 0.63), LEFT_SHOULDER: (0.35, 0.61), RIGHT_HIP: (-0.32, 2.21), LEFT_HIP: (0.25, 2.19),
}
_PROFILE: Final = {
    NOSE: (0.28, 0.13), RIGHT_EYE: (0.22, 0.03), LEFT_EYE: (0.22, 0.03), RIGHT_EAR: (-0.04, 0.03), NECK: (-0.23, 0.57),
    RIGHT_SHOULDER: (-0.35, 0.6), LEFT_SHOULDER: (-0.22, 0.55), RIGHT_HIP: (-0.29, 2.17), LEFT_HIP: (-0.3, 2.14),
}
_BACK: Final = {
    RIGHT_EAR: (0.3, 0.07), LEFT_EAR: (-0.3, 0.07), NECK: (0, 0.72), RIGHT_SHOULDER: (0.57, 0.73),
    LEFT_SHOULDER: (-0.57, 0.73), RIGHT_HIP: (0.37, 2.51), LEFT_HIP: (-0.37, 2.51),
}
# fmt: on

# How far people's keypoints lie from the canonical head's, in its sizes: about half the distance from the 16th to the
# 84th percentile, and more for head keypoints: 0.15 gave better centres than 0.12, and called fewer helmeted heads bare
# than 0.2 (the first network's skeletons, 2,134 labelled heads of tune-site and train-1).
_SPREAD: Final = {
    **dict.fromkeys((*_EARS, *_FACE), 0.15),
    NECK: 0.15,
    **dict.fromkeys((RIGHT_SHOULDER, LEFT_SHOULDER), 0.25),
    **dict.fromkeys((RIGHT_HIP, LEFT_HIP), 0.35),
}
_WELL_SEEN: Final = 0.3  # least score of neck and both shoulders of a head seen from behind
# Relative standard error of the size above which no head is fitted: between 1 and 2, the median size is wrong 1.7-fold.
_UNSURE: Final = 1.0
_ALIKE: Final = 0.01  # difference in misfit below which two views fit equally well, so that neither is chosen
_ONE_SPOT: Final = 1e-6  # square pixels of scatter below which points lie on one spot

# Distance of two heads' centres, in sizes of the smaller, below which they are one head with two skeletons: it removes
# 15 % of the heads without a label, and 1 % of the labelled heads (tune-site and 600 pictures of train-1, Hard Hat
# Workers).
_SAME_HEAD: Final = 0.4


# A box around a helmet, relative to the bare head inside: the ratio of sizes (see above), and the offset of its centre
# towards the crown, in sizes of the bare head. The offset is the median of 1,788 peaks of helmeted heads (tune-* and an
# eighth of train-*) against heads fitted to their skeletons; for 701 bare ones it is 0.01.
_HELMET_SIZE: Final = 1.13
_HELMET_ALONG: Final = 0.075
_UPRIGHT: Final = (0.0, -1.0)


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
    """The person's head; None without a head peak where no head can be fitted to the seen keypoints.

    A peak gives place and size, and keypoints give the up direction; without them it is the picture's up. The
    confidence is the person's evidence, or without one comes from the peak's or the keypoints' scores.
    """
    fitted = _fit_keypoints(person)
    if person.head is not None:
        fitted = at_peak(person.head, fitted.up if fitted else _UPRIGHT)
    return fitted if fitted is None or person.evidence is None else replace(fitted, confidence=person.evidence)


def at_peak(head: HeadPeak, up: tuple[float, float] = _UPRIGHT) -> HeadFrame:
    """The bare head inside a peak's box, with the peak's score as confidence; up: unit vector from chin to crown."""
    if not head.is_helmeted:
        return HeadFrame(head.x, head.y, head.size, up, head.score)
    size = head.size / _HELMET_SIZE
    along = _HELMET_ALONG * size
    return HeadFrame(head.x - along * up[0], head.y - along * up[1], size, up, head.score)


def helmeted_peak(head: HeadFrame) -> HeadPeak:
    """The peak of a helmeted head for which `at_peak` gives this head."""
    along = _HELMET_ALONG * head.size
    x, y = head.x + along * head.up[0], head.y + along * head.up[1]
    return HeadPeak(x, y, _HELMET_SIZE * head.size, head.confidence, 0.0)


def _fit_keypoints(person: Person) -> HeadFrame | None:
    """The head fitted to the seen keypoints.

    Ears, eyes and nose choose the view; neck, shoulders and hips help with place, size and up. Without a head keypoint,
    a head seen from behind is fitted to a well-seen neck and shoulders.
    """
    fits = [fit for view in _views(person) if (fit := _lay_over(person, view)) is not None]
    fits.sort(key=lambda fit: fit.misfit)
    if not fits or fits[0].size_error > _UNSURE:
        return None
    fit = fits[0]
    if any(other.misfit - fit.misfit < _ALIKE for other in fits[1:]):
        return None
    up = -1j * fit.turn
    return HeadFrame(fit.centre.real, fit.centre.imag, fit.size, (up.real, up.imag), _confidence(person))


def own_heads(people: Sequence[Person]) -> list[HeadFrame | None]:
    """Each person's head; None also for a head on a more confident one, as two skeletons lie on one person there."""
    heads = [fit_head(person) for person in people]
    kept: list[HeadFrame] = []
    own: list[HeadFrame | None] = [None] * len(heads)
    for head, place in sorted(
        ((head, place) for place, head in enumerate(heads) if head),
        key=lambda found: (-found[0].confidence, -found[0].size, found[0].x, found[0].y),
    ):
        if not any(_same(head, other) for other in kept):
            kept.append(head)
            own[place] = head
    return own


def _same(a: HeadFrame, b: HeadFrame) -> bool:
    return math.hypot(a.x - b.x, a.y - b.y) < _SAME_HEAD * min(a.size, b.size)


View = Mapping[int, tuple[float, float]]


def _views(person: Person) -> list[View]:
    """The views that agree with the seen head keypoints."""
    seen = person.seen
    right, left = seen[RIGHT_EAR], seen[LEFT_EAR]
    face = seen[list(_FACE)].any()
    if right and left:
        return [FRONT] if face else [_BACK, FRONT]
    if right or left:
        view = _THREE_QUARTER if seen[RIGHT_EYE] and seen[LEFT_EYE] else _PROFILE
        return [view if right else _mirrored(view)]
    if face:
        return [FRONT]
    return [_BACK, FRONT] if person.keypoints[list(_TORSO), 2].min() >= _WELL_SEEN else []


def _mirrored(view: View) -> View:
    return {MIRRORED[keypoint]: (-x, y) for keypoint, (x, y) in view.items()}


@dataclass(frozen=True, slots=True)
class _Fit:
    """A view laid over keypoints; places and directions are complex numbers, x + iy.

    turn: rotates the view's directions into the picture's. misfit: the share of the keypoints' scatter that the view
    does not explain, 0..1. size_error: the size's standard error, relative to the size.
    """

    centre: complex
    size: float
    turn: complex
    misfit: float
    size_error: float


def _lay_over(person: Person, view: View) -> _Fit | None:
    """The similarity of least squared error; a keypoint's weight is its score divided by its squared spread.

    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991), in the
    complex plane. The size is the ratio of both scatters, because the least-squares size shrinks as noise grows.
    """
    seen = person.seen
    shared = [keypoint for keypoint in view if seen[keypoint]]
    if len(shared) < 2:
        return None
    x, y, score = person.keypoints[shared].astype(np.float64).T
    weights = score / np.array([_SPREAD[keypoint] for keypoint in shared]) ** 2
    there, here = x + 1j * y, np.array([complex(*view[keypoint]) for keypoint in shared])
    total = weights.sum()
    centre_there, centre_here = (weights * there).sum() / total, (weights * here).sum() / total
    off_there, off_here = there - centre_there, here - centre_here
    scatter_there, scatter_here = (float((weights * np.abs(off) ** 2).sum()) for off in (off_there, off_here))
    shared_scatter = complex((weights * off_there * off_here.conj()).sum())
    if min(scatter_there, abs(shared_scatter)) <= _ONE_SPOT * total or scatter_here <= 0:
        return None
    size, turn = math.sqrt(scatter_there / scatter_here), shared_scatter / abs(shared_scatter)
    return _Fit(
        centre=complex(centre_there - size * turn * centre_here),
        size=size,
        turn=turn,
        misfit=1 - abs(shared_scatter) ** 2 / (scatter_there * scatter_here),
        size_error=1 / math.sqrt(scatter_here),
    )


def _confidence(person: Person) -> float:
    """The probability that the skeleton's head is one that people would box, from its keypoints' scores.

    A logistic regression on the summed scores of the five head keypoints and of neck and shoulders. It was fitted to
    2,307 heads of the second network in 750 pictures of Hard Hat Workers (`python -m benchmarks.calibration`). A head
    is right when it is paired with a labelled box (within 0.6 box heights); real people without a box count as wrong.
    """
    scores = person.keypoints[:, 2].astype(np.float64)
    evidence = -0.04 + 1.0 * scores[[*_EARS, *_FACE]].sum() + 0.97 * scores[list(_TORSO)].sum()
    return float(1 / (1 + math.exp(-evidence)))
