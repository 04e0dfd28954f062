"""Gives the people of each frame the ids of the tracks that they continue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pose.skeleton import Person
from pose.tracking.matching import Match, match
from pose.tracking.motion import begun, corrected, predicted
from pose.tracking.rules import TrackingRules
from pose.tracking.shapes import Shape, moved, shape_of
from pose.tracking.smoothing import OneEuro

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
        self._at_s = -math.inf

    @property
    def remembered(self) -> frozenset[int]:
        """The tracks that people of coming frames may continue."""
        return frozenset(track.id for track in self._tracks)

    def step(self, people: Sequence[Person], at_s: float) -> tuple[Tracked, ...]:
        """The people of the next frame, in their order.

        at_s: when it was taken, in seconds. Raises ValueError where that is before the last frame.
        """
        if at_s < self._at_s:
            raise ValueError(f"at_s: expected a time from {self._at_s} on, got {at_s}")
        self._tracks = [track for track in self._tracks if at_s - track.seen_s <= self._rules.gap_s]
        for track in self._tracks:
            track.predict(at_s - self._at_s)
        self._at_s = at_s
        tracks = self._continued([shape_of(person) for person in people], at_s)
        self._tracks.sort(key=lambda track: -track.seen_s)
        del self._tracks[self._rules.most_tracks :]
        both = zip(tracks, people, strict=True)
        return tuple(Tracked(track.id, track.smoothed(person, at_s)) for track, person in both)

    def _continued(self, shapes: Sequence[Shape], at_s: float) -> list[_Track]:
        """The track of each shape, an old one or a new one."""
        expected, doubts = [track.shape for track in self._tracks], [track.doubt for track in self._tracks]
        old: dict[int, _Track] = {}
        for each in match(expected, doubts, shapes, self._rules):
            track = old[each.person] = self._tracks[each.track]
            track.correct(shapes[each.person], each, at_s)
        return [old.get(place) or self._begin(shape, at_s) for place, shape in enumerate(shapes)]

    def _begin(self, shape: Shape, at_s: float) -> _Track:
        track = _Track(self._next, shape, at_s, self._rules)
        self._next += 1
        self._tracks.append(track)
        return track


class _Track:
    """One person over time, where it is expected next."""

    def __init__(self, track: int, shape: Shape, at_s: float, rules: TrackingRules) -> None:
        self.id = track
        self.shape = shape
        self.seen_s = at_s
        self._rules = rules
        self._motion = begun(rules.place_noise**2, rules)
        self._smooth = OneEuro(rules.smoothing, rules.gap_s)

    @property
    def doubt(self) -> float:
        """The variance of the place, in squared sizes."""
        return self._motion.place

    def predict(self, wait: float) -> None:
        """Moves on by so many seconds."""
        self._motion, way = predicted(self._motion, wait, self._rules)
        self.shape = moved(self.shape, way)

    def correct(self, found: Shape, match: Match, at_s: float) -> None:
        """Takes the shape that was found now; points unseen now are expected where the others went."""
        self._motion = corrected(self._motion, match.way, match.noise)
        unseen = found.points[:, 2:] == 0
        self.shape = replace(found, points=np.where(unseen, moved(self.shape, match.way).points, found.points))
        self.seen_s = at_s

    def smoothed(self, person: Person, at_s: float) -> Person:
        """The person with smoothed keypoints."""
        return replace(person, keypoints=self._smooth.step(person.keypoints, self.shape.size, at_s))
