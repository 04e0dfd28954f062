"""Alarms as they are kept, and what people say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from helmet_service.alarms.events import AlarmFacts, WhyEnded
from helmet_service.verdicts.boxes import Box

FalseReason = Literal["wears_helmet", "nobody_there", "not_required", "other"]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has seen an alarm.

    at: in seconds since 1970. by: who; empty where nobody said. reason: why it was a false alarm; None where it was
    none.
    """

    at: float
    by: str = ""
    false_alarm: bool = False
    reason: FalseReason | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm from its first event on; times in seconds since 1970.

    began: when the bare head was first seen. told: when the alarm was. ended: None while it lasts. confidence: of the
    last vote for a bare head. repeats: how often it was told again. box: the alarmed person's, in shares of the
    picture's width and height; None where no picture was kept.
    """

    id: str
    camera: str
    camera_name: str
    zone: str
    track: int
    began: float
    told: float
    ended: float | None
    why_ended: WhyEnded | None
    confidence: float | None
    repeats: int
    acknowledged: Acknowledgement | None
    box: Box | None

    def facts(self, why_ended: WhyEnded | None) -> AlarmFacts:
        """What an event says of it."""
        return AlarmFacts(self.id, self.zone, self.track, self.began, self.confidence, self.repeats, why_ended)


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    """What is kept. told: alarms ever, kept or not. kept: all alarms. evidence_bytes: of their pictures."""

    told: int
    kept: int
    open: int
    unacknowledged: int
    evidence_bytes: int
