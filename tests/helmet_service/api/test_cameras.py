"""The routes of cameras, on files as the watch writes them."""

from __future__ import annotations

import json
import os
import re
import time

import pytest

from helmet_service.api.schemas.alarms import AlarmListAnswer
from helmet_service.api.schemas.cameras import CameraAnswer, CameraListAnswer, ZonesAnswer
from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from helmet_service.cameras.zones import Zone
from tests.helmet_service.api.checks import assert_answer, assert_matches, assert_problem

GATE = KnownCamera("gate-3", "Gate 3, north", "stream", "rtsp://10.0.0.7/stream1", 1.0, "mon-fri 06:00-18:00")
YARD = KnownCamera("yard", "Yard", "push", "", 0.5, "always")
TRIANGLE = [[0.1, 0.2], [0.9, 0.2], [0.5, 1]]
ZONE = {"name": "Ramp", "rule": "helmet", "points": TRIANGLE, "min_person": 0.1}
PERSON = {
    "person": 0, "status": "no_helmet", "reason": "bare_head", "confidence": 0.97, "hat": None,
    "box": {"left": 1.0, "top": 2.0, "width": 3.0, "height": 4.0}, "area_ratio": 0.01, "score": 0.6, "track": 4,
    "voted": {"status": "no_helmet", "confidence": 0.9, "since_s": 1.5, "frames": 3}, "alarm": None, "still": True,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    folder = WatchFolder(tmp_path / "watch")
    folder.publish([GATE, YARD])
    return folder


@pytest.fixture
def client(client_with, folder):
    return client_with(watch_dir=folder.path)


def state(**told):
    return CameraState(**{"id": "gate-3", "at": time.time(), "state": "live", "since": 1000.0} | told)


def put(client, zones, **options):
    return client.put("/v1/cameras/gate-3/zones", json={"zones": zones}, **options)


def test_without_a_watch_there_are_no_cameras_and_nothing_is_written(client_with, tmp_path):
    client = client_with(watch_dir=tmp_path / "nowhere")
    answer = assert_answer(client.get("/v1/cameras"), CameraListAnswer)
    assert answer == {"watching": False, "watched_s": None, "cameras": []}
    assert not (tmp_path / "nowhere").exists()


def test_cameras_are_told_in_the_order_of_their_file(client, folder):
    folder.write_state(state(frames=40, judged=30, delay_s=0.2, picture=(1280, 720), people=[PERSON]))
    folder.set_zones("gate-3", [Zone("Ramp", "helmet", tuple(map(tuple, TRIANGLE)), 0.1)])
    answer = assert_answer(client.get("/v1/cameras"), CameraListAnswer)
    assert answer["watching"]
    gate, yard = answer["cameras"]
    assert (gate["id"], gate["name"], gate["schedule"]) == ("gate-3", "Gate 3, north", "mon-fri 06:00-18:00")
    assert (gate["state"], gate["frames"], gate["people"]) == ("live", 40, [PERSON])
    assert gate["picture"] == {"width": 1280, "height": 720}
    assert gate["zones"] == [ZONE]
    assert (yard["id"], yard["state"], yard["at"], yard["picture"], yard["frames"]) == ("yard", None, None, None, 0)


@pytest.mark.parametrize(
    ("name", "states"),
    [("site.json", []), ("zones/gate-3.json", ["live", None]), ("now/gate-3/state.json", [None, None])],
)
def test_a_damaged_file_ends_no_answer(client, folder, name, states):
    folder.write_state(state())
    folder.set_zones("gate-3", [])
    (folder.path / name).write_bytes(b'{"cameras": [{"id": "ga')
    cameras = assert_answer(client.get("/v1/cameras"), CameraListAnswer)["cameras"]
    assert [camera["state"] for camera in cameras] == states
    assert client.get("/v1/status").status_code == client.get("/metrics").status_code == 200


def test_what_was_said_long_ago_is_not_watching(client, folder):
    folder.write_state(state(at=time.time() - 60))
    answer = client.get("/v1/cameras").json
    assert (answer["watching"], 59 < answer["watched_s"] < 70) == (False, True)


def test_one_camera_is_told_as_in_the_list(client):
    gate = assert_answer(client.get("/v1/cameras/gate-3"), CameraAnswer)
    assert [gate] == client.get("/v1/cameras").json["cameras"][:1]


@pytest.mark.parametrize("camera", ["gate-4", "..", "%2e%2e", "site.json", "é", "x" * 3000, "gate-3%00", "GATE-3"])
def test_what_is_no_camera_of_the_site_is_a_404(client, folder, camera):
    before = sorted(folder.path.rglob("*"))
    for path in ("", "/frame", "/zones"):
        assert_problem(client.get(f"/v1/cameras/{camera}{path}"), 404)
    assert_problem(client.put(f"/v1/cameras/{camera}/zones", json={"zones": []}), 404)
    assert sorted(folder.path.rglob("*")) == before


def test_a_frame_is_asked_of_the_watch_and_sent_once_it_is_there(client, folder):
    problem = assert_problem(client.get("/v1/cameras/gate-3/frame"), 409, "camera_id")
    assert problem["reason"] == "no_frame"
    assert folder.wants_frames("gate-3")
    assert not folder.wants_frames("yard")
    folder.write_frame("gate-3", b"\xff\xd8jpeg")
    answer = client.get("/v1/cameras/gate-3/frame")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", b"\xff\xd8jpeg")
    assert answer.cache_control.no_store
    again = client.get("/v1/cameras/gate-3/frame", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_old_frame_is_told_its_age(client, folder):
    folder.write_frame("gate-3", b"\xff\xd8jpeg")
    an_hour_ago = time.time() - 3600
    os.utime(folder.frame_path("gate-3"), (an_hour_ago, an_hour_ago))
    assert 3600 <= int(client.get("/v1/cameras/gate-3/frame").headers["Age"]) < 3700


def test_zones_are_kept_as_they_are_drawn(client, folder):
    drawn = [ZONE, {"name": "Office", "rule": "ignored", "points": TRIANGLE}]
    kept = [ZONE, drawn[1] | {"min_person": 0.0}]
    assert assert_answer(put(client, drawn), ZonesAnswer) == {"zones": kept}
    assert assert_answer(client.get("/v1/cameras/gate-3/zones"), ZonesAnswer) == {"zones": kept}
    assert folder.zones("gate-3")[1] == Zone("Office", "ignored", ((0.1, 0.2), (0.9, 0.2), (0.5, 1.0)))
    assert put(client, []).json == {"zones": []}
    assert folder.zones("gate-3") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": None}, "name"),
        ({"name": "Ramp"}, "name"),
        ({"rule": "forbidden"}, "rule"),
        ({"rule": None}, "rule"),
        ({"points": None}, "points"),
        ({"points": TRIANGLE[:2]}, "points"),
        ({"points": TRIANGLE * 34}, "points"),
        ({"points": [[0.1], *TRIANGLE]}, "points[0]"),
        ({"points": [[0.1, 0.2, 0.3], *TRIANGLE]}, "points[0]"),
        ({"points": [[0, 1.01], *TRIANGLE]}, "points[0][1]"),
        ({"points": [*TRIANGLE, ["0", 0]]}, "points[3][0]"),
        ({"points": [*TRIANGLE, {"x": 0}]}, "points[3]"),
        ({"min_person": -0.1}, "min_person"),
        ({"min_person": 1.5}, "min_person"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_zone_is_named_and_changes_nothing(client, folder, change, field):
    put(client, [ZONE])
    wrong = [ZONE, {"name": "Office", "rule": "ignored", "points": TRIANGLE} | change]
    assert_problem(put(client, wrong), 422, f"zones[1].{field}")
    assert [zone.name for zone in folder.zones("gate-3")] == ["Ramp"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ([], 422, "body"),
        ({}, 422, "zones"),
        ({"zones": None}, 422, "zones"),
        ({"zones": [None]}, 422, "zones[0]"),
        ({"zones": [{**ZONE, "name": str(n)} for n in range(51)]}, 413, "zones"),
    ],
)
def test_a_body_that_holds_no_zones_is_refused(client, body, status, field):
    assert_problem(client.put("/v1/cameras/gate-3/zones", json=body), status, field)


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400, "body"),
        ({"data": b"{}", "content_type": "text/plain"}, 415, "Content-Type"),
        ({"json": {"zones": []}, "headers": {"Content-Encoding": "gzip"}}, 415, "Content-Encoding"),
    ],
)
def test_zones_come_as_json(client, sent, status, field):
    assert_problem(client.put("/v1/cameras/gate-3/zones", **sent), status, field)


def test_a_folder_that_cannot_be_written_is_a_503(client, folder):
    (folder.path / "zones").write_text("no folder")
    assert assert_problem(put(client, [ZONE]), 503, "service")["reason"] == "no_disk"


def test_the_documented_answers_are_of_the_wire_format(root):
    blocks = re.findall(r"```json\n(.*?)```", (root / "docs" / "api.md").read_text(), re.S)
    (cameras,) = [json.loads(block) for block in blocks if block.startswith('{"watching"')]
    assert_matches(cameras, CameraListAnswer)
    (alarms,) = [json.loads(block) for block in blocks if block.startswith('{"alarms"')]
    assert_matches(alarms, AlarmListAnswer)
