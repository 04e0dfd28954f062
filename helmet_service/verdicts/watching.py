"""Judged frames in, people kept apart and voted verdicts out; and the spans of a whole video."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Status
from helmet_service.verdicts.voting import VOTING, Votes, VotingRules, vote
from pose.tracking import Tracker, TrackingRules

TRACKING: Final = TrackingRules()


@dataclass(frozen=True, slots=True)
class Voted:
    """What the frames so far say of one track.

    confidence: the probability that the status is right, None for `unknown`. since_s: when the status began, in seconds
    of the moving picture. frames: how many of the track were judged.
    """

    track: int
    status: Status
    confidence: float | None
    since_s: float
    frames: int


@dataclass(frozen=True, slots=True)
class Watched:
    """One judged frame of a moving picture.

    at_s: when it was taken, in seconds. judged: its people smoothed, its own verdicts as they were. voted: one for each
    of `judged.judgement.people`, in that order.
    """

    at_s: float
    judged: JudgedCase
    voted: tuple[Voted, ...]


class Watcher:
    """Follows the people of one camera; remembers those of the last seconds, and no pictures."""

    def __init__(self, voting: VotingRules = VOTING, tracking: TrackingRules = TRACKING) -> None:
        self._tracker = Tracker(tracking)
        self._voting = voting
        self._votes: dict[int, Votes] = {}

    @property
    def remembered(self) -> frozenset[int]:
        """The tracks that people of coming frames may continue."""
        return self._tracker.remembered

    def step(self, judged: JudgedCase, at_s: float) -> Watched:
        """The next frame. at_s: when it was taken, in seconds; ValueError where that is before the last frame."""
        tracked = self._tracker.step(judged.people, at_s)
        voted = []
        for verdict in judged.judgement.people:
            track = tracked[verdict.person].track
            votes = self._votes[track] = vote(self._votes.get(track), verdict, at_s, self._voting)
            voted.append(Voted(track, votes.status, votes.confidence(self._voting), votes.since_s, votes.frames))
        self._votes = {track: self._votes[track] for track in self._tracker.remembered & self._votes.keys()}
        people = tuple(each.person for each in tracked)
        return Watched(at_s, replace(judged, people=people), tuple(voted))


@dataclass(frozen=True, slots=True)
class Span:
    """How long one status was that of a track, in seconds of the video.

    confidence: the mean of what the frames of the span voted, None for `unknown`.
    """

    from_s: float
    to_s: float
    status: Status
    confidence: float | None


@dataclass(frozen=True, slots=True)
class TrackSpans:
    """The statuses of one track, one after the other, from its first frame to its last."""

    track: int
    spans: tuple[Span, ...]


def timeline(watched: Iterable[Watched]) -> tuple[TrackSpans, ...]:
    """The spans of every track of a video's frames, in the order of their ids.

    A status begins when the vote says that it began, which is earlier than the frame that decided it.
    """
    tracks: dict[int, list[_OpenSpan]] = {}
    for frame in watched:
        for voted in frame.voted:
            _extend(tracks.setdefault(voted.track, []), voted, frame.at_s)
    return tuple(TrackSpans(track, tuple(span.closed() for span in tracks[track])) for track in sorted(tracks))


@dataclass(slots=True)
class _OpenSpan:
    """A span that may go on; total: of the confidences of so many frames."""

    from_s: float
    to_s: float
    status: Status
    total: float = 0.0
    frames: int = 0

    def closed(self) -> Span:
        """The span as it is now."""
        confidence = None if self.status == "unknown" else self.total / self.frames
        return Span(self.from_s, self.to_s, self.status, confidence)


def _extend(spans: list[_OpenSpan], voted: Voted, at_s: float) -> None:
    if not spans or spans[-1].status != voted.status:
        _turn(spans, voted.status, voted.since_s)
    span = spans[-1]
    span.to_s = at_s
    span.total += voted.confidence or 0.0
    span.frames += 1


def _turn(spans: list[_OpenSpan], status: Status, since_s: float) -> None:
    """Begins a status, or takes up the one before, in the place of all that was said of the time since."""
    while spans and spans[-1].from_s >= since_s:
        spans.pop()
    if spans and spans[-1].status == status:
        return
    if spans:
        spans[-1].to_s = since_s
    spans.append(_OpenSpan(since_s, since_s, status))
