"""Made-up alarms, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace

from helmet_service.alarms.events import AlarmFacts, Event
from helmet_service.alarms.evidence_folder import Evidence
from helmet_service.verdicts.boxes import Box

NOW = 1_790_000_000.0
PERSON = Box(0.23, 0.4, 0.22, 0.6)  # Collins in samples/site_two.jpg, in shares of the picture


def alarm_id(number: int) -> str:
    return f"A{number:025d}"


def on(number: int, at: float = NOW, camera: str = "gate-3", zone: str = "Kran „Süd“", track: int = 7) -> Event:
    facts = AlarmFacts(alarm_id(number), zone, track, at - 4, 0.97)
    return Event(f"B{number:025d}", "alarm_on", at, camera, "3 号门", alarm=facts)


def repeat(first: Event, at: float, repeats: int = 1) -> Event:
    return replace(
        first, id=f"C{repeats}{first.id[2:]}", kind="alarm_repeat", at=at, alarm=replace(first.alarm, repeats=repeats)
    )


def off(first: Event, at: float, why="covered") -> Event:
    return replace(first, id=f"D{first.id[1:]}", kind="alarm_off", at=at, alarm=replace(first.alarm, why_ended=why))


def evidence(size: int = 300) -> Evidence:
    """Of so many bytes, `alarm.json` of two of them included."""
    return Evidence(bytes(size // 2), bytes(size - size // 2 - 2), {}, PERSON)
