"""Events in the Common Event Format of ArcSight, which SIEMs read (version 0)."""

from __future__ import annotations

from typing import Final

from helmet_service.alarms.events import Event, EventKind
from helmet_service.outlets.event_json import in_words, picture_path
from helmet_service.version import VERSION

# Of 10: from 7 on it is high, from 4 on medium.
_SEVERITIES: Final[dict[EventKind, int]] = {
    "alarm_on": 8, "alarm_repeat": 8, "camera_trouble": 5, "alarm_off": 2, "camera_ok": 2,
}  # fmt: skip
_NAMES: Final[dict[EventKind, str]] = {
    "alarm_on": "No safety helmet",
    "alarm_repeat": "Still no safety helmet",
    "alarm_off": "Alarm ended",
    "camera_trouble": "Camera trouble",
    "camera_ok": "Camera works again",
}


def cef(event: Event, host: str) -> str:
    """An event as one line. host: the name of this machine."""
    head = f"CEF:0|helmet-service|helmet-service|{VERSION}|{event.kind}|{_NAMES[event.kind]}|{_SEVERITIES[event.kind]}"
    return f"{head}|{' '.join(f'{key}={_escaped(value)}' for key, value in _extension(event, host).items())}"


def _extension(event: Event, host: str) -> dict[str, str]:
    fields = {
        "rt": str(round(event.at * 1000)),
        "externalId": event.id,
        "dvchost": host,
        "deviceExternalId": event.camera,
        "msg": in_words(event),
        "cs1Label": "cameraName",
        "cs1": event.camera_name,
    }
    if event.trouble is not None:
        fields["reason"] = event.trouble
    if event.alarm is None:
        return fields
    fields |= {
        "cs2Label": "zone",
        "cs2": event.alarm.zone,
        "cs3Label": "alarmId",
        "cs3": event.alarm.id,
        "cn1Label": "track",
        "cn1": str(event.alarm.track),
        "cnt": str(event.alarm.repeats + 1),
        "start": str(round(event.alarm.began * 1000)),
        "request": picture_path(event.alarm),
    }
    if event.alarm.confidence is not None:
        fields |= {"cfp1Label": "confidence", "cfp1": str(event.alarm.confidence)}
    if event.alarm.why_ended is not None:
        fields["reason"] = event.alarm.why_ended
    return fields


def _escaped(value: str) -> str:
    """A value of the extension: backslashes, equals signs and line breaks are escaped, pipes are not."""
    for letter, escaped in (("\\", "\\\\"), ("=", "\\="), ("\r", "\\r"), ("\n", "\\n")):
        value = value.replace(letter, escaped)
    return value
