from __future__ import annotations

import time

import pytest

from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.outbox import Outbox
from helmet_service.alarms.store import AlarmStore
from helmet_service.api.schemas.status import StatusAnswer
from helmet_service.api.site_counts import SiteCounts
from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from helmet_service.observing.metrics import Metrics
from tests.helmet_service.alarms.kept import NOW, alarm_id, off, on
from tests.helmet_service.api.checks import assert_answer

NAMES = ("gate-3", "yard", "crane", "pier")


@pytest.fixture
def folder(tmp_path):
    folder = WatchFolder(tmp_path)
    folder.publish([KnownCamera(name, name, "push", "", 1.0, "always") for name in NAMES])
    return folder


def told(folder):
    metrics = Metrics()
    metrics.include(SiteCounts(folder, AlarmStore(folder.path)))
    lines = metrics.exposition("")[0].decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_a_camera_is_up_while_the_watch_says_so_and_it_can_be_judged(folder):
    now = time.time()
    folder.write_state(CameraState("gate-3", now, "live", now, frames=40, judged=30, reconnects=2, delay_s=0.25))
    folder.write_state(CameraState("yard", now, "off", now))
    folder.write_state(CameraState("crane", now, "live", now, trouble="black"))
    folder.write_state(CameraState("pier", now - 60, "live", now))
    metrics = told(folder)
    up = {name: metrics[f'helmet_camera_up{{camera="{name}"}}'] for name in NAMES}
    assert up == {"gate-3": "1.0", "yard": "1.0", "crane": "0.0", "pier": "0.0"}
    assert metrics['helmet_camera_trouble{camera="crane",trouble="black"}'] == "1.0"
    assert metrics['helmet_camera_trouble{camera="crane",trouble="frozen"}'] == "0.0"
    assert metrics['helmet_camera_frames_total{camera="gate-3"}'] == "40.0"
    assert metrics['helmet_camera_judged_total{camera="gate-3"}'] == "30.0"
    assert metrics['helmet_camera_reconnects_total{camera="gate-3"}'] == "2.0"
    assert metrics['helmet_camera_delay_seconds{camera="gate-3"}'] == "0.25"
    assert float(metrics["helmet_watch_seen_seconds"]) < 10


def test_alarms_and_what_outlets_wait_for_are_counted(folder):
    store = AlarmStore(folder.path)
    store.record([on(1), on(2), on(3, camera="removed")], ["broker", "hook"])
    store.record([off(on(2), NOW + 9)], ["broker"])
    Outbox(folder.path).done(Outbox(folder.path).next("broker", NOW))
    metrics = told(folder)
    is_open = {name: metrics[f'helmet_alarms_open{{camera="{name}"}}'] for name in ("gate-3", "yard", "removed")}
    assert is_open == {"gate-3": "1.0", "yard": "0.0", "removed": "1.0"}
    assert metrics["helmet_alarms_total"] == "3.0"
    assert metrics['helmet_outbox_waiting{outlet="broker"}'] == "3.0"
    assert metrics['helmet_outbox_waiting{outlet="hook"}'] == "3.0"
    assert metrics['helmet_outbox_deliveries_total{outcome="done",outlet="broker"}'] == "1.0"


def test_the_status_tells_of_cameras_and_alarms(client_with, folder):
    now = time.time()
    folder.write_state(CameraState("gate-3", now, "live", now))
    folder.write_state(CameraState("yard", now, "connecting", now, trouble="unreachable"))
    store = AlarmStore(folder.path)
    store.record([on(1), on(2)])
    store.acknowledge(alarm_id(1), Acknowledgement(NOW))
    status = assert_answer(client_with(watch_dir=folder.path).get("/v1/status"), StatusAnswer)
    assert status["cameras"]["by_state"] == {"live": 1, "connecting": 1}
    assert status["cameras"]["by_trouble"] == {"unreachable": 1}
    assert status["cameras"]["watched_s"] < 10
    assert status["alarms"] == {"open": 2, "unacknowledged": 1}


def test_without_a_watch_nothing_is_told_and_nothing_written(client_with, tmp_path):
    client = client_with(watch_dir=tmp_path / "nowhere")
    status = client.get("/v1/status").json
    assert status["cameras"] == {"watched_s": None, "by_state": {}, "by_trouble": {}}
    assert status["alarms"] == {"open": 0, "unacknowledged": 0}
    assert "\nhelmet_watch_seen_seconds " not in client.get("/metrics").text
    assert not (tmp_path / "nowhere").exists()
