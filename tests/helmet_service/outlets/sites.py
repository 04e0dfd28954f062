"""A site with cameras and outlets, and its outbox, for tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helmet_service.alarms.database import transaction
from helmet_service.alarms.events import Event
from helmet_service.alarms.outbox import SCHEMA, put
from helmet_service.cameras.camera import Camera, CameraSource, OutletConfig, Site
from helmet_service.cameras.schedule import Schedule
from tests.helmet_service.outlets.events import CAMERAS


def site(**outlets: tuple[str, dict[str, Any]]) -> Site:
    """A site with these outlets: kind and options by name."""
    cameras = tuple(Camera(id_, name, CameraSource("push", ""), 1.0, Schedule()) for id_, name in CAMERAS)
    return Site(cameras, outlets=tuple(OutletConfig(name, kind, options) for name, (kind, options) in outlets.items()))


def record(folder: Path, events: list[Event] | tuple[Event, ...], outlets: list[str]) -> None:
    """Put events into the outbox, each in a transaction of its own."""
    for event in events:
        with transaction(folder, SCHEMA) as connection:
            put(connection, event, outlets)


def until(true: Callable[[], object], within_s: float = 30.0) -> None:
    """Wait for something to become so."""
    ends = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)
