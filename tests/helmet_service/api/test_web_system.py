"""The routes of the OpenPose web system; its clients on real sockets: tests/serving/test_web_system.py."""

from __future__ import annotations

import base64
import io
import json
import re

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from helmet_service.api.docs import openapi_document
from helmet_service.api.live_streams import STREAM, Frame
from helmet_service.api.schemas import web_system as schemas
from helmet_service.api.schemas.problem_answers import LiveProblemAnswer
from helmet_service.api.web_system.answers import found_hands, machine_json
from helmet_service.api.web_system.realtime import DetectedFrames
from helmet_service.server.live_sockets import LiveSockets
from helmet_service.server.waiting import WaitingClients
from helmet_service.work.service import EXTENSION
from pose.hands import HAND_KEYPOINTS, Hand
from tests.helmet_service.api.checks import assert_matches, assert_problem, full
from tests.helmet_service.api.test_videos import Site
from tests.helmet_service.api.web_system_exchanges import ABOUT, HANDS, NAMES, Asking, alike, exchange, with_hands
from tests.helmet_service.server.test_live_sockets import HANDSHAKE

IMAGE, UPLOAD = "/api/detect/image", "/api/detect/upload"
OWN = [path for path in openapi_document(web_system=True)["paths"] if path not in openapi_document()["paths"]]


def of_a_task(path):
    """The path with an id in it."""
    return re.sub(r"{\w+}", "17", path)


@pytest.fixture(scope="module")
def asking(estimator, tmp_path_factory):
    return Asking(estimator, tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def client(client_with):
    return client_with(web_system="1")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "video_upload"])
def test_what_clients_read_is_as_people_have_seen_it(asking, name):
    known = exchange(name)
    status, answer = asking.answer(known["asked"])
    assert status == known["status"]
    assert alike(answer, known["answer"]), answer


@pytest.mark.parametrize(
    ("names", "schema"),
    [
        ("health", schemas.HealthAnswer),
        ("device", schemas.DeviceAnswer),
        ("system", schemas.MachineAnswer),
        ("performance", schemas.PerformanceAnswer),
        ("detect_image detect_image_hands_alone detect_upload", schemas.DetectAnswer),
        ("video_upload", schemas.TaskBegunAnswer),
        ("video_task_queued video_task_done", schemas.TaskAnswer),
    ],
)
def test_answers_are_documented(names, schema):
    for name in names.split():
        assert_matches(exchange(name)["answer"], schema)


def test_without_the_setting_there_are_no_such_routes(app):
    client = app.test_client()
    for path in map(of_a_task, OWN):
        for method in ("GET", "POST"):
            assert_problem(client.open(path, method=method, headers=HANDSHAKE), 404, "path")
    assert [path for path in client.get("/openapi.json").json["paths"] if path.startswith("/api")] == []


def test_with_the_setting_every_route_is_documented(client):
    document = client.get("/openapi.json").json
    rules = {re.sub("<(.*?)>", "{\\1}", rule.rule) for rule in client.application.url_map.iter_rules()}
    assert {rule for rule in rules if rule.startswith("/api")} == set(OWN)
    assert set(document["components"]["schemas"]["DetectRequest"]["properties"]) == set(schemas.DetectRequest().fields)


def test_the_page_in_the_docs_names_every_route_and_has_answers_of_the_format(root):
    page = (root / "docs" / "web-system.md").read_text()
    named = re.findall(r"`(?:GET |POST |WS )?(/[\w/{}]*)`", page)
    assert [path for path in OWN if path not in named] == []
    assert_matches(json.loads(re.search(r"```json\n(.*?)```", page, re.S)[1]), schemas.DetectAnswer)


@pytest.mark.parametrize("path", OWN)
def test_keys_are_needed_as_everywhere(client_with, keys_file, path):
    client = client_with(web_system="1", api_keys_file=keys_file)
    method = "POST" if path in (IMAGE, UPLOAD, "/api/video/upload") else "GET"
    assert_problem(client.open(of_a_task(path), method=method, headers=HANDSHAKE), 401, "X-API-Key")


def test_a_full_queue_refuses_pictures_before_they_are_read(client_with, blank):
    client = client_with(web_system="1", queue=0)
    with full(client.application.extensions[EXTENSION].admission.queue):
        assert_problem(client.post(IMAGE, json={"image_base64": blank}), 503, "service")
        assert_problem(client.post(UPLOAD, data={"file": (io.BytesIO(b"x"), "a")}), 503, "service")


