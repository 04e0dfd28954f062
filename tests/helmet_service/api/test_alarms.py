"""The routes of alarms, on what the watch keeps of them."""

from __future__ import annotations

import hashlib
import time

import pytest

from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.store import AlarmStore
from helmet_service.api.schemas.alarms import AlarmAnswer, AlarmListAnswer
from helmet_service.api.schemas.cameras import CameraAnswer
from helmet_service.cameras.watch_folder import KnownCamera, WatchFolder
from tests.helmet_service.alarms.kept import NOW, alarm_id, evidence, off, on
from tests.helmet_service.api.checks import assert_answer, assert_problem
from tests.helmet_service.keys import KEY

FIRST = f"/v1/alarms/{alarm_id(1)}"


@pytest.fixture
def store(tmp_path):
    store = AlarmStore(tmp_path)
    first, second = on(1), on(2, NOW + 10)
    store.record([first, second, on(3, NOW + 20, camera="yard")], evidence={alarm_id(1): evidence()})
    store.record([off(second, NOW + 30)])
    store.acknowledge(alarm_id(3), Acknowledgement(NOW + 40, "key 1234abcd"))
    return store


@pytest.fixture
def client(client_with, store, tmp_path):
    return client_with(watch_dir=tmp_path)


def acknowledge(client, said, alarm=FIRST, **options):
    return client.post(f"{alarm}/acknowledgement", json=said, **options)


def test_without_a_watch_there_are_no_alarms_and_nothing_is_written(client_with, tmp_path):
    client = client_with(watch_dir=tmp_path / "nowhere")
    assert assert_answer(client.get("/v1/alarms"), AlarmListAnswer) == {"alarms": [], "more": False}
    for answer in (client.get(FIRST), client.get(f"{FIRST}/picture"), acknowledge(client, {})):
        assert assert_problem(answer, 404, "alarm_id")["reason"] == "no_such_alarm"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("query", "numbers", "more"),
    [
        ("", [3, 2, 1], False),
        ("?limit=2", [3, 2], True),
        (f"?before={alarm_id(2)}", [1], False),
        ("?camera=yard", [3], False),
        ("?camera=gate-3&state=open", [1], False),
        ("?camera=elsewhere", [], False),
        ("?camera=%00%27%20or%201%3D1", [], False),
        ("?state=ended", [2], False),
        ("?acknowledged=true", [3], False),
        ("?acknowledged=false", [2, 1], False),
    ],
)
def test_alarms_are_listed_the_newest_first(client, query, numbers, more):
    answer = assert_answer(client.get(f"/v1/alarms{query}"), AlarmListAnswer)
    assert [alarm["id"] for alarm in answer["alarms"]] == [alarm_id(number) for number in numbers]
    assert answer["more"] == more


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=on", "state"),
        ("acknowledged=yes", "acknowledged"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("colour=red", "colour"),
    ],
)
def test_a_wrong_query_is_named(client, query, field):
    assert_problem(client.get(f"/v1/alarms?{query}"), 422, field)


def test_one_alarm_is_told_as_in_the_list(client):
    alarm = assert_answer(client.get(FIRST), AlarmAnswer)
    assert alarm == client.get("/v1/alarms").json["alarms"][-1]
    assert (alarm["camera"], alarm["began"], alarm["told"], alarm["ended"]) == ("gate-3", NOW - 4, NOW, None)
    assert (alarm["acknowledged"], alarm["confidence"], alarm["repeats"]) == (None, 0.97, 0)


@pytest.mark.parametrize("alarm", ["0" * 26, "..", "%2e%2e", "alarm.json", "é", "x" * 3000, "unfinished-1", "a%00"])
def test_what_is_no_alarm_is_a_404(client, alarm):
    for path in ("", "/picture"):
        assert_problem(client.get(f"/v1/alarms/{alarm}{path}"), 404)
    assert_problem(acknowledge(client, {}, f"/v1/alarms/{alarm}"), 404)


@pytest.mark.parametrize(("query", "kept"), [("", "annotated"), ("?plain=0", "annotated"), ("?plain=1", "picture")])
def test_an_alarm_has_its_pictures(client, query, kept):
    answer = client.get(f"{FIRST}/picture{query}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", getattr(evidence(), kept))
    again = client.get(f"{FIRST}/picture{query}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_pictures_that_were_not_kept_are_a_404(client):
    problem = assert_problem(client.get(f"/v1/alarms/{alarm_id(2)}/picture"), 404, "alarm_id")
    assert problem["reason"] == "no_evidence"
    assert_problem(client.get(f"{FIRST}/picture?plain=yes"), 422, "plain")


def test_who_acknowledges_is_the_key_unless_somebody_is_named(client_with, store, tmp_path, keys_file):
    client, key = client_with(watch_dir=tmp_path, api_keys_file=keys_file), {"X-API-Key": KEY}
    assert_problem(acknowledge(client, {}), 401)
    answer = acknowledge(client, {}, headers=key)
    said = assert_answer(answer, AlarmAnswer)["acknowledged"]
    assert said["by"] == f"key {hashlib.sha256(KEY.encode()).hexdigest()[:8]}"
    assert (said["false_alarm"], said["reason"], said["note"]) == (False, None, "")
    assert abs(said["at"] - time.time()) < 60
    named = {"by": "Ines", "false_alarm": True, "reason": "wears_helmet", "note": "grey 头盔"}
    answer = acknowledge(client, named, headers=key)
    assert {**answer.json["acknowledged"], "at": 0} == {"at": 0, **named}
    assert store.alarm(alarm_id(1)).acknowledged.note == "grey 头盔"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ([], "body"),
        ({"false_alarm": "yes"}, "false_alarm"),
        ({"false_alarm": 1}, "false_alarm"),
        ({"false_alarm": None}, "false_alarm"),
        ({"false_alarm": True}, "reason"),
        ({"reason": "other"}, "reason"),
        ({"false_alarm": True, "reason": "rain"}, "reason"),
        ({"note": 5}, "note"),
        ({"note": "x" * 1001}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"by": "a\nb"}, "by"),
        ({"at": 5}, "at"),
    ],
)
def test_a_wrong_acknowledgement_is_named_and_changes_nothing(client, store, said, field):
    assert_problem(acknowledge(client, said), 422, field)
    assert store.alarm(alarm_id(1)).acknowledged is None


def test_an_acknowledgement_comes_as_json(client):
    assert_problem(client.post(f"{FIRST}/acknowledgement", data="{}", content_type="text/plain"), 415, "Content-Type")


def test_a_camera_is_told_its_open_alarms(client, tmp_path):
    WatchFolder(tmp_path).publish([KnownCamera(name, name, "push", "", 1.0, "always") for name in ("gate-3", "yard")])
    assert assert_answer(client.get("/v1/cameras/gate-3"), CameraAnswer)["open_alarms"] == [alarm_id(1)]
    listed = client.get("/v1/cameras").json["cameras"]
    assert [camera["open_alarms"] for camera in listed] == [[alarm_id(1)], [alarm_id(3)]]


def test_a_disk_that_cannot_be_read_is_a_503(client_with, tmp_path):
    (tmp_path / "alarms.db").mkdir()
    assert client_with(watch_dir=tmp_path).get("/v1/status").json["alarms"] is None
    assert client_with(watch_dir=tmp_path).get("/metrics").status_code == 200
    for path in ("/v1/alarms", "/v1/cameras"):
        problem = assert_problem(client_with(watch_dir=tmp_path).get(path), 503, "service")
        assert problem["reason"] == "no_disk"
