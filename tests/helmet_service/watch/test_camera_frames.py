"""What is wrong with a camera is told once, by however many watches."""

from __future__ import annotations

import pytest

from helmet_service.alarms.outbox import Outbox
from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.camera import AlarmRules
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.settings import Settings
from helmet_service.watch.camera_frames import CameraFrames, Parts
from helmet_service.watch.recording import Recorder
from helmet_service.work.service import Service
from tests.helmet_service.watch.judged import GATE


@pytest.fixture
def noticed(tmp_path):
    """Let a watch of its own notice troubles, one after the other."""

    def notice(*troubles):
        store = AlarmStore(tmp_path)
        recorder = Recorder(store, lambda: ["hook"], lambda: None)
        recorder.start()
        frames = CameraFrames(
            Parts(Service(Settings(), None), WatchFolder(tmp_path), store, recorder), GATE, AlarmRules
        )
        for trouble in troubles:
            frames.notice(trouble)
        frames.end()
        recorder.stop()

    return notice


def told(folder):
    """Troubles that were told, in their order."""
    outbox, events = Outbox(folder), []
    while delivery := outbox.next("hook", 0.0):
        events.append((delivery.event.kind, delivery.event.trouble))
        outbox.done(delivery)
    return events


def test_a_trouble_that_outlasts_a_watch_is_told_once_and_its_end_is_told_by_the_next_watch(noticed, tmp_path):
    noticed(None, "black", "black", "unreachable")
    assert told(tmp_path) == [("camera_trouble", "black"), ("camera_trouble", "unreachable")]
    noticed("unreachable")
    assert told(tmp_path) == []
    noticed(None, None)
    assert told(tmp_path) == [("camera_ok", None)]
    noticed(None)
    assert told(tmp_path) == []


def test_a_watch_begins_without_its_database(noticed, tmp_path):
    (tmp_path / "alarms.db").mkdir()
    noticed("black")
    (tmp_path / "alarms.db").rmdir()
    noticed("black")
    assert told(tmp_path) == [("camera_trouble", "black")]