@pytest.mark.parametrize("flag", ["include_body", "include_hands", "draw_result"])
def test_what_is_not_asked_for_is_null(client, blank, flag):
    answer = client.post(IMAGE, json={"image_base64": blank, flag: False, "client": "unknown keys are ignored"}).json
    parts = answer["detection_results"]
    given = {"include_body": parts["body"], "include_hands": parts["hands"], "draw_result": answer["result_image"]}
    assert [name for name, part in given.items() if part is None] == [flag]


@pytest.mark.parametrize(
    ("request_", "status", "field"),
    [
        ({"json": {}}, 422, "image_base64"),
        ({"json": {"image_base64": None}}, 422, "image_base64"),
        ({"json": {"image_base64": ["x"]}}, 422, "image_base64"),
        ({"json": {"image_base64": "aGVsbG8gd29ybGQ="}}, 422, "image_base64"),
        ({"json": {"image_base64": "data:image/jpeg,x"}}, 422, "image_base64"),
        ({"json": {"image_base64": "x", "include_hands": 1}}, 422, "include_hands"),
        ({"json": []}, 422, "body"),
        ({"data": b"{", "content_type": "application/json"}, 400, "body"),
        ({"data": b"{}", "content_type": "text/plain"}, 415, "Content-Type"),
    ],
)
def test_wrong_requests_are_refused_by_name(client, request_, status, field):
    assert_problem(client.post(IMAGE, **request_), status, field)


@pytest.mark.parametrize(
    ("parts", "status", "fields"),
    [
        ({}, 415, ["Content-Type"]),
        ({"file": "text"}, 422, ["file"]),
        ({"picture": (io.BytesIO(b"x"), "a")}, 422, ["file", "picture"]),
        ({"file": (io.BytesIO(b"x"), "a"), "request": "{}"}, 422, ["request"]),
        ({"file": [(io.BytesIO(b"x"), "a"), (io.BytesIO(b"y"), "b")]}, 422, ["file"]),
    ],
)
def test_a_form_has_one_part_alone(client, parts, status, fields):
    options = {"data": parts, "content_type": "multipart/form-data"} if parts else {"json": {}}
    assert_problem(client.post(UPLOAD, **options), status, *fields)


