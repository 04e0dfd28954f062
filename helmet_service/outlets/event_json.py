"""The one form of an event as JSON, and as one line that people read (docs/outlets.md)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from helmet_service.alarms.events import AlarmFacts, Event

_TROUBLE: Final = {
    "unreachable": "cannot be reached",
    "frozen": "sends the same picture again and again",
    "black": "shows nothing",
    "turned": "was turned away",
}
_WELL: Final = "works again"
_ENDED: Final = {
    "covered": "a bare head is no longer seen",
    "left": "the person left",
    "watch_restarted": "the watch was restarted",
}


def event_json(event: Event) -> dict[str, Any]:
    """An event as JSON values. Times are ISO 8601 with the machine's zone; those in `_s` are seconds since 1970."""
    return {
        "id": event.id,
        "kind": event.kind,
        "at": iso(event.at),
        "at_s": event.at,
        "camera": {"id": event.camera, "name": event.camera_name},
        "alarm": None if event.alarm is None else _alarm_json(event.alarm),
        "trouble": event.trouble,
        "text": in_words(event),
    }


def encoded(values: dict[str, Any]) -> bytes:
    """JSON values as UTF-8; what Unicode does not know, `cameras.yaml` may hold it, becomes a question mark."""
    return json.dumps(values, ensure_ascii=False).encode(errors="replace")


def iso(at_s: float) -> str:
    """A time in seconds since 1970 as ISO 8601, to the millisecond, in the machine's zone."""
    return datetime.fromtimestamp(at_s).astimezone().isoformat(timespec="milliseconds")


def picture_path(alarm: AlarmFacts) -> str:
    """Where the service has the picture of an alarm."""
    return f"/v1/alarms/{alarm.id}/picture"


def in_words(event: Event) -> str:
    """What happened, in one line."""
    camera = one_line(event.camera_name)
    if event.alarm is None:
        return f"{camera} {_TROUBLE[event.trouble] if event.trouble and event.kind == 'camera_trouble' else _WELL}"
    where = camera + (f", {one_line(event.alarm.zone)}" if event.alarm.zone else "")
    if event.kind == "alarm_off":
        return f"Alarm ended at {where}: {_ENDED[event.alarm.why_ended or 'left']}"
    if event.kind == "alarm_repeat":
        return f"Still no safety helmet at {where}, since {iso(event.alarm.began)}"
    return f"No safety helmet at {where}"


def one_line(text: str) -> str:
    """A text that people chose, without line breaks and what else cannot be printed."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _alarm_json(alarm: AlarmFacts) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "zone": alarm.zone,
        "track": alarm.track,
        "began": iso(alarm.began),
        "began_s": alarm.began,
        "confidence": alarm.confidence,
        "repeats": alarm.repeats,
        "why_ended": alarm.why_ended,
        "picture": picture_path(alarm),
    }
