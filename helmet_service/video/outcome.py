"""The tracks of a whole video -> its timeline and the summary of its job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from helmet_service.verdicts.judge import Status
from helmet_service.verdicts.watching import TrackSpans


def timeline_json(tracks: Sequence[TrackSpans]) -> dict[str, Any]:
    """The timeline of the wire format; times to a thousandth of a second."""
    return {"tracks": [_track_json(track) for track in tracks]}


def summary(tracks: Sequence[TrackSpans], frames: int, judged: int, damage: str | None) -> dict[str, Any]:
    """The summary of a job.

    tracks and helmet, no_helmet, unknown: how many people were followed, and how many of each status (`status_of`).
    compliant: as that of `/v1/compliance`. frames, frames_judged: of the video. damage: what of it could not be
    decoded, in words.
    """
    count = Counter(map(status_of, tracks))
    compliant = False if count["no_helmet"] else None if count["unknown"] or not tracks else True
    return {
        "tracks": len(tracks),
        **{status: count[status] for status in ("helmet", "no_helmet", "unknown")},
        "compliant": compliant,
        "frames": frames,
        "frames_judged": judged,
        "damage": damage,
    }


def status_of(track: TrackSpans) -> Status:
    """`no_helmet` for whoever was that at any time, else `helmet` likewise, else `unknown`."""
    said = {span.status for span in track.spans}
    return next((status for status in _WORST_FIRST if status in said), "unknown")


_WORST_FIRST: tuple[Status, ...] = ("no_helmet", "helmet")


def _track_json(track: TrackSpans) -> dict[str, Any]:
    return {"track": track.track, "spans": [_rounded(asdict(span)) for span in track.spans]}


def _rounded(span: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in span.items()}


def damage(frames: int, stated: int | None, found: str | None) -> str | None:
    """What of a video could not be decoded, in words; None where nothing is missing.

    frames: decoded ones. stated: how many the file says that it has. found: what the decoder says.
    """
    if found is None:
        return None
    of = "" if stated is None else f" of about {stated:,}"
    return f"decoded {frames:,}{of} frames: {found}"
