"""The watch as a process: real sources, a real webhook, real signals."""

from __future__ import annotations

import random
import signal
import socket

import av
import pytest

from benchmarks.running_watch import Pushing, RunningWatch, far_people, noisy_jpegs, receiving, until, watching
from benchmarks.still_streams import noisy
from benchmarks.watch_kills import SETTINGS, found, killed_again_and_again, site
from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.store import AlarmStore

pytestmark = pytest.mark.slow
RATE = 5


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def watch(tmp_path, receiver):
    return RunningWatch(tmp_path, site(receiver), SETTINGS)


@pytest.fixture
def rtsp_people(rtsp_server, tmp_path):
    """A stream of people without helmets."""
    path = tmp_path / "people.mp4"
    frames = [av.VideoFrame.from_ndarray(pixels, format="bgr24") for pixels in noisy([far_people()] * RATE)]
    with av.open(str(path), "w") as written:
        stream = written.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height = frames[0].width, frames[0].height
        for frame in frames:
            written.mux(stream.encode(frame))
        written.mux(stream.encode())
    return rtsp_server(path)


@pytest.fixture
def silent_address():
    """Somebody who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield "{}:{}".format(*silent.getsockname())


def with_source(receiver, source):
    asked = site(receiver)
    return asked | {"cameras": [{"id": "gate", "source": source, "rate": 2}]}


def states(watch):
    return {camera.id: watch.watched.state(camera.id) for camera in watch.watched.cameras()}


def test_what_a_killed_watch_recorded_is_told_and_ends(tmp_path, receiver):
    done = killed_again_and_again(tmp_path, receiver, 3, random.Random(0))
    counts = found(tmp_path / "watch", receiver)
    missing = {name: count for name, count in counts.items() if "never" in name or "without" in name}
    assert done["other watches tried"] == done["of them refused"] == 1
    assert counts["of them alarms"] > 0
    assert set(missing.values()) == {0}, counts


def test_a_bare_head_of_an_rtsp_camera_is_told_to_a_webhook(watch, receiver, rtsp_people):
    watch.site = with_source(receiver, rtsp_people.address)
    with watching(watch):
        until(lambda: "alarm_on" in receiver.kinds())
    event = next(event for _, event in receiver.came if event["kind"] == "alarm_on")
    assert event["camera"]["id"] == "gate"
    assert AlarmStore(watch.watched.path).evidence_file(event["alarm"]["id"], "annotated.jpg")


def test_a_reload_adds_cameras_and_a_wrong_file_changes_nothing(watch):
    added = watch.site | {"cameras": [*watch.site["cameras"], {"id": "yard", "source": "push", "rate": 2}]}
    with watching(watch) as running:
        until(lambda: states(watch).get("gate"))
        for asked in (added, {"cameras": "none"}):
            watch.write(asked)
            running.process.send_signal(signal.SIGHUP)
            until(lambda: states(watch).get("yard"))
        before = states(watch)["yard"].at
        until(lambda: states(watch)["yard"].at > before)
        assert set(states(watch)) == {"gate", "yard"}
        assert running.process.poll() is None


def test_a_camera_that_hangs_does_not_hold_up_the_end(watch, receiver, silent_address):
    watch.site = with_source(receiver, f"rtsp://{silent_address}/gate")
    with watching(watch):
        until(lambda: states(watch).get("gate"))
        assert watch.end(signal.SIGTERM) < 10
        assert watch.process.returncode == 0


def test_a_place_that_somebody_calls_empty_is_learned(watch, receiver):
    with Pushing(watch.watched, "gate", noisy_jpegs(far_people()), rate=2), watching(watch):
        until(lambda: "alarm_on" in receiver.kinds())
        alarm = receiver.came[0][1]["alarm"]["id"]
        at = receiver.came[0][0]
        AlarmStore(watch.watched.path).acknowledge(alarm, Acknowledgement(at, "Ann", True, "nobody_there"))
        until(lambda: states(watch)["gate"].still)
        [place] = states(watch)["gate"].still
        assert place["taught"]
