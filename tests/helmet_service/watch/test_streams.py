"""Streams: from a real RTSP server that is killed in mid-stream, over HTTP, and from servers that hang."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import cv2
import psutil
import pytest

from helmet_service.cameras.camera import Credentials, SourceKind
from tests.helmet_service.watch.cameras import PATIENCE_S, VIEWER, opened, state_once
from tests.http_servers import Quiet, serving
from tests.pose.video.videos import HEIGHT, WIDTH, picture, write
from tests.rtsp import RtspServer

pytestmark = pytest.mark.slow
Serve = Callable[..., RtspServer]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, with a key frame in five frames."""
    options = {"g": "5", "bf": "0", "sc_threshold": "0"}
    return write(tmp_path_factory.mktemp("video") / "a.mp4", map(picture, range(20)), options=options)


def test_frames_come_again_whenever_the_server_does(rtsp_server: Serve, video: Path):
    server = rtsp_server(video)
    with opened("stream", server.address) as source:
        for times in range(3):
            state = state_once(source, lambda state, times=times: state.reconnects == times and state.state == "live")
            frame = source.newest(PATIENCE_S)
            assert frame
            assert frame.pixels.shape == (HEIGHT, WIDTH, 3)
            server.kill()
            assert state_once(source, lambda state: state.state == "connecting").frames >= state.frames
            server.start()


def test_a_server_that_hangs_in_mid_stream_is_told_and_read_again(rtsp_server: Serve, video: Path):
    server = rtsp_server(video)
    with opened("stream", server.address) as source:
        state_once(source, lambda state: state.frames)
        assert server.process
        server.process.send_signal(signal.SIGSTOP)
        why = state_once(source, lambda state: state.why).why
        server.process.send_signal(signal.SIGCONT)
        assert why == "the camera: expected frames, got nothing for 10 s"
        assert state_once(source, lambda state: state.state == "live").reconnects == 1


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_a_password_is_sent_and_a_wrong_one_told_without_it(rtsp_server: Serve, video: Path, auth: str):
    options = ("--auth", auth, "--user", VIEWER.user, "--password", VIEWER.password)
    server = rtsp_server(video, *options)
    with opened("stream", server.address, VIEWER) as source:
        assert state_once(source, lambda state: state.frames).state == "live"
    for credentials in (None, Credentials("viewer", "mistaken")):
        with opened("stream", server.address, credentials) as source:
            why = state_once(source, lambda state: state.why).why
            assert why == "the camera: expected a camera or a stream, got a refusal of this user and password"


def nothing(client: socket.socket) -> None:
    """Says nothing, ever."""
    with client:
        client.recv(1)
        threading.Event().wait(PATIENCE_S)


def drip(client: socket.socket) -> None:
    """Says something that never ends."""
    pause = threading.Event()
    with client, suppress(OSError):
        client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
        while not pause.wait(0.1):
            client.sendall(b"x")


@pytest.fixture
def port_of() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """Begins a server that does this with each client; gives its port."""
    listening: list[socket.socket] = []

    def serve(listener: socket.socket, treat: Callable[[socket.socket], None]) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=treat, args=(client,), daemon=True).start()

    def begin(treat: Callable[[socket.socket], None]) -> int:
        listening.append(socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=serve, args=(listening[-1], treat), daemon=True).start()
        return int(listening[-1].getsockname()[1])

    yield begin
    for listener in listening:
        listener.close()


@pytest.mark.parametrize("treat", [nothing, drip])
@pytest.mark.parametrize(
    ("kind", "scheme"), [("stream", "rtsp"), ("stream", "http"), ("mjpeg", "http"), ("snapshot", "http")]
)
def test_stopping_takes_no_two_seconds_whatever_the_camera_does(
    port_of: Callable[..., int], treat: Callable[[socket.socket], None], kind: SourceKind, scheme: str
):
    reached = threading.Event()
    port = port_of(lambda client: (reached.set(), treat(client)))
    with opened(kind, f"{scheme}://127.0.0.1:{port}/") as source:
        assert reached.wait(PATIENCE_S)
        began_s = time.monotonic()
        source.stop()
        assert time.monotonic() - began_s < 2  # what the watch promises


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_camera_that_accepts_and_says_nothing_is_told(port_of: Callable[..., int], scheme: str):
    with opened("stream", f"{scheme}://127.0.0.1:{port_of(nothing)}/") as source:
        why = state_once(source, lambda state: state.why).why
        assert why == "the camera: expected a camera or a stream, got nothing for 10 s"


class _Mjpeg(Quiet, BaseHTTPRequestHandler):
    """Pictures as cameras send them; a connection breaks after `most`. lengths: whether the parts' are said."""

    lengths, most = True, 1000

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        pause = threading.Event()
        with suppress(OSError):
            for number in range(self.most):
                jpeg = cv2.imencode(".jpg", picture(number))[1].tobytes()
                length = f"Content-Length: {len(jpeg)}\r\n" if self.lengths else ""
                self.wfile.write(f"--frame\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + jpeg + b"\r\n")
                pause.wait(0.02)


@pytest.fixture
def mjpeg() -> Iterator[Callable[..., str]]:
    """Begins an MJPEG camera; gives its address."""
    with ExitStack() as until_done:

        def begin(**of: object) -> str:
            return f"{until_done.enter_context(serving(type('Camera', (_Mjpeg,), of)))}/"

        yield begin


@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("kind", ["mjpeg", "stream"])
def test_mjpeg_is_read(mjpeg: Callable[..., str], kind: SourceKind, lengths: bool):
    with opened(kind, mjpeg(lengths=lengths)) as source:
        state_once(source, lambda state: state.frames > 50)
        frame = source.newest(PATIENCE_S)
        assert frame
        assert frame.pixels.shape == (HEIGHT, WIDTH, 3)


def test_connections_that_break_leave_nothing_behind(mjpeg: Callable[..., str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("helmet_service.watch.supervised._LONGEST_WAIT_S", 0.0)
    process = psutil.Process(os.getpid())
    with opened("mjpeg", mjpeg(most=30)) as source:
        state_once(source, lambda state: state.reconnects > 5)
        files, memory = process.num_fds(), process.memory_info().rss
        state_once(source, lambda state: state.reconnects > 50)
        assert process.num_fds() <= files + 3
        assert process.memory_info().rss < memory + 20_000_000
        named = [thread.name for thread in threading.enumerate() if thread.name.endswith("-gate")]
        assert len(named) <= 2


def test_a_device_that_is_not_there_is_told():
    with opened("device", "97") as source:
        why = state_once(source, lambda state: state.why).why
        assert why == "the camera: expected a camera or a stream, got No such file or directory"
