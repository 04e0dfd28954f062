"""Judged frames in, people kept apart and voted verdicts out; and the spans of a whole video."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Status
from helmet_service.verdicts.voting import Votes, VotingRules, vote
from pose.tracking import Tracker

VOTING: Final = VotingRules()


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

    def __init__(self, voting: VotingRules = VOTING) -> None:
        self._tracker = Tracker()
        self._voting = voting
        self._votes: dict[int, Votes] = {}

    def step(self, judged: JudgedCase, at_s: float) -> Watched:
        """The next frame. at_s: when it was taken, in seconds; later than the last."""
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
    """How long one status was that of a track, in seconds of the video; confidence: the last one, None for unknown."""

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

    A status begins when the vote says that it began, which may be earlier than the frame that decided it.
    """
    spans: dict[int, list[Span]] = {}
    for frame in watched:
        for voted in frame.voted:
            _extend(spans.setdefault(voted.track, []), voted, frame.at_s)
    return tuple(TrackSpans(track, tuple(spans[track])) for track in sorted(spans))


def _extend(spans: list[Span], voted: Voted, at_s: float) -> None:
    while spans and spans[-1].from_s >= voted.since_s:
        spans.pop()
    start = voted.since_s
    if spans and spans[-1].status == voted.status:
        start = spans.pop().from_s
    elif spans:
        spans[-1] = replace(spans[-1], to_s=start)
    spans.append(Span(start, at_s, voted.status, voted.confidence))
