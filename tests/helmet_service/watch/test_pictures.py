"""Cameras that are asked for one picture after the other, or send them: snapshots and pushes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.request import parse_http_list, parse_keqv_list

import cv2
import pytest

from helmet_service.cameras.camera import Credentials
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.watch.frame_source import SourceState
from samples.demo import free_port
from tests.helmet_service.watch.cameras import PATIENCE_S, VIEWER, opened, state_once
from tests.http_servers import Quiet, serving
from tests.pose.video.videos import HEIGHT, WIDTH, picture, write

Answer = Callable[["Camera"], None]


def jpeg(number: int = 0) -> bytes:
    return bytes(cv2.imencode(".jpg", picture(number))[1])


class Camera(Quiet, BaseHTTPRequestHandler):
    """Answers as the test says."""

    protocol_version = "HTTP/1.1"
    answer: Answer

    def do_GET(self) -> None:
        type(self).answer(self)

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Begins a camera that answers like this; gives its address."""
    with ExitStack() as until_done:

        def begin(answer: Answer) -> str:
            camera = type("Answering", (Camera,), {"answer": staticmethod(answer)})
            return f"{until_done.enter_context(serving(camera))}/snapshot.jpg"

        yield begin


NO_PICTURE = "expected a JPEG, PNG, BMP or WebP picture, got 6 bytes of no known picture format"
CUT = "expected a complete JPEG picture, got a truncated JPEG"


def basic(camera: Camera) -> None:
    expected = "Basic " + base64.b64encode(f"{VIEWER.user}:{VIEWER.password}".encode()).decode()
    if camera.headers["Authorization"] == expected:
        camera.send(jpeg())
    else:
        camera.send(b"", 401, WWW_Authenticate='Basic realm="camera"')


def digest(camera: Camera) -> None:
    """As RFC 7616 says, with MD5, which is what cameras do."""
    said = parse_keqv_list(parse_http_list((camera.headers["Authorization"] or "").removeprefix("Digest ")))
    mine = md5(VIEWER.user, "camera", VIEWER.password), md5("GET", "/snapshot.jpg")
    if said and said["response"] == md5(mine[0], "5ccc", said["nc"], said["cnonce"], "auth", mine[1]):
        camera.send(jpeg())
    else:
        camera.send(b"", 401, WWW_Authenticate='Digest realm="camera", nonce="5ccc", qop="auth", algorithm=MD5')


def md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode()).hexdigest()


@pytest.mark.parametrize("answer", [basic, digest, lambda camera: camera.send(jpeg())])
def test_snapshots_come_with_the_auth_that_the_camera_wants(serve: Callable[[Answer], str], answer: Answer):
    with opened("snapshot", serve(answer), VIEWER) as source:
        state = state_once(source, lambda state: state.frames >= 2)
        assert (state.state, state.why, state.reconnects) == ("live", None, 0)
        frame = source.newest(PATIENCE_S)
        assert frame
        assert frame.pixels.shape == (HEIGHT, WIDTH, 3)


def elsewhere(camera: Camera) -> None:
    camera.send(b"", 302, Location="http://camera.invalid/picture")


def broken(camera: Camera) -> None:
    camera.close_connection = True


def large(camera: Camera) -> None:
    camera.send(bytes(20_000_001))


@pytest.mark.parametrize(
    ("answer", "credentials", "why"),
    [
        (basic, Credentials("viewer", "wrong"), "expected a picture, got a refusal of this user and password"),
        (digest, Credentials("viewer", "wrong"), "expected a picture, got a refusal of this user and password"),
        (basic, None, "expected a picture, got a demand for user and password"),
        (elsewhere, VIEWER, "expected a picture, got a redirection to another host"),
        (large, VIEWER, "expected a picture, got more than 20000000 bytes"),
        (lambda camera: camera.send(b"", 503), VIEWER, "expected a picture, got status 503"),
        (lambda camera: camera.send(jpeg()[:-300]), VIEWER, CUT),
        (lambda camera: camera.send(b"<html>"), VIEWER, NO_PICTURE),
        (broken, VIEWER, "expected a picture, got a broken connection"),
    ],
)
def test_what_is_no_snapshot_is_told(
    serve: Callable[[Answer], str], answer: Answer, credentials: Credentials | None, why: str
):
    with opened("snapshot", serve(answer), credentials) as source:
        assert state_once(source, lambda state: state.why) == SourceState("connecting", why, 0, 0)


def test_a_camera_that_is_not_there_is_told():
    with opened("snapshot", f"http://127.0.0.1:{free_port()}/?key=hidden") as source:
        why = state_once(source, lambda state: state.why).why
        assert why == "expected a picture, got Connection refused"


def test_a_picture_that_has_not_changed_is_no_new_frame(serve: Callable[[Answer], str]):
    asked: list[str | None] = []

    def tagged(camera: Camera) -> None:
        asked.append(camera.headers["If-None-Match"])
        camera.send(b"" if asked[-1] else jpeg(), 304 if asked[-1] else 200, ETag='"a"')

    with opened("snapshot", serve(tagged)) as source:
        state = state_once(source, lambda _: len(asked) > 3)
    assert (asked[:3], state.frames) == ([None, '"a"', '"a"'], 1)


def test_pushed_frames_are_taken_and_damaged_ones_told(tmp_path: Path):
    folder = WatchFolder(tmp_path)
    with opened("push", folder=str(tmp_path)) as source:
        folder.push("gate", jpeg(3))
        assert state_once(source, lambda state: state.frames) == SourceState("live", None, 1, 0)
        folder.push("gate", jpeg(4)[:-300])
        state = state_once(source, lambda state: state.why)
        assert state == SourceState("connecting", CUT, 1, 0)
        folder.push("gate", jpeg(5))
        assert state_once(source, lambda state: state.frames == 2) == SourceState("live", None, 2, 0)


def test_a_file_is_played_once_at_its_own_pace(tmp_path: Path):
    video = write(tmp_path / "a.mp4", map(picture, range(6)))
    with opened("file", str(video)) as source:
        first = source.newest(PATIENCE_S)
        state = state_once(source, lambda state: state.state == "ended", taking=False)
        last = source.newest(0)
    assert state == SourceState("ended", None, 6, 0)
    assert first
    assert last
    assert (last.number, round(last.at_s - first.at_s, 1)) == (6, round(0.1 * (6 - first.number), 1))


def test_a_file_that_is_no_video_is_told(tmp_path: Path):
    (tmp_path / "a.mp4").write_text("no video")
    with opened("file", str(tmp_path / "a.mp4")) as source:
        why = state_once(source, lambda state: state.why).why
        assert why == "video: expected an MP4, MOV, MKV, WebM or AVI video, got a file of no known video format"
