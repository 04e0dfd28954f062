"""Made-up judged frames of a camera."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from helmet_service.cameras.camera import Camera, CameraSource
from helmet_service.cameras.schedule import Schedule
from helmet_service.verdicts.judge import Status
from helmet_service.verdicts.watching import Watcher
from helmet_service.watch.frame_source import CameraFrame
from helmet_service.watch.judging import JudgedCameraFrame
from tests.helmet_service.verdicts import moving

GATE = Camera("gate", "Gate", CameraSource("push", ""), 1.0, Schedule())
PIXELS = np.zeros((720, 1280, 3), np.uint8)


class Frames:
    """The frames of one camera, one after the other; the first came `ago_s` ago."""

    def __init__(self, ago_s: float = 100.0) -> None:
        self._watcher, self._at_s = Watcher(), time.monotonic() - ago_s

    def of(self, *statuses: Status, seconds: int) -> Iterator[JudgedCameraFrame]:
        """A frame a second, with people side by side."""
        for _ in range(seconds):
            self._at_s += 1.0
            watched = self._watcher.step(moving.frame(*statuses, at_s=self._at_s % 10), self._at_s)
            frame = CameraFrame(0, self._at_s, PIXELS)
            yield JudgedCameraFrame(frame, watched.judged.people, watched, self._watcher.remembered)
