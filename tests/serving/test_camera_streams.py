"""Cameras that send frames without an end: real gunicorn, real sockets."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack

import cv2
import numpy as np
import pytest

from helmet_service.cameras.watch_folder import KnownCamera, WatchFolder
from samples.demo import service
from tests.serving.test_slow_clients import assert_answers, read_all, statuses
from tests.serving.test_workers import PATIENCE_S, connect, status_of, until

pytestmark = pytest.mark.slow
FIRST, SECOND = (cv2.imencode(".jpg", np.full((24, 32, 3), grey, np.uint8))[1].tobytes() for grey in (90, 160))
CAMERAS = ("gate", "yard", "crane")
CHUNKED, ENDLESS, UNTIL_CLOSED = "Transfer-Encoding: chunked\r\n", "Content-Length: 2147483647\r\n", ""


@pytest.fixture
def folder(tmp_path):
    folder = WatchFolder(tmp_path)
    folder.publish([KnownCamera(name, name, "push", "", 1.0, "always") for name in CAMERAS])
    return folder


@pytest.fixture
def running(folder):
    with service(WATCH_DIR=str(folder.path), WORKERS="1", LOG_LEVEL="error", DEADLINE_S="5") as running:
        yield running


def part(picture):
    head = f"--b\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
    return head.encode() + picture + b"\r\n"


class Camera:
    """A connection on which frames are sent as a camera does."""

    def __init__(self, address, name, framing):
        self._connection, self._is_chunked = connect(address), framing == CHUNKED
        about = f"Host: x\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n{framing}"
        self._connection.sendall(f"POST /v1/cameras/{name}/frames HTTP/1.1\r\n{about}\r\n".encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def send(self, data):
        self._connection.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n" if self._is_chunked else data)

    def end(self):
        """Send no more; the status and the body of the answer."""
        self._connection.shutdown(socket.SHUT_WR)
        head, _, body = read_all(self._connection).partition(b"\r\n\r\n")
        return statuses(head), json.loads(body)


def assert_frames_arrive(camera, folder, name):
    """Each frame is there before the next one is sent."""
    for picture in (FIRST, SECOND, FIRST):
        camera.send(part(picture))
        taken = []
        until(lambda taken=taken: taken.append(folder.take_pushed(name)) or taken[-1])
        assert taken[-1] == picture


@pytest.mark.parametrize(
    ("framing", "status"), [(CHUNKED, 400), (ENDLESS, 400), (UNTIL_CLOSED, 202)], ids=["chunked", "endless", "closed"]
)
def test_frames_arrive_one_by_one_and_the_half_of_one_is_not_taken(running, folder, framing, status):
    with Camera(running.address, "gate", framing) as camera:
        assert_frames_arrive(camera, folder, "gate")
        camera.send(part(SECOND)[:-40])
        got, answer = camera.end()
    assert got == [status]
    assert answer == {"accepted": 3} if status == 202 else answer["errors"][0]["expected"] == "a whole HTTP body"
    assert folder.take_pushed("gate") is None


def test_endless_streams_hold_up_nobody_and_end_when_the_service_stops(running, folder, root):
    framings = (CHUNKED, ENDLESS, UNTIL_CLOSED)
    with ExitStack() as closing:
        cameras = [
            closing.enter_context(Camera(running.address, name, framing))
            for name, framing in zip(CAMERAS, framings, strict=True)
        ]
        for camera, name in zip(cameras, CAMERAS, strict=True):
            assert_frames_arrive(camera, folder, name)
        for _ in range(5):
            assert_answers(running.address, root)
        assert status_of(running.address)["queue"]["body_bytes_in_flight"] < 100
        running.process.terminate()
        for camera in cameras[:2]:
            camera.send(part(FIRST))
        running.process.wait(PATIENCE_S)
        assert running.process.returncode == 0
