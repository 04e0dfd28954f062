"""Cameras of a made-up site as the watch tells of them: parts of the sample pictures, judged by a running service."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from helmet_service.cameras.zones import Zone
from samples.demo import ROOT, post

_AHEAD_S: Final = 3600  # nobody tells anything later, and the page is to take it for news
# Of each camera: its id and name, and the part of a sample that it shows (left, top, right, bottom).
CAMERAS: Final = (
    ("gate-3", "Gate 3, north", "site_two.jpg", (0, 0, 1280, 720)),
    ("yard", "Yard", "site_far.jpg", (0, 0, 1280, 720)),
    ("scaffold", "Scaffold, east", "site_two.jpg", (640, 225, 1280, 585)),
    ("crane", "Crane 1", "site_far.jpg", (0, 180, 640, 540)),
    ("stairs", "Stairs", "portrait.jpg", (0, 730, 720, 1135)),
    ("canteen", "Canteen", "site_far.jpg", (640, 180, 1280, 540)),
)
RAMP: Final = Zone("Ramp", "helmet", ((0.08, 0.3), (0.95, 0.26), (0.95, 0.97), (0.1, 0.97)), 0.35)
_ZONES: Final = (
    RAMP,
    Zone("Road", "ignored", ((0.7, 0.02), (0.98, 0.02), (0.98, 0.22), (0.74, 0.2))),
    Zone("Office", "blurred", ((0.02, 0.02), (0.27, 0.02), (0.27, 0.22), (0.02, 0.22))),
)
_PIPE: Final = {
    "box": {"left": 0.475, "top": 0.24, "width": 0.06, "height": 0.12},
    "known_s": 7800.0,
    "seen": 41,
    "taught": False,
}


def tell(path: Path, address: str) -> None:
    """Write the files of WATCH_DIR. address: of the service that judges."""
    folder, now = WatchFolder(path), time.time()
    folder.publish(
        [KnownCamera(id_, name, "stream", f"rtsp://10.0.0.7/{id_}", 1.0, "always") for id_, name, *_ in CAMERAS]
    )
    folder.set_zones("gate-3", _ZONES)
    told: dict[str, dict[str, Any]] = {
        "gate-3": {"still": [_PIPE]},
        "crane": {"state": "connecting", "trouble": "unreachable", "why": "connection refused", "since": now - 754},
        "canteen": {"state": "off", "since": now - 9000},
    }
    for camera, _, sample, part in CAMERAS:
        _show(folder, camera, _jpeg(pixels_of(sample, part)), address, told.get(camera, {}))


def _show(folder: WatchFolder, camera: str, jpeg: bytes, address: str, told: dict[str, Any]) -> None:
    now = time.time()
    picture = base64.b64encode(jpeg).decode()
    judged = post(f"{address}/v1/compliance", {"picture": picture, "include": ["head", "keypoints"]})
    live = {
        "at": now + _AHEAD_S, "state": "live", "since": now - 20_000, "frames": 500_000, "judged": 20_000,
        "judged_per_s": 1.0, "delay_s": 0.31, "picture": (judged["picture"]["width"], judged["picture"]["height"]),
        "people": [_watched(person, now) for person in judged["people"]],
    }  # fmt: skip
    folder.write_state(CameraState(camera, **(live | told)))
    folder.write_frame(camera, jpeg)


def _watched(person: dict[str, Any], now: float) -> dict[str, Any]:
    """A person as in the frames of a camera, where the same was seen for a minute."""
    voted = {"status": person["status"], "confidence": person["confidence"], "since_s": now - 60, "frames": 60}
    return person | {"track": person["person"] + 1, "voted": voted, "alarm": None, "still": False}


def pixels_of(sample: str, part: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """This part of a sample."""
    left, top, right, bottom = part
    return np.asarray(cv2.imread(str(ROOT / "samples" / sample)), np.uint8)[top:bottom, left:right]


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
