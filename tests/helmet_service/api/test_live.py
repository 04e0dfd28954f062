"""Who is let in to `/v1/live/{client}`; what live clients are answered: tests/helmet_service/server."""

from __future__ import annotations

import json
import time

import pytest
from werkzeug.test import EnvironBuilder

from helmet_service import create_app
from helmet_service.api.live_streams import STREAM, Frame
from helmet_service.api.schemas.answers import LiveAnswer
from helmet_service.api.schemas.problem_answers import LiveProblemAnswer
from helmet_service.settings import Settings
from helmet_service.work.service import EXTENSION
from pose import Estimator
from pose.errors import NetworkServerError
from tests.helmet_service.api.checks import assert_matches, assert_problem
from tests.helmet_service.api.test_request_hooks import Broken
from tests.helmet_service.server.test_live_sockets import HANDSHAKE


def ask(client, name="gate-3", **headers):
    changed = HANDSHAKE | {key.replace("_", "-"): value for key, value in headers.items()}
    return client.get(f"/v1/live/{name}", headers={key: value for key, value in changed.items() if value is not None})


def let_in(client, **headers):
    """The status, and the stream in the environment, of which a test client's answer has only a copy."""
    changed = {key: value for key, value in (HANDSHAKE | headers).items() if value is not None}
    environ = EnvironBuilder("/v1/live/gate-3", headers=changed).get_environ()
    statuses = []
    for _ in client.application(environ, lambda status, _: statuses.append(int(status[:3]))):
        pass
    return statuses[0], environ.get(STREAM)


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"Upgrade": None}, 426, "Upgrade"),
        ({"Upgrade": "h2c"}, 426, "Upgrade"),
        ({"Connection": "keep-alive"}, 426, "Connection"),
        ({"Sec_WebSocket_Version": "8"}, 426, "Sec-WebSocket-Version"),
        ({"Sec_WebSocket_Version": None}, 426, "Sec-WebSocket-Version"),
        ({"Sec_WebSocket_Key": None}, 400, "Sec-WebSocket-Key"),
        ({"Sec_WebSocket_Key": "c2hvcnQ="}, 400, "Sec-WebSocket-Key"),
        ({"Origin": "https://elsewhere.example"}, 403, "Origin"),
        ({"name": 129 * "n"}, 422, "client"),
        ({"name": "a%0Ab"}, 422, "client"),
    ],
)
def test_what_is_no_handshake_or_not_allowed_is_a_problem(client, changed, status, field):
    response = ask(client, **changed)
    assert_problem(response, status, field)
    if status == 426:
        assert (response.headers["Upgrade"], response.headers["Sec-WebSocket-Version"]) == ("websocket", "13")


def test_a_handshake_by_head_takes_no_place(client_with):
    client = client_with(live_max=1)
    for _ in range(2):
        answer = client.head("/v1/live/gate-3", headers=HANDSHAKE)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert let_in(client)[0] == 101


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        (None, "gate.example", True),
        ("https://gate.example", "gate.example", True),
        ("http://GATE.example:8443", "gate.example:8443", True),
        ("https://page.example", "gate.example", True),
        ("https://gate.example:8443", "gate.example", False),
        ("https://gate.example.evil.example", "gate.example", False),
        ("https://page.example.evil.example", "gate.example", False),
        ("gate.example", "gate.example", False),
        ("null", "gate.example", False),
        ("", "", False),
    ],
)
def test_pages_of_this_host_and_of_cors_origins_may_open_a_stream(client_with, origin, host, is_own):
    client = client_with(cors_origins="https://page.example")
    status, stream = let_in(client, Origin=origin, Host=host)
    assert (status, stream is not None) == ((101, True) if is_own else (403, False))


def test_no_more_are_let_in_than_live_max_and_they_are_counted(client_with):
    client = client_with(live_max=2)
    count = client.application.extensions[EXTENSION].metrics.live_clients
    streams = [let_in(client)[1] for _ in range(2)]
    assert "live clients" in assert_problem(ask(client), 503, "service")["errors"][0]["expected"]
    assert [sample.value for sample in count.collect()[0].samples] == [2]
    streams[0].close()
    assert [sample.value for sample in count.collect()[0].samples] == [1]
    assert let_in(client)[0] == 101


def test_frame_after_frame_people_are_followed_and_voted_on(client, scene_bytes):
    _, stream = let_in(client)
    about, began = {"dropped": 0, "quality_hint": {"jpeg_quality": 80, "rate": 5.0}}, time.monotonic()
    frames = [Frame(n, scene_bytes, is_text=False, at_s=began + n / 2) for n in range(10)]
    answers = [json.loads(stream.answer(frame, about)) for frame in frames]
    for answer in answers:
        assert_matches(answer, LiveAnswer)
    voted = [[(person["track"], person["voted"]["frames"]) for person in answer["people"]] for answer in answers]
    assert voted == [[(0, n), (1, n)] for n in range(1, 11)]
    assert [person["voted"]["status"] for person in answers[-1]["people"]] == ["helmet", "no_helmet"]


class Gone(Broken):
    """A network server that stops to answer."""

    is_gone = False

    def check(self, *, trusting=False):
        if self.is_gone:
            raise NetworkServerError("nobody there")


def test_a_frame_without_a_network_is_refused_with_the_number_that_the_client_gave_it(estimator, blank):
    runtime = Gone()
    client = create_app(Settings(), Estimator(estimator.model, runtime, 384, estimator.headwear)).test_client()
    _, stream = let_in(client)
    runtime.is_gone = True
    frame = Frame(0, f'{{"seq": 4711, "picture": "{blank}"}}'.encode(), is_text=True, at_s=time.monotonic())
    told = json.loads(stream.answer(frame, {"dropped": 0, "quality_hint": {"jpeg_quality": 80, "rate": 5.0}}))
    assert (told["status"], told["seq"]) == (503, 4711)
    (problem,) = client.get("/v1/status").json["problems"]
    assert (problem["route"], problem["reason"]) == ("/v1/live/<client>", "network_unreachable")
    assert problem["request_id"] == told["request_id"]


def test_our_own_fault_is_a_500_that_tells_the_request_id_alone_and_the_stream_goes_on(caplog, estimator, blank):
    client = create_app(Settings(), Estimator(estimator.model, Broken(), 384, estimator.headwear)).test_client()
    _, stream = let_in(client)
    for number in range(2):
        frame = Frame(number, f'{{"picture": "{blank}", "hats": []}}'.encode(), is_text=True, at_s=time.monotonic())
        told = json.loads(stream.answer(frame, {"dropped": 0, "quality_hint": {"jpeg_quality": 80, "rate": 5.0}}))
        assert_matches(told, LiveProblemAnswer)
        assert (told["status"], told["detail"], told["seq"]) == (500, told["request_id"], number)
        assert told["request_id"] in caplog.text
    exposed = client.get("/metrics").text
    assert "helmet_faults_total 2.0" in exposed
    assert 'helmet_live_frames_total{outcome="refused"} 2.0' in exposed
