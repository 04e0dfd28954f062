"""Which alarms go when there are too many, or too old ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helmet_service.cameras.camera import AlarmRules


@dataclass(frozen=True, slots=True)
class Kept:
    """An alarm that is kept.

    recorded_s: when it was, on the clock that alarms age by, in seconds. waiting: whether outlets have still to be told
    of it.
    """

    id: str
    recorded_s: float
    evidence_bytes: int
    is_open: bool
    waiting: bool


def doomed(kept: Sequence[Kept], rules: AlarmRules, now_s: float) -> list[str]:
    """The ids of the alarms to remove. kept: all, the oldest first; now_s: on the clock that alarms age by.

    Open alarms stay. Those that outlets wait for go at last, and never by age.
    """
    oldest_s = now_s - rules.keep_days * 86_400
    too_much = sum(each.evidence_bytes for each in kept) - rules.keep_mb * 1_000_000
    gone = []
    for each in sorted((each for each in kept if not each.is_open), key=lambda each: each.waiting):
        if too_much > 0 or (each.recorded_s < oldest_s and not each.waiting):
            gone.append(each.id)
            too_much -= each.evidence_bytes
    return gone
