"""What the frames of a moving picture say of its people."""

from __future__ import annotations

from dataclasses import dataclass

from helmet_service.verdicts.judge import Status


@dataclass(frozen=True, slots=True)
class Voted:
    """What the frames so far say of one track.

    confidence: None for `unknown`. since_s: when this status began. frames: judged frames of this track so far.
    """

    track: int
    status: Status
    confidence: float | None
    since_s: float
    frames: int
