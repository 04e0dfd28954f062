"""Events of every kind, with the names that people give to cameras and zones."""

from __future__ import annotations

from typing import Final

from helmet_service.alarms.events import AlarmFacts, Event

AT: Final = 1_790_000_000.25  # 2026-09-21 16:13:20 in Berlin


def _event(number: int, kind, camera: str, name: str, **of_kind) -> Event:
    return Event(f"01K5S{number:021d}", kind, AT + 60 * number, camera, name, **of_kind)


def _alarm(zone: str, number: int, **facts) -> AlarmFacts:
    return AlarmFacts(f"01K5R{number:021d}", zone, 7 + number, AT + 60 * number - 4, 0.97, **facts)


EVENTS: Final = (
    _event(1, "alarm_on", "gate-3", "Gate 3, north", alarm=_alarm("", 1)),
    _event(2, "alarm_on", "kran", 'Krananlage „Süd“ "A|B" [2] = C:\\x', alarm=_alarm("Gefahr|Zone=1\\2", 2)),
    _event(3, "alarm_repeat", "men_3", "3号门\n北侧", alarm=_alarm("起重机\r\n下方", 3, repeats=2)),
    _event(4, "alarm_off", "gate-3", "Gate 3, north", alarm=_alarm("", 1, why_ended="covered")),
    _event(5, "camera_trouble", "kran", "<b>Kran & Süd</b>", trouble="turned"),
    _event(6, "camera_ok", "kran", "<b>Kran & Süd</b>", trouble="turned"),
)
CAMERAS: Final = (("gate-3", "Gate 3, north"), ("kran", "<b>Kran & Süd</b>"), ("men_3", "3号门\n北侧"))
JPEG: Final = b"\xff\xd8 a small picture \xff\xd9"
