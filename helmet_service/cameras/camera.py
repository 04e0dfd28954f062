"""What `cameras.yaml` says, as values: cameras, when an alarm is one, and where events go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from helmet_service.cameras.schedule import Schedule

SourceKind = Literal["stream", "mjpeg", "snapshot", "file", "device", "push"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and a password, which no message, log line or answer repeats."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CameraSource:
    """Where a camera's pictures come from.

    address: of a stream (`rtsp://`, `rtsps://`, `http://`, `https://`) without user and password, of an MJPEG stream or
    a snapshot (`http://`, `https://`), a file's path, or a device's number; empty for `push`, whose camera sends its
    frames to `/v1/cameras/{id}/frames`. Its query may hold a password: `addresses.address_shown` may be repeated.
    """

    kind: SourceKind
    address: str = field(repr=False)
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Detector:
    """Who finds the hats in a camera's frames instead of the network: an address that takes a JPEG by POST."""

    url: str = field(repr=False)
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera.

    id: 1 to 64 of a-z, 0-9, `-` and `_`; for paths and addresses. rate: judged frames a second, at most. views:
    `tiles`, `scales` and `looks` as a request of `/v1/compliance` has them. detector: None where the network sees hats
    itself. schedule: when it is watched.
    """

    id: str
    name: str
    source: CameraSource
    rate: float
    schedule: Schedule
    views: Mapping[str, Any] = field(default_factory=dict)
    detector: Detector | None = None


@dataclass(frozen=True, slots=True)
class Steady:
    """How long something must be seen before it counts: in `frames` of the last `of` judged frames, over `seconds`."""

    frames: int
    of: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """When a bare head is an alarm, and what is kept of it.

    on, off: what it takes to begin and to end one. repeat_s: an alarm that goes on is told again after so many seconds.
    blur_others: heads of everybody but the alarmed person are blurred in the evidence. keep_days, keep_mb: bounds of
    what is kept; the oldest goes first.
    """

    on: Steady = Steady(3, 4, 3.0)
    off: Steady = Steady(3, 4, 5.0)
    repeat_s: float = 600.0
    blur_others: bool = True
    keep_days: float = 30.0
    keep_mb: int = 2000


@dataclass(frozen=True, slots=True)
class OutletConfig:
    """Where events go. name: unique, as a camera's id. kind: names a module of `helmet_service/outlets`.

    options: those of its kind, loaded; secrets in them are read.
    """

    name: str
    kind: Literal["webhook", "mqtt", "hikvision", "syslog", "mail"]
    options: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Site:
    """All that `cameras.yaml` says; warnings: in words, what of it should be otherwise."""

    cameras: tuple[Camera, ...] = ()
    alarms: AlarmRules = AlarmRules()
    outlets: tuple[OutletConfig, ...] = ()
    warnings: tuple[str, ...] = ()
