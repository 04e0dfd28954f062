"""What happened, as it is kept and passed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EventKind = Literal["alarm_on", "alarm_repeat", "alarm_off", "camera_trouble", "camera_ok"]
CameraTrouble = Literal["unreachable", "frozen", "black", "turned"]
WhyEnded = Literal["covered", "left", "watch_restarted"]


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """Of an alarm, what its events repeat.

    id: the alarm's, the same from `alarm_on` to `alarm_off`. began: when the bare head was first seen, in seconds since
    1970. confidence: of the vote. repeats: how often it was told before. why_ended: `covered` (a helmet is on, or
    nobody knows), `left` (the track ended), `watch_restarted`; None while it lasts.
    """

    id: str
    zone: str
    track: int
    began: float
    confidence: float | None
    repeats: int = 0
    why_ended: WhyEnded | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at one camera.

    id: 26 characters that sort by time; the same however often an outlet sends it. at: in seconds since 1970.
    alarm: of the kinds `alarm_*`. trouble: of the kinds `camera_*`.
    """

    id: str
    kind: EventKind
    at: float
    camera: str
    camera_name: str
    alarm: AlarmFacts | None = None
    trouble: CameraTrouble | None = None
