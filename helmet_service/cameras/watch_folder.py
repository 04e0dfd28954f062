"""What the watch and the servers share of cameras, as files of `WATCH_DIR`.

`site.json` and `zones/` stay; `now/` holds what a restart may lose, and may lie in memory (docs/cameras.md).
"""

from __future__ import annotations

import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar, get_args

from helmet_service.alarms.events import CameraTrouble
from helmet_service.cameras.addresses import address_shown
from helmet_service.cameras.camera import Camera
from helmet_service.cameras.zones import WHOLE_PICTURE, Zone, ZoneRule
from helmet_service.shared_files import locked, replace_json

_LOG: Final = logging.getLogger(__name__)
_UNREADABLE: Final = Zone("unreadable", "blurred", WHOLE_PICTURE.points)
_WANTED_S: Final = 15.0  # somebody who looks asks for frames more often than that

Json = dict[str, Any]
Read = TypeVar("Read")
Progress = Literal["connecting", "live", "ended", "off"]


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """A camera as servers know it: nothing of it is secret. kind: see `CameraSource`; address: see
    `address_shown`; schedule: in words."""

    id: str
    name: str
    kind: str
    address: str
    rate: float
    schedule: str

    @classmethod
    def of(cls, camera: Camera) -> Self:
        """What servers may know of a camera of `cameras.yaml`."""
        source = camera.source
        return cls(camera.id, camera.name, source.kind, address_shown(source), camera.rate, camera.schedule.in_words())


@dataclass(frozen=True, slots=True)
class CameraState:
    """How a camera does, as the watch says it once a second; times in seconds since 1970.

    at: when this was said. state: that of its source, or `off` outside its schedule. trouble: None while it can be
    judged. why: in words. since: when state and trouble became what they are. frames: that came; judged: that were
    judged; reconnects: of its source. judged_per_s: over the last half a minute. delay_s: from a frame's arrival to its
    verdicts, the last one's. picture: width and height of the last judged frame in pixels, None before the first.
    people: of that frame, as live answers have them, each with `alarm` (id or None) and `still` (whether the memory of
    what never moves keeps them from alarming). still: boxes of such places, in shares of the picture.
    """

    id: str
    at: float
    state: Progress
    since: float
    trouble: CameraTrouble | None = None
    why: str | None = None
    frames: int = 0
    judged: int = 0
    reconnects: int = 0
    judged_per_s: float = 0.0
    delay_s: float | None = None
    picture: tuple[int, int] | None = None
    people: Sequence[Json] = field(default_factory=tuple)
    still: Sequence[Json] = field(default_factory=tuple)


class WatchFolder:
    """The files of `WATCH_DIR` that say something of cameras; folders are made when something is written."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._now = self.path / "now"
        self._damaged: set[Path] = set()

    def publish(self, cameras: Sequence[KnownCamera]) -> None:
        """Say which cameras there are."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_json(self.path / "site.json", {"cameras": [asdict(camera) for camera in cameras]})

    def cameras(self) -> list[KnownCamera]:
        """The cameras of the site, in the order of `cameras.yaml`; none before the watch has published them."""
        return self._read(self.path / "site.json", _cameras, missing=[], damaged=[])

    def zones(self, camera: str) -> list[Zone]:
        """The zones of a camera's picture; none where nobody drew any.

        Of a damaged file it is one, on the safe side: helmets are required everywhere, and all heads are blurred.
        """
        return self._read(self._zones(camera), _zones, missing=[], damaged=[_UNREADABLE])

    def set_zones(self, camera: str, zones: Sequence[Zone]) -> None:
        """Replace all zones of a camera; the watch sees it within a second."""
        folder = self._zones(camera).parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(folder):  # two people may draw at once
            replace_json(self._zones(camera), {"zones": [asdict(zone) for zone in zones]})

    def write_state(self, state: CameraState) -> None:
        """Say how a camera does."""
        self._put(state.id, "state.json", json.dumps(asdict(state)).encode())

    def state(self, camera: str) -> CameraState | None:
        """How a camera does, or did when the watch ended (`at`); None before the watch has said it."""
        return self._read(self._now / camera / "state.json", _state, missing=None, damaged=None)

    def frame_path(self, camera: str) -> Path:
        """The JPEG of a camera's last judged frame, as it may be seen."""
        return self._now / camera / "frame.jpg"

    def write_frame(self, camera: str, jpeg: bytes) -> None:
        """Show a camera's last judged frame."""
        self._put(camera, "frame.jpg", jpeg)

    def want_frames(self, camera: str) -> None:
        """Ask the watch to show frames for a while: nobody writes frames that nobody sees."""
        self._put(camera, "wanted", b"")

    def wants_frames(self, camera: str) -> bool:
        """Whether somebody asked for frames a moment ago."""
        try:
            return time.time() - (self._now / camera / "wanted").stat().st_mtime < _WANTED_S
        except FileNotFoundError:
            return False

    def push(self, camera: str, picture: bytes) -> None:
        """Give the watch a frame that a camera sent; it replaces one that was not taken yet."""
        self._put(camera, "inbox", picture)

    def take_pushed(self, camera: str) -> bytes | None:
        """The frame that a camera sent last; None where it was taken already."""
        inbox = self._now / camera / "inbox"
        taken = inbox.with_name("taken")
        try:
            inbox.rename(taken)
            picture = taken.read_bytes()
            taken.unlink()  # nobody's head is blurred in it
        except FileNotFoundError:
            return None
        return picture

    def _zones(self, camera: str) -> Path:
        return self.path / "zones" / f"{camera}.json"

    def _put(self, camera: str, name: str, content: bytes) -> None:
        """Replace a file of `now/` whole; it need not survive a loss of power."""
        folder = self._now / camera
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            new.write_bytes(content)
            new.rename(folder / name)
        except OSError:
            new.unlink(missing_ok=True)
            raise

    def _read(self, path: Path, made_of: Callable[[Json], Read], *, missing: Read, damaged: Read) -> Read:
        """What is made of a JSON file. damaged: in the stead of one that a crash or a person left unusable."""
        try:
            read = made_of(json.loads(path.read_text()))
        except FileNotFoundError:
            return missing
        except (ValueError, TypeError, LookupError) as error:
            if path not in self._damaged:
                _LOG.error("%s: expected what this service writes, got what cannot be read: %s", path, error)
            self._damaged.add(path)
            return damaged
        self._damaged.discard(path)
        return read


def _cameras(said: Json) -> list[KnownCamera]:
    return [KnownCamera(**camera) for camera in said["cameras"]]


def _zones(said: Json) -> list[Zone]:
    return [_zone(each["name"], each["rule"], each["points"], each["min_person"]) for each in said["zones"]]


def _zone(name: str, rule: ZoneRule, points: Sequence[Sequence[float]], min_person: float) -> Zone:
    corners = tuple((x, y) for x, y in points)
    if rule not in get_args(ZoneRule) or not all(math.isfinite(each) for each in (min_person, *chain(*corners))):
        raise ValueError(f"zone {name!r}")
    return Zone(name, rule, corners, min_person)


def _state(said: Json) -> CameraState:
    return CameraState(**{**said, "picture": said["picture"] and tuple(said["picture"])})
