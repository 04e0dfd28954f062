"""Frames that cameras send, behind the greenlets that receive them."""

from __future__ import annotations

import base64
import io
import json

import cv2
import gevent
import numpy as np
import pytest
from werkzeug.test import Client, TestResponse

from helmet_service import create_app
from helmet_service.api.schemas.cameras import FramesTakenAnswer
from helmet_service.cameras.watch_folder import KnownCamera, WatchFolder
from helmet_service.server.buffering import Buffering
from helmet_service.server.waiting import WaitingClients
from helmet_service.settings import Settings
from helmet_service.video.jobs import JOBS
from helmet_service.work.service import EXTENSION
from tests.helmet_service.api.checks import assert_matches, assert_problem, full
from tests.helmet_service.keys import GUESS, KEY

JPEG, OTHER = (cv2.imencode(".jpg", np.full((24, 32, 3), grey, np.uint8))[1].tobytes() for grey in (90, 160))
PNG = cv2.imencode(".png", np.full((24, 32, 3), 90, np.uint8))[1].tobytes()
XML = b"<EventNotificationAlert><eventType>VMD</eventType></EventNotificationAlert>"
YARD = "/v1/cameras/yard/frames"


class Site:
    """A service with the greenlets before it, and the folder that it shares with the watch."""

    def __init__(self, estimator, path, **settings):
        self.folder = WatchFolder(path / "watch")
        self.folder.publish(
            [
                KnownCamera("yard", "Yard", "push", "", 1.0, "always"),
                KnownCamera("gate", "", "stream", "", 1.0, "always"),
            ]
        )
        app = create_app(Settings(watch_dir=self.folder.path, **settings), estimator)
        self.service = app.extensions[EXTENSION]
        self.client = Client(Buffering(app, self.service, app.extensions[JOBS], WaitingClients()), TestResponse)

    def post(self, data, content_type="image/jpeg", path=YARD, **options):
        return self.client.post(path, data=data, content_type=content_type, **options)

    def stream(self, *bodies, kind="x-mixed-replace", **options):
        return self.post(b"".join(map(part, bodies)), f"multipart/{kind}; boundary=b", **options)

    def taken(self):
        return self.folder.take_pushed("yard")


def part(body, content_type="image/jpeg"):
    return f"--b\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body + b"\r\n"


def assert_accepted(response, count):
    assert response.status_code == 202, response.text
    assert_matches(response.json, FramesTakenAnswer)
    assert response.json == {"accepted": count}


@pytest.fixture
def site(estimator, tmp_path):
    return Site(estimator, tmp_path)


@pytest.fixture
def site_with(estimator, tmp_path):
    return lambda **settings: Site(estimator, tmp_path, **settings)


@pytest.mark.parametrize(("data", "content_type"), [(JPEG, "image/jpeg"), (JPEG, "Image/JPG"), (PNG, "image/png")])
def test_a_picture_is_given_to_the_watch_as_it_came(site, data, content_type):
    assert_accepted(site.post(data, content_type), 1)
    assert site.taken() == data
    assert site.taken() is None


def test_a_picture_may_come_in_json(site):
    assert_accepted(site.client.post(YARD, json={"picture": base64.b64encode(JPEG).decode()}), 1)
    assert site.taken() == JPEG


@pytest.mark.parametrize("kind", ["form-data", "mixed", "x-mixed-replace", "related"])
def test_pictures_in_parts_are_given_to_the_watch_and_other_parts_passed_over(site, kind):
    assert_accepted(site.stream(XML, JPEG, b'{"Events": []}', JPEG[:-9], OTHER, kind=kind), 2)
    assert site.taken() == OTHER


def test_a_form_without_lengths_of_parts_is_taken(site):
    form = {"event": (io.BytesIO(XML), "a.xml", "application/xml"), "snap": (io.BytesIO(JPEG), "a.jpg", "image/jpeg")}
    assert_accepted(site.client.post(YARD, data=form), 1)
    assert site.taken() == JPEG


def test_what_came_before_a_stream_broke_off_is_kept(site):
    response = site.stream(JPEG, OTHER[:-9], environ_overrides={"CONTENT_LENGTH": "10000000"})
    assert_problem(response, 400, "body")
    assert site.taken() == JPEG


