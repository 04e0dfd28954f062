"""Skeletons and peaks of the head fields -> people, each with at most one peak and the evidence for a head.

Peaks find heads in crowds, where bodies are hidden, and give a head's place and size more precisely than a fit to the
skeleton does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import expit

from pose.estimation.head_frames import HeadFrame, at_peak, fit_head
from pose.skeleton import HEAD_KEYPOINTS, KEYPOINTS, LIMBS, HeadPeak, Person

# Distance of a peak from a skeleton's fitted head, in sizes of the larger, below which both are the same head: of 922
# skeletons of `lightweight_fine` (tune-site and tune-cctv) 913 have a peak nearer than 0.4, and one from 0.4 to 0.5.
REACH: Final = 0.5

_HEAD_LIMBS: Final = sum(a in HEAD_KEYPOINTS and b in HEAD_KEYPOINTS for a, b in LIMBS)
# The head's share of a person's keypoints and limbs: the score of a skeleton that is a perfect head alone.
_HEAD_SHARE: Final = (len(HEAD_KEYPOINTS) + _HEAD_LIMBS) / (len(KEYPOINTS) + len(LIMBS))


@dataclass(frozen=True, slots=True)
class Joining:
    """The evidence that skeletons and peaks give; a model's `pose.json` has its values.

    `python -m benchmarks.joining` fits them on labelled pictures.

    peak: least value of a head's centre in its field.
    constant, skeleton, head: the log-odds of a head are constant + skeleton * the skeleton's score + head * the peak's
    score; the score of what was not found is 0.
    person: least probability of a person with a head.
    """

    peak: float
    constant: float
    skeleton: float
    head: float
    person: float

    def evidence(self, skeleton: float, head: float) -> float:
        """The probability that a head is there, from a skeleton's and a peak's score."""
        return float(expit(self.constant + self.skeleton * skeleton + self.head * head))


def join(people: Sequence[Person], heads: Sequence[HeadPeak], joining: Joining) -> tuple[Person, ...]:
    """Skeletons with the peaks on their heads, then the peaks without a skeleton, each with enough evidence.

    people: skeletons alone. heads: peaks, each of another head. A skeleton to which no head can be fitted stays as it
    is, without evidence.
    """
    frames = [fit_head(person) for person in people]
    peak_of = _pairs(frames, heads)
    joined = [
        _with_head(person, heads[peak_of[place]] if place in peak_of else None, joining) if frames[place] else person
        for place, person in enumerate(people)
    ]
    joined += [_head_alone(head, joining) for place, head in enumerate(heads) if place not in peak_of.values()]
    return tuple(person for person in joined if person.evidence is None or person.evidence >= joining.person)


def _with_head(person: Person, head: HeadPeak | None, joining: Joining) -> Person:
    return replace(person, head=head, evidence=joining.evidence(person.score, head.score if head else 0.0))


def _head_alone(head: HeadPeak, joining: Joining) -> Person:
    keypoints = np.zeros((len(KEYPOINTS), 3), np.float32)
    return Person(keypoints, _HEAD_SHARE * head.score, head, joining.evidence(0.0, head.score))


def _pairs(frames: Sequence[HeadFrame | None], heads: Sequence[HeadPeak]) -> dict[int, int]:
    """Index of a fitted head -> index of its peak, one-to-one, with the least total distance."""
    fitted = [place for place, frame in enumerate(frames) if frame]
    own, peaks = _circles(frame for frame in frames if frame), _circles(map(at_peak, heads))
    away = np.hypot(own[:, None, 0] - peaks[:, 0], own[:, None, 1] - peaks[:, 1])
    gain = np.minimum(away / np.maximum(own[:, None, 2], peaks[:, 2]) - REACH, 0.0)
    rows, columns = linear_sum_assignment(gain)
    return {fitted[row]: int(column) for row, column in zip(rows, columns, strict=True) if gain[row, column] < 0}


def _circles(frames: Iterable[HeadFrame]) -> NDArray[np.float64]:
    """(n, 3): x, y and size."""
    return np.array([(frame.x, frame.y, frame.size) for frame in frames], float).reshape(-1, 3)
