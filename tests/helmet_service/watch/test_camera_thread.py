"""A camera's thread says how the camera does, and ends when it is told to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import cv2
import numpy as np

from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.camera import AlarmRules
from helmet_service.cameras.schedule import Schedule
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.settings import Settings
from helmet_service.watch.camera_frames import CameraFrames, Parts
from helmet_service.watch.camera_thread import CameraThread
from helmet_service.watch.recording import Recorder
from helmet_service.work.service import Service
from tests.helmet_service.watch.cameras import PATIENCE_S, PAUSE
from tests.helmet_service.watch.judged import GATE

JPEG = cv2.imencode(".jpg", np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8))[1].tobytes()


@contextmanager
def watched(folder, camera, reached):
    """How a camera does once that is reached, in a watch that has no network."""
    shared, store = WatchFolder(folder), AlarmStore(folder)
    recorder = Recorder(store, list, lambda: None)
    frames = CameraFrames(Parts(Service(Settings(), None), shared, store, recorder), camera, AlarmRules)
    thread = CameraThread(camera, shared, frames)
    thread.start()
    try:
        for _ in range(round(PATIENCE_S / 0.01)):
            if reached(thread.state()):
                break
            PAUSE.wait(0.01)
        yield thread.state()
    finally:
        thread.ask_to_stop()
        thread.join(PATIENCE_S)
    assert f"camera-{camera.id}" not in {each.name for each in threading.enumerate()}


def test_outside_its_schedule_it_is_off(tmp_path):
    other_day = f"{datetime.now() + timedelta(days=2):%a} 00:00-00:01"
    off = replace(GATE, schedule=Schedule.parse([other_day]))
    with watched(tmp_path, off, lambda state: state.state == "off") as state:
        assert (state.state, state.trouble, state.frames) == ("off", None, 0)


def test_a_frame_that_cannot_be_judged_counts_as_one_that_came_and_says_why(tmp_path):
    WatchFolder(tmp_path).push("gate", JPEG)
    with watched(tmp_path, GATE, lambda state: state.why) as state:
        assert (state.state, state.frames, state.judged, state.judged_per_s) == ("live", 1, 0, 0.0)
        assert state.why == "service: expected a model that is loaded, got one that is being loaded"
