"""The cameras of the site over HTTP: how each does, its last judged frame, its zones, its open alarms.

The watch reads cameras; a server only reads the files that the watch writes (`cameras/watch_folder.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from flask import Blueprint, Response, request

from helmet_service.alarms.alarm import Alarm
from helmet_service.alarms.store import AlarmStore
from helmet_service.api.json_body import read_json
from helmet_service.api.schemas.cameras import MOST_ZONES, ZonesRequest
from helmet_service.api.schemas.loading import load
from helmet_service.api.site_counts import SILENT_S, watched_s
from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from helmet_service.cameras.zones import Zone
from helmet_service.http.disk import needing_disk
from helmet_service.http.problems import FieldError, Problem
from pose.errors import shown

_UNTOLD: Final = CameraState("", 0.0, "connecting", 0.0)

Json = dict[str, Any]


class _Cameras:
    """The routes of cameras."""

    def __init__(self, folder: WatchFolder, store: AlarmStore) -> None:
        self._folder, self._store = folder, store

    def cameras(self) -> Json:
        """All cameras, and whether they are watched."""
        open_alarms = self._store.open_alarms()
        cameras = [self._told(camera, open_alarms) for camera in self._folder.cameras()]
        seen_s = watched_s(camera["at"] for camera in cameras if camera["at"] is not None)
        return {"watching": seen_s is not None and seen_s < SILENT_S, "watched_s": seen_s, "cameras": cameras}

    def camera(self, camera_id: str) -> Json:
        """How a camera does."""
        camera = known_camera(self._folder, camera_id)
        return self._told(camera, self._store.open_alarms(camera.id))

    def frame(self, camera_id: str) -> Response:
        """The last judged frame, whatever its age, while the watch is asked for newer ones; Problem 409 without one."""
        camera = known_camera(self._folder, camera_id)
        with needing_disk("WATCH_DIR", "what is asked of the watch"):
            self._folder.want_frames(camera.id)
            try:
                with self._folder.frame_path(camera.id).open("rb") as file:
                    jpeg, status = file.read(), os.fstat(file.fileno())
            except FileNotFoundError as error:
                raise _no_frame() from error
        response = Response(jpeg, mimetype="image/jpeg")
        response.headers["Age"] = str(max(0, int(time.time() - status.st_mtime)))
        response.cache_control.no_store = True
        response.set_etag(f"{status.st_mtime_ns:x}")
        return response.make_conditional(request)  # type: ignore[return-value]  # it returns itself

    def zones(self, camera_id: str) -> Json:
        """The zones of a camera."""
        return {"zones": _zones_json(self._folder.zones(known_camera(self._folder, camera_id).id))}

    def set_zones(self, camera_id: str) -> Json:
        """Replace all zones of a camera."""
        camera = known_camera(self._folder, camera_id)
        asked = load(ZonesRequest(), read_json(), {"zones": MOST_ZONES})
        zones = [Zone(**{**zone, "points": tuple(map(tuple, zone["points"]))}) for zone in asked["zones"]]
        with needing_disk("WATCH_DIR", "zones"):
            self._folder.set_zones(camera.id, zones)
        return {"zones": _zones_json(zones)}

    def _told(self, camera: KnownCamera, open_alarms: Sequence[Alarm]) -> Json:
        return {
            **asdict(camera),
            **_told(self._folder.state(camera.id)),
            "zones": _zones_json(self._folder.zones(camera.id)),
            "open_alarms": [alarm.id for alarm in open_alarms if alarm.camera == camera.id],
        }


def camera_routes(folder: WatchFolder, store: AlarmStore) -> Blueprint:
    """The blueprint of cameras."""
    surface, routes = Blueprint("cameras", __name__, url_prefix="/v1/cameras"), _Cameras(folder, store)
    surface.get("")(routes.cameras)
    surface.get("/<camera_id>")(routes.camera)
    surface.get("/<camera_id>/frame")(routes.frame)
    surface.get("/<camera_id>/zones")(routes.zones)
    surface.put("/<camera_id>/zones")(routes.set_zones)
    return surface


def known_camera(folder: WatchFolder, camera_id: str) -> KnownCamera:
    """A camera of the site; Problem 404 for any other id."""
    for camera in folder.cameras():
        if camera.id == camera_id:
            return camera
    errors = [FieldError("camera_id", "a camera of the site", shown(camera_id))]
    raise Problem(404, "no such camera", errors, reason="no_such_camera")


def _told(state: CameraState | None) -> Json:
    """What the watch said of a camera; nulls and zeros before it has."""
    told = asdict(state or _UNTOLD)
    del told["id"]
    if state is None:
        told |= dict.fromkeys(("at", "state", "since"))
    return told | {"picture": told["picture"] and dict(zip(("width", "height"), told["picture"], strict=True))}


def _zones_json(zones: Sequence[Zone]) -> list[Json]:
    return [asdict(zone) for zone in zones]


def _no_frame() -> Problem:
    errors = [FieldError("camera_id", "a camera of which a frame was judged", "one without")]
    return Problem(409, "no frame of this camera was judged yet", errors, {"Retry-After": "1"}, "no_frame")
