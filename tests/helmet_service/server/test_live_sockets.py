from __future__ import annotations

import base64
import hashlib
import re
import socket

import gevent
import gevent.socket
import pytest
from werkzeug.test import Client, EnvironBuilder, TestResponse

from helmet_service import create_app
from helmet_service.api.schemas.answers import LiveAnswer
from helmet_service.api.schemas.problem_answers import LiveProblemAnswer, ProblemAnswer
from helmet_service.http.page_session import COOKIE, new_cookie
from helmet_service.server.buffering import Buffering
from helmet_service.server.live_sockets import LiveSockets
from helmet_service.server.waiting import WaitingClients
from helmet_service.settings import Settings
from helmet_service.video.jobs import JOBS
from helmet_service.work.service import EXTENSION
from tests.helmet_service.api.checks import assert_matches, full
from tests.helmet_service.keys import KEY
from tests.helmet_service.server.live_peer import PING, Peer, frame

AS_PROTOCOL = "helmet, key." + base64.urlsafe_b64encode(KEY.encode()).decode().rstrip("=")
SIGNED_IN = {"Cookie": f"{COOKIE}={new_cookie(hashlib.sha256(KEY.encode()).digest())}"}
HANDSHAKE = {
    "Host": "gate.example",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Serving:
    """Live clients of an application, without gunicorn."""

    def __init__(self, settings, estimator):
        app = create_app(settings, estimator)
        self.service, clients = app.extensions[EXTENSION], WaitingClients()
        buffering = Buffering(app, self.service, app.extensions[JOBS], clients)
        self.sockets = LiveSockets(buffering, self.service, clients)
        self._running = []

    def connect(self, client="gate-3", route="/v1/live/", **headers):
        """A client's end, after the head of the 101."""
        ours, theirs = gevent.socket.socketpair()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        environ = EnvironBuilder(headers=HANDSHAKE | named).get_environ() | {"PATH_INFO": f"{route}{client}"}
        self._running.append((gevent.spawn(self._serve, environ | {"gunicorn.socket": ours}), ours, theirs))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += theirs.recv(1)
        assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
        assert re.search(rb"\r\nX-Request-Id: \w{26}\r\n", head)
        assert (b"\r\nSec-WebSocket-Protocol: helmet\r\n" in head) == ("Sec_WebSocket_Protocol" in headers)
        return Peer(theirs)

    def end(self):
        """Let all clients go."""
        for greenlet, ours, theirs in self._running:
            with ours, theirs:
                theirs.shutdown(socket.SHUT_RDWR)
                greenlet.get(timeout=30)

    def _serve(self, environ):
        with pytest.raises(ConnectionResetError):
            self.sockets(environ, print)


@pytest.fixture
def serving(estimator):
    """Starts a service with these settings."""
    started = []

    def start(**settings):
        started.append(Serving(Settings(**settings), estimator))
        return started[-1]

    yield start
    for each in started:
        each.end()


def all_arrived(peer):
    """What was sent before has been received."""
    peer.sock.sendall(frame(PING))
    peer.next()


def assert_compliance(answer, seq):
    """A compliance object with what a live answer adds; returns its tracks."""
    assert_matches(answer, LiveAnswer)
    assert answer["seq"] == seq
    return [person["track"] for person in answer["people"]]


def test_pictures_and_requests_are_answered_and_what_is_wrong_is_told(serving, scene, scene_bytes):
    peer = serving().connect("tor 3")
    hello = peer.answer()
    assert hello["hello"] == "tor 3"
    assert hello["limits"]["live_message_bytes"] == 4_000_000
    for seq in range(3):
        peer.send(scene_bytes)
        assert len(assert_compliance(peer.answer(), seq)) == 2
    for sent, seq, field in (b"no picture", 3, "picture"), ({"seq": -1}, 4, "seq"), ({"seq": 9}, 9, "picture"):
        peer.send(sent)
        problem = peer.answer()
        assert_matches(problem, LiveProblemAnswer)
        assert (problem["seq"], [error["field"] for error in problem["errors"]]) == (seq, [field])
    peer.send({"seq": 2**53 - 1, **scene})
    last = peer.answer()
    assert last["hats_from"] == "request"
    assert_compliance(last, 2**53 - 1)


def test_the_newest_frame_wins_and_the_others_are_counted(serving, blank):
    running = serving(queue=0)
    peer = running.connect()
    peer.answer()
    with full(running.service.admission.queue):
        for seq in range(5):
            peer.send({"seq": seq, "picture": blank, "hats": []})
        all_arrived(peer)
    assert (told := peer.answer())["dropped"] == 4
    assert assert_compliance(told, 4) == []
    peer.send({"seq": 5, "picture": blank, "hats": []})
    assert peer.answer()["dropped"] == 0


def test_clients_of_one_name_have_tracks_of_their_own(serving, scene_bytes):
    running = serving()
    for peer in [running.connect(), running.connect()]:
        peer.answer()
        peer.send(scene_bytes)
        assert assert_compliance(peer.answer(), 0) == [0, 1]


@pytest.mark.parametrize(
    ("settings", "headers", "code"),
    [
        ({}, {"Origin": "https://elsewhere.example"}, 1008),
        ({}, {"Origin": "null"}, 1008),
        ({"keys": True}, {}, 1008),
        ({"keys": True}, {"Sec_WebSocket_Protocol": "helmet, key.Z3Vlc3M"}, 1008),
        ({"keys": True}, SIGNED_IN, 1008),
        ({"keys": True, "cors_origins": "https://page.example"}, SIGNED_IN | {"Origin": "https://page.example"}, 1008),
        ({"live_max": 0}, {}, 1013),
    ],
)
def test_who_is_refused_is_told_in_words_and_by_the_code(serving, keys_file, settings, headers, code):
    with_keys = {"api_keys_file": keys_file} if settings.pop("keys", False) else {}
    peer = serving(**settings, **with_keys).connect(**headers)
    problem = peer.answer()
    assert_matches(problem, ProblemAnswer)
    closed, reason = peer.closed_with()
    assert closed == code
    assert reason.startswith(f"{problem['errors'][0]['field']}: expected ")


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {"Origin": "https://gate.example"}),
        ({"cors_origins": "https://page.example"}, {"Origin": "https://page.example"}),
        ({"keys": True}, {"X_API_Key": KEY}),
        ({"keys": True}, {"Sec_WebSocket_Protocol": AS_PROTOCOL}),
        ({"keys": True}, SIGNED_IN | {"Origin": "https://gate.example"}),
    ],
)
def test_who_may_come_in_is_greeted(serving, keys_file, settings, headers):
    with_keys = {"api_keys_file": keys_file} if settings.pop("keys", False) else {}
    assert serving(**settings, **with_keys).connect(**headers).answer()["hello"] == "gate-3"


