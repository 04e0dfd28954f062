"""What is published to an MQTT broker: topics and payloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from helmet_service.alarms.events import Event
from helmet_service.outlets.event_json import encoded, event_json
from helmet_service.outlets.home_assistant import discovery
from helmet_service.outlets.site_state import SiteState

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"


@dataclass(frozen=True, slots=True)
class Message:
    """retain: the broker keeps it for those who subscribe later."""

    topic: str
    payload: bytes
    retain: bool = True


def greeting(topic: str, cameras: Sequence[tuple[str, str]], state: SiteState, prefix: str | None) -> list[Message]:
    """What is published at each new connection: the cameras' states, and that the service is there.

    cameras: ids and names. prefix: that of Home Assistant's discovery, None for none.
    """
    found = () if prefix is None else discovery(prefix, topic, cameras)
    states = [message for camera, _ in cameras for message in _states(topic, camera, state)]
    return [Message(place, encoded(values)) for place, values in found] + states + [Message(f"{topic}/status", ONLINE)]


def event_messages(topic: str, event: Event, picture: bytes | None, state: SiteState) -> list[Message]:
    """What is published of an event; the picture comes first. state: after the event."""
    payload, camera = encoded(event_json(event)), f"{topic}/{event.camera}"
    return [
        *([] if picture is None else [Message(f"{camera}/picture", picture)]),
        Message(f"{camera}/event", payload),
        *_states(topic, event.camera, state),
        Message(f"{topic}/events", payload, retain=False),
    ]


def _states(topic: str, camera: str, state: SiteState) -> list[Message]:
    return [
        Message(f"{topic}/{camera}/alarm", b"ON" if state.alarms(camera) else b"OFF"),
        Message(f"{topic}/{camera}/problem", b"ON" if camera in state.troubled else b"OFF"),
    ]
