"""Gives the people of each frame the ids of the tracks that they continue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pose.skeleton import Person
from pose.tracking.likeness import box_likeness, box_of, keypoint_likeness, points_of, size_of
from pose.tracking.rules import TrackingRules
from pose.tracking.smoothing import OneEuro

Array = NDArray[np.float64]
DEFAULT: Final = TrackingRules()


@dataclass(frozen=True, slots=True)
class Tracked:
    """One person of a frame, and who it is.

    track: the same in all frames of one person, from 0 on, never given twice by one tracker. person: as found, with
    smoothed keypoints.
    """

    track: int
    person: Person


class Tracker:
    """Keeps people apart over the frames of one camera, at any frame rate; remembers the last seconds alone."""

    def __init__(self, rules: TrackingRules = DEFAULT) -> None:
        self._rules = rules
        self._tracks: list[_Track] = []
        self._next = 0

    @property
    def remembered(self) -> frozenset[int]:
        """The tracks that people of coming frames may continue."""
        return frozenset(track.id for track in self._tracks)

    def step(self, people: Sequence[Person], at_s: float) -> tuple[Tracked, ...]:
        """The people of the next frame, in their order. at_s: when it was taken, in seconds; later than the last."""
        rules = self._rules
        self._tracks = [track for track in self._tracks if at_s - track.seen_s <= rules.gap_s]
        for track in self._tracks:
            track.predict(at_s)
        found = [_Found(points_of(person), box_of(person), size_of(person)) for person in people]
        continued = {person: self._tracks[track] for track, person in self._pairs(found)}
        tracked = []
        for place, (person, shape) in enumerate(zip(people, found, strict=True)):
            track = continued.get(place) or self._begin(shape, at_s)
            tracked.append(Tracked(track.id, track.see(person, shape, at_s)))
        self._tracks.sort(key=lambda track: -track.seen_s)
        del self._tracks[rules.most_tracks :]
        return tuple(tracked)

    def _begin(self, found: _Found, at_s: float) -> _Track:
        track = _Track(self._next, found, at_s, self._rules)
        self._next += 1
        self._tracks.append(track)
        return track

    def _pairs(self, found: Sequence[_Found]) -> list[tuple[int, int]]:
        """Places of tracks and people that belong together: those of the largest sum of likenesses."""
        if not self._tracks or not found:
            return []
        likeness = _likeness(self._tracks, found)
        tracks, people = linear_sum_assignment(likeness, maximize=True)
        pairs = zip(tracks.tolist(), people.tolist(), strict=True)
        return [(track, person) for track, person in pairs if likeness[track, person] >= self._rules.least_likeness]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A person's points (19, 3), box (4,) and size in pixels, see `likeness.py`."""

    points: Array
    box: Array
    size: float


class _Track:
    """One person over time: a Kalman filter of constant velocity, whose variances are in squares of the size."""

    def __init__(self, track: int, found: _Found, at_s: float, rules: TrackingRules) -> None:
        self.id = track
        self.found = found
        self.seen_s = at_s
        self._rules = rules
        self._predicted_s = at_s
        self._velocity = np.zeros(2)
        self._variance = np.diag([rules.place_noise**2, rules.start_speed**2])
        self._smooth = OneEuro(rules.smoothing, rules.gap_s)

    @property
    def doubt(self) -> float:
        """How uncertain the place is, as a standard deviation in sizes."""
        return float(np.sqrt(self._variance[0, 0]))

    def predict(self, at_s: float) -> None:
        """Moves on to this time."""
        wait = at_s - self._predicted_s
        move = np.array([[1, wait], [0, 1]])
        turns = self._rules.turning**2 * np.array([[wait**3 / 3, wait**2 / 2], [wait**2 / 2, wait]])
        self._variance = move @ self._variance @ move.T + turns
        self.found = _moved(self.found, self._velocity * wait)
        self._predicted_s = at_s

    def see(self, person: Person, found: _Found, at_s: float) -> Person:
        """Takes the person that was found now, and returns it smoothed."""
        way = _way(self.found, found)
        gain = self._variance[:, 0] / (self._variance[0, 0] + self._rules.place_noise**2)
        self._velocity = self._velocity + gain[1] * way
        self._variance = self._variance - np.outer(gain, self._variance[0])
        unseen = found.points[:, 2] == 0
        points = np.where(unseen[:, None], _moved(self.found, way).points, found.points)
        self.found = replace(found, points=points)
        self.seen_s = at_s
        return replace(person, keypoints=self._smooth.step(person.keypoints, found.size, at_s))


def _moved(found: _Found, way: Array) -> _Found:
    return replace(found, points=found.points + np.array([*way, 0]), box=found.box + np.tile(way, 2))


def _way(before: _Found, now: _Found) -> Array:
    """How far a person has come, (2,) pixels: the mean way of the points seen both times, else that of the box."""
    shared = (before.points[:, 2] > 0) & (now.points[:, 2] > 0)
    if shared.any():
        way: Array = (now.points - before.points)[shared, :2].mean(axis=0)
        return way
    return np.asarray((now.box - before.box).reshape(2, 2).mean(axis=0))


def _likeness(tracks: Sequence[_Track], found: Sequence[_Found]) -> Array:
    """How alike tracks and people are, (n, m) in [0, 1]: the mean by keypoints and boxes, by one where one is alone."""
    ours, theirs = [track.found for track in tracks], found
    sizes = np.array([each.size for each in ours])
    doubts = np.array([track.doubt for track in tracks])
    by_points = keypoint_likeness(
        np.array([each.points for each in ours]), np.array([each.points for each in theirs]), sizes, doubts
    )
    by_boxes = box_likeness(
        np.array([each.box for each in ours]), np.array([each.box for each in theirs]), sizes * doubts
    )
    return np.where(np.isnan(by_points), by_boxes, (by_points + by_boxes) / 2)