def test_too_many_requests_of_one_address_are_told_to_come_again_later(serving):
    running = serving(rate_limit=1)
    assert "hello" in running.connect().answer()
    assert running.connect().closed_with()[0] == 1013


def test_a_place_is_free_again_when_its_client_has_gone(serving):
    running = serving(live_max=1)
    first = running.connect()
    assert running.connect().closed_with()[0] == 1013
    first.sock.shutdown(2)
    while "hello" not in running.connect().answer():
        gevent.sleep(0)


def test_a_client_that_goes_before_it_is_told_leaves_its_place(serving):
    running = serving(live_max=1)
    ours, theirs = gevent.socket.socketpair()
    theirs.close()
    environ = EnvironBuilder("/v1/live/gate-3", headers=HANDSHAKE).get_environ()
    with ours, pytest.raises(OSError, match="Broken pipe"):
        running.sockets(environ | {"gunicorn.socket": ours}, print)
    assert "hello" in running.connect().answer()


def test_a_service_that_stops_says_so_to_all_and_to_those_who_still_come(serving):
    running = serving()
    peers = [running.connect() for _ in range(3)]
    assert [peer.answer()["hello"] for peer in peers] == ["gate-3"] * 3
    running.service.stop()
    running.sockets.stop()
    assert {peer.closed_with() for peer in [*peers, running.connect()]} == {
        (1001, "the service stops"),
        (1001, "service: expected a service that stays, got one that is stopping"),
    }


def test_two_slashes_before_a_path_are_one_for_whoever_takes_it(serving):
    started = serving(live_max=1)
    assert started.connect(route="//v1/live/").answer()["hello"] == "gate-3"
    assert started.connect().closed_with()[0] == 1013  # its place is known to be taken
    upload = Client(started.sockets, TestResponse).post(environ_overrides={"PATH_INFO": "//v1/videos"})
    assert upload.status_code == 415


def test_a_client_of_the_web_system_gets_an_answer_for_each_frame_and_shares_the_places(serving, scene_bytes):
    started = serving(web_system="1", live_max=1)
    peer = started.connect(route="/api/ws/realtime/")
    for seq in range(2):
        peer.send(scene_bytes)
        answer = peer.answer()
        assert (answer["detection_results"]["body"]["num_people"], answer["seq"], answer["dropped"]) == (2, seq, 0)
    assert started.connect().closed_with()[0] == 1013