@pytest.mark.parametrize(
    ("data", "content_type", "status", "field"),
    [
        (b"", "image/jpeg", 422, "picture"),
        (b"GIF89a", "image/gif", 422, "picture"),
        (JPEG[:-9], "image/jpeg", 422, "picture"),
        (JPEG, "text/plain", 415, "Content-Type"),
        (JPEG, "application/x-www-form-urlencoded", 415, "Content-Type"),
        (b"{}", "application/json", 422, "picture"),
        (b"{", "application/json", 400, "body"),
        (b'{"picture": "%%"}', "application/json", 422, "picture"),
        (b'{"picture": 5}', "application/json", 422, "picture"),
        (b"", "multipart/mixed; boundary=b", 422, "picture"),
        (part(XML), "multipart/form-data; boundary=b", 422, "picture"),
        (part(JPEG[:-9]), "multipart/form-data; boundary=b", 422, "picture"),
        (part(JPEG), "multipart/form-data", 400, "body"),
        (part(bytes(1_000_001)), "multipart/mixed; boundary=b", 413, "body"),
        (cv2.imencode(".png", np.zeros((1100, 1000), np.uint8))[1].tobytes(), "image/png", 413, "picture"),
    ],
)
def test_what_holds_no_whole_picture_is_refused(site_with, data, content_type, status, field):
    site = site_with(max_body_mb=1, max_picture_mp=1)
    assert_problem(site.post(data, content_type), status, field)
    assert site.taken() is None


@pytest.mark.parametrize("send", [Site.post, Site.stream])
def test_only_cameras_that_send_their_frames_may(site, send):
    assert assert_problem(send(site, JPEG, path="/v1/cameras/gate/frames"), 409, "camera_id")["reason"] == "not_push"
    for path in ("/v1/cameras/nobody/frames", "/v1/cameras/%2e%2e/frames"):
        assert_problem(send(site, JPEG, path=path), 404, "camera_id")
    assert_problem(send(site, JPEG, headers={"Content-Encoding": "gzip"}), 415, "Content-Encoding")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (YARD, {}, 401),
        (YARD, {"X-API-Key": GUESS}, 401),
        ("/v1/cameras/gate/frames", {"X-API-Key": KEY}, 409),
        ("/v1/cameras/nobody/frames", {"X-API-Key": KEY}, 404),
        (YARD, {"X-API-Key": KEY}, 400),  # the first to have its body read: there is none
    ],
)
def test_who_is_refused_by_the_head_has_no_part_read(site_with, keys_file, path, headers, status):
    site = site_with(api_keys_file=keys_file)
    head = {"CONTENT_LENGTH": "2000000", "CONTENT_TYPE": "multipart/mixed; boundary=b"}
    assert_problem(site.client.post(path, headers=headers, environ_overrides=head), status)


@pytest.mark.parametrize("send", [Site.post, Site.stream])
def test_a_key_may_be_the_password_of_a_camera(site_with, keys_file, send):
    site = site_with(api_keys_file=keys_file)
    answer = send(site, JPEG)
    assert_problem(answer, 401, "X-API-Key")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="helmet-service"'
    assert_problem(send(site, JPEG, auth=("admin", GUESS)), 401)
    assert_accepted(send(site, JPEG, auth=("admin", KEY)), 1)
    assert_accepted(send(site, JPEG, headers={"X-API-Key": KEY}), 1)
    assert_problem(site.client.get("/v1/cameras", auth=("admin", KEY)), 401)


def test_a_stream_counts_once_for_the_rate_limit(site_with):
    site = site_with(rate_limit=2)
    assert [site.stream(JPEG, OTHER).status_code for _ in range(3)] == [202, 202, 429]


def test_frames_are_taken_while_the_network_has_no_room_but_not_while_the_service_stops(site_with):
    site = site_with(queue=0)
    with full(site.service.admission.queue):
        assert_accepted(site.post(JPEG), 1)
        assert_accepted(site.stream(JPEG), 1)
    site.service.stop()
    assert assert_problem(site.stream(JPEG), 503, "service")["reason"] == "stopping"


def test_streams_at_once_are_bounded_and_free_their_places(site):
    waiting = []

    class Silent(io.BytesIO):
        def read(self, size=-1):
            waiting.append(self)
            gevent.sleep(60)

    def stall():
        site.stream(environ_overrides={"wsgi.input": Silent()})

    silent = [gevent.spawn(stall) for _ in range(64)]
    while len(waiting) < 64:
        gevent.sleep(0.01)
    assert assert_problem(site.stream(JPEG), 503, "service")["reason"] == "pushes_full"
    assert_accepted(site.post(JPEG), 1)
    gevent.killall(silent)
    assert_accepted(site.stream(JPEG), 1)


def test_what_of_a_part_has_come_counts_as_a_body_in_work(site_with):
    site = site_with(max_body_mb=1, in_flight_mb=1)
    with site.service.admission.in_flight.holding(1_000_000):
        assert assert_problem(site.stream(JPEG), 503, "service")["reason"] == "no_memory"
    assert_accepted(site.stream(*[JPEG] * 3), 3)


def test_a_folder_that_cannot_be_written_is_a_503(site):
    (site.folder.path / "now").write_text("no folder")
    for answer in (site.post(JPEG), site.stream(JPEG)):
        assert assert_problem(answer, 503, "service")["reason"] == "no_disk"


def test_the_picture_of_json_is_not_repeated(site):
    told = site.client.post(YARD, data=json.dumps({"picture": "x" * 50 + "%"}), content_type="application/json").text
    assert "xxx" not in told