@pytest.mark.parametrize("flag", ["include_body", "include_hands"])
def test_what_is_asked_for_is_drawn(asking, flag):
    pictures = []
    for asked in (True, False):
        others = {"include_body": False, "include_hands": False} | {flag: asked}
        url = asking.site.client.post(IMAGE, json={"image_base64": with_hands()} | others).json["result_image"]
        jpeg = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        pictures.append(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
    x, y = HANDS[0] if flag == "include_hands" else (377, 473)  # the left person's neck
    drawn, plain = (pixels[y - 3 : y + 4, x - 3 : x + 4].astype(int) for pixels in pictures)
    assert np.abs(drawn - plain).max() > 60


def test_figures_are_of_what_was_done(client_with, blank, scene):
    client = client_with(web_system="1")
    nothing = {"avg_fps": 0.0, "avg_latency": None, "total_detections": 0, "avg_people_per_frame": None}
    assert client.get("/api/performance/status").json["detection"] == nothing
    took = [
        client.post(IMAGE, json={"image_base64": sent}).json["processing_time"] for sent in (blank, scene["picture"])
    ]
    told = client.get("/api/performance/status").json["detection"]
    assert (told["total_detections"], told["avg_people_per_frame"]) == (2, 1.0)
    assert told["avg_fps"] > 0
    assert told["avg_latency"] >= np.mean(took) - 0.1  # which end before the answer is sent


@pytest.mark.parametrize(
    ("cores", "used", "percent"), [(4, 1.0, 25.0), (2, 0.0, 0.0), (2, 2.1, 100.0), (None, 0.5, 50.0)]
)
def test_the_share_of_the_processor_is_of_all_cores(cores, used, percent):
    told = machine_json({"cpu": {"cores": cores, "cores_used": used}, "memory_mb": 500.0}, 2_000_000_000)
    assert (told["cpu_percent"], told["memory_percent"]) == (percent, 25.0)


def test_a_hand_has_its_points_side_and_box():
    points = np.array([[100 + 2 * index, 50 + index, 0.5] for index in range(len(HAND_KEYPOINTS))], np.float32)
    told = found_hands([Hand(points, "left", 0.9, 0), Hand(points + np.float32([0.26, 0, 0]), "right", 0.8)])
    assert_matches(told, schemas.WebHandsAnswer)
    assert [(hand["hand_id"], hand["is_left"], hand["bbox"]) for hand in told["hands_data"]] == [
        (0, True, [100.0, 50.0, 40.0, 20.0]),
        (1, False, [100.3, 50.0, 40.0, 20.0]),
    ]
    assert told["hands_data"][0]["keypoints"][20] == [140.0, 70.0, 0.5]


def latency_of(asking):
    return asking.site.client.get("/api/performance/status").json["detection"]["avg_latency"]


def test_a_video_is_a_job_of_v1_and_its_result_is_that_jobs(asking):
    known, latency = exchange("video_upload"), latency_of(asking)
    status, answer = asking.answer(known["asked"])
    assert (status, alike(answer, known["answer"])) == (known["status"], True)
    task_id = answer["task_id"]
    job = asking.site.get(task_id).json
    assert (job["state"], job["frames_total"]) == ("queued", 3)
    assert latency_of(asking) == latency  # an upload takes as long as its client
    assert asking.site.jobs.path(task_id).joinpath("upload").read_bytes() == asking.film
    done = asking.site.done()
    responses = [asking.site.client.get(f"{path}/{done}{end}", buffered=True) for path, end in
                 (("/api/video/result", ""), ("/v1/videos", "/result"))]  # fmt: skip
    assert responses[0].data == responses[1].data
    assert responses[0].mimetype == "video/mp4"


@pytest.mark.parametrize("name", ["video", "request", "file"])
def test_an_uploaded_form_is_named_as_it_is(estimator, tmp_path, name):
    site = Site(estimator, tmp_path, web_system="1")
    response = site.client.post("/api/video/upload", data={name: (io.BytesIO(b"no video"), "a")})
    assert_problem(response, 422, name)
    assert site.folders() == []


def test_an_upload_is_no_form_of_v1(estimator, tmp_path):
    site = Site(estimator, tmp_path, web_system="1")
    assert_problem(site.client.post("/v1/videos", data={"file": (io.BytesIO(b"no video"), "a")}), 422, "file")


def test_a_socket_takes_files_base64_and_json(client, blank):
    frames = DetectedFrames(client.application.extensions[EXTENSION])
    url = f"data:image/png;base64,{blank}"
    texts = [blank, url, f"\n{url}", json.dumps(url), json.dumps({"image": url}), json.dumps({"image_base64": blank})]
    for text in texts:
        frame = Frame(7, text.encode(), is_text=True, at_s=0.0)
        seq, request = frames.request_of(frame)
        assert (seq, request["image_base64"].strip().removeprefix("data:image/png;base64,")) == (7, blank)
    assert frames.request_of(Frame(8, b"{", is_text=False, at_s=0.0)) == (8, {"image_base64": b"{"})


@pytest.fixture(scope="module")
def stream(client):
    environ = EnvironBuilder("/api/ws/realtime/gate-3", headers=HANDSHAKE).get_environ()
    for _ in client.application(environ, lambda *_: None):
        pass
    yield environ[STREAM]
    environ[STREAM].close()


def test_a_client_of_a_socket_hears_nothing_before_its_first_answer(stream):
    assert stream.hello() is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=40)
@given(sent=st.binary() | st.text() | st.dictionaries(st.sampled_from(["image", "image_base64", "draw_result"]), _JSON))
def test_whatever_a_socket_gets_that_is_no_picture_is_refused(stream, sent):
    text = sent if isinstance(sent, str) else json.dumps(sent) if isinstance(sent, dict) else None
    data = sent if text is None else text.encode("utf-8", "replace")
    answer = json.loads(stream.answer(Frame(0, data, is_text=text is not None, at_s=0.0), ABOUT))
    assert_matches(answer, LiveProblemAnswer)
    assert 400 <= answer["status"] < 500


def test_without_the_setting_uploads_and_handshakes_are_those_of_unknown_routes(estimator, tmp_path, keys_file):
    site = Site(estimator, tmp_path)
    assert_problem(site.client.post("/api/video/upload", data={"file": (io.BytesIO(b"no video"), "a")}), 404, "path")
    assert not site.jobs.folder.exists()
    locked = Site(estimator, tmp_path, api_keys_file=keys_file)
    sockets = LiveSockets(locked.client.application, locked.service, WaitingClients())
    for path in ("/api/ws/realtime/gate-3", "/nowhere"):
        environ = EnvironBuilder(path, headers=HANDSHAKE).get_environ()
        statuses = []
        for _ in sockets(environ, lambda status, *_, to=statuses: to.append(status)):
            pass
        assert statuses == ["401 UNAUTHORIZED"]
