"""The tracks of a moving picture in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from helmet_service.verdicts.judge import Status
from helmet_service.verdicts.watching import Span, TrackSpans
from helmet_service.video.outcome import status_of


def in_words(tracks: Sequence[TrackSpans]) -> str:
    """A line with how many people were what, and one for each of them with the times."""
    count = Counter(map(status_of, tracks))
    counts = ", ".join(f"{count[status]} {status}" for status in get_args(Status))
    return "\n".join([f"{len(tracks)} people: {counts}", *map(_track, tracks)])


def _track(track: TrackSpans) -> str:
    return f"  track {track.track}: {', '.join(map(_span, track.spans))}"


def _span(span: Span) -> str:
    sure = "" if span.confidence is None else f" ({span.confidence:.0%})"
    return f"{span.status.replace('_', ' ')} from {span.from_s:.1f} s to {span.to_s:.1f} s{sure}"
