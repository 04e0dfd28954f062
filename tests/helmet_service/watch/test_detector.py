"""A detector's hats, from a real server on the loopback."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest

from helmet_service.cameras.camera import Credentials, Detector
from helmet_service.watch.detector import DetectorClient, DetectorError
from pose.pictures.decoding import decode
from tests.http_servers import Quiet, serving

FRAME = np.full((48, 64, 3), 128, np.uint8)
HAT = {"left": 1, "top": 2.5, "width": 20, "height": 10}
SIGNED = Credentials("gate", "hunter 2, 密码")


@dataclass
class Peer:
    """A detector that answers as it is told, and remembers what came.

    challenge: what it wants to be signed in with; without one it takes anybody.
    """

    status: int = 200
    body: bytes = b'{"hats": []}'
    headers: dict[str, str] = field(default_factory=dict)
    challenge: str | None = None
    came: list[tuple[bytes, str]] = field(default_factory=list)
    address: str = ""

    def answer_to(self, sent: bytes, signed: str) -> tuple[int, dict[str, str], bytes]:
        self.came.append((sent, signed))
        if self.challenge and not is_signed(signed):
            return 401, {"WWW-Authenticate": self.challenge}, b""
        return self.status, self.headers, self.body


def is_signed(header: str) -> bool:
    if header.startswith("Basic "):
        return header == "Basic " + b64encode(f"{SIGNED.user}:{SIGNED.password}".encode()).decode()
    fields = dict(re.findall(r'(\w+)="([^"]*)"', header))
    secret, asked = (md5(text) for text in (f"{SIGNED.user}:detector:{SIGNED.password}", "POST:/hats?key=k"))
    return fields.get("response") == md5(f"{secret}:n:{asked}")


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.fixture
def peer():
    peer = Peer()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self):
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, body = peer.answer_to(sent, self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as address:
        peer.address = f"{address}/hats?key=k"
        yield peer


def hats(peer, credentials=None, most_hats=500):
    detector = DetectorClient(Detector(peer.address, credentials), most_hats)
    try:
        return detector.hats(FRAME)
    finally:
        detector.close()


def test_a_frame_is_posted_as_a_jpeg_of_its_size_and_the_answer_is_its_hats(peer):
    peer.body = json.dumps({"hats": [HAT, {**HAT, "score": 0.5}]}).encode()
    assert hats(peer) == [{**HAT, "score": None}, {**HAT, "score": 0.5}]
    [(sent, signed)] = peer.came
    picture = decode(sent, max_pixels=10_000, rows=None)
    assert (picture.width, picture.height) == (64, 48)
    assert signed == ""


@pytest.mark.parametrize("challenge", ['Basic realm="detector"', 'Digest realm="detector", nonce="n"'])
def test_it_signs_in_as_the_detector_wants_and_only_where_it_does(peer, challenge):
    assert hats(peer, SIGNED) == []
    assert [signed for _, signed in peer.came] == [""]
    peer.challenge = challenge
    assert hats(peer, SIGNED) == []
    with pytest.raises(DetectorError, match=r"^detector: expected hats, got a refusal of this user and password$"):
        hats(peer, Credentials("gate", "another"))
    with pytest.raises(DetectorError, match=r"^detector: expected hats, got a demand for user and password$"):
        hats(peer)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"status": 500}, "expected hats, got status 500"),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, "expected hats, got status 302"),
        ({"body": b" " * 2_000_001}, "expected hats, got more than 2000000 bytes"),
        ({"body": b""}, "answer: expected JSON, got nothing"),
        ({"body": b"[" * 100_000}, "answer: expected JSON, got one nested too deep"),
        ({"body": b"[]"}, "body: expected an object, got a list of 0"),
        ({"body": b"{}"}, "hats: expected a list of {left, top, width, height, score}, got nothing"),
        ({"body": b'{"hats": null}'}, "hats: expected a list of {left, top, width, height, score}, got null"),
        ({"body": b'{"hats": [{}, {}, {}, {}]}'}, "hats: expected a list of at most 3, got a list of 4"),
        ({"body": json.dumps({"hats": [{**HAT, "width": 0}]}).encode()}, "hats[0].width: expected a number > 0, got 0"),
        (
            {"body": b'{"hats": [{"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.1}]}'},
            "hats: expected boxes in pixels of the upright picture, got normalised boxes: no number is beyond 1.5, and "
            "the picture has 64x48 pixels",
        ),
    ],
)
def test_another_answer_is_an_error_that_says_what_was_expected(peer, answer, complaint):
    for name, value in answer.items():
        setattr(peer, name, value)
    with pytest.raises(DetectorError) as raised:
        hats(peer, most_hats=3)
    assert str(raised.value) == f"detector: {complaint}"
    assert len(peer.came) == 1


def test_nobody_there_is_an_error_without_the_address(peer):
    peer.address = "http://127.0.0.1:1/hats?key=hunter2"
    with pytest.raises(DetectorError) as raised:
        hats(peer)
    assert str(raised.value) == "detector: expected hats, got Connection refused"


@pytest.mark.parametrize(("patience", "asked"), [(1e6, 1), (0, 2)])
def test_after_a_failure_it_is_not_asked_for_many_times_as_long_as_that_took(peer, monkeypatch, patience, asked):
    monkeypatch.setattr("helmet_service.watch.detector._PATIENCE", patience)
    peer.status = 500
    client = DetectorClient(Detector(peer.address), 3)
    for _ in range(2):
        with pytest.raises(DetectorError, match="got status 500"):
            client.hats(FRAME)
    client.close()
    assert len(peer.came) == asked
