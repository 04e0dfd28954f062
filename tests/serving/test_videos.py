"""Videos on their way in and out: real gunicorn, real sockets."""

from __future__ import annotations

import json
import os
import select
import socket
from contextlib import ExitStack

import psutil
import pytest
import requests

from helmet_service.settings import Settings
from helmet_service.video.jobs import Jobs
from samples.demo import service
from tests.pose.video.videos import picture, write
from tests.serving.test_slow_clients import assert_answers, read_all, statuses
from tests.serving.test_workers import PATIENCE_S, connect, until

STREAMS = 80  # more than both workers have threads
FACTS = {"width": 64, "height": 48, "frames": 3, "duration_s": 0.3, "rate": 10.0}
PART = b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'
MP4 = b"\0\0\0\x18ftypisom" + bytes(100)


@pytest.fixture(scope="module")
def jobs(video_dir):
    return Jobs(Settings(video_dir=video_dir, video_free_mb=0))


@pytest.fixture
def job(jobs):
    """A queued job of which nobody else knows."""
    begun = jobs.begin(jobs.reserve(), "", {"every": None}, FACTS)
    yield begun
    jobs.cancel_and_remove(begun.id)


def uploads(jobs):
    """The folders of uploads that are still arriving."""
    return [folder for folder in (jobs.folder / "jobs").glob("*") if not (folder / "job.json").exists()]


def post(address, video, **options):
    return requests.post(f"{address}/v1/videos", files={"video": ("gate.mp4", video)}, timeout=PATIENCE_S, **options)


def begun(address, sent, length=1_000_000):
    """A connection on which so much of an upload was sent."""
    connection = connect(address)
    head = "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    connection.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + sent)
    return connection


def test_lists_of_other_files_are_refused_and_nothing_is_read_or_contacted(address, jobs, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("neither read")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        elsewhere = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
        for text in (
            f"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\n{secret}\n#EXTINF:1,\n{elsewhere}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile {secret}\nfile {elsewhere}\n",
            f"\ufeff#EXTM3U\n#EXTINF:1,\n{elsewhere}\n",
            f'<?xml version="1.0"?><MPD><BaseURL>{elsewhere}</BaseURL></MPD>',
        ):
            answer = post(address, text.encode())
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "video")
            assert "neither" not in answer.text
        assert not select.select([listener], [], [], 0)[0]
    assert uploads(jobs) == []


def test_a_refusal_is_read_by_clients_that_send_all_first(address, jobs):
    answer = post(address, b"PK\3\4" + bytes(30_000_000))
    assert (answer.status_code, answer.json()["errors"][0]["got"]) == (422, "a ZIP archive")
    assert uploads(jobs) == []


def test_an_upload_that_breaks_off_leaves_nothing(address, jobs):
    with begun(address, PART + MP4 + bytes(500_000)) as connection:
        until(lambda: uploads(jobs))
        connection.shutdown(socket.SHUT_WR)
        told, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert statuses(told) == [400]
    assert json.loads(body)["errors"][0]["expected"] == "a whole HTTP body"
    until(lambda: not uploads(jobs))
    begun(address, PART + MP4 + bytes(500_000)).close()
    until(lambda: not uploads(jobs))


def test_uploads_that_stall_hold_up_nobody_but_other_uploads(address, jobs, root):
    with ExitStack() as closing:
        for _ in range(30):
            closing.enter_context(begun(address, PART + MP4))
        until(lambda: len(uploads(jobs)) >= 8)
        assert_answers(address, root)
    until(lambda: not uploads(jobs))


@pytest.mark.slow
def test_streams_of_events_hold_no_threads_and_end_with_the_job(address, jobs, job, root):
    with ExitStack() as closing:
        ask = f"GET /v1/videos/{job.id}/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        streams = [closing.enter_context(connect(address)) for _ in range(STREAMS)]
        for stream in streams:
            stream.sendall(ask)
        assert_answers(address, root)
        jobs.change(job.id, lambda job: job.become("running", frames=1))
        until(lambda: b'"running"' in streams[0].recv(10_000, socket.MSG_PEEK))
        jobs.cancel_and_remove(job.id)
        for stream in streams:
            assert b'"cancelled"' in read_all(stream)


@pytest.mark.slow
def test_who_takes_a_result_slowly_holds_no_thread(address, jobs, job, root):
    jobs.change(job.id, lambda job: job.become("running"))
    with jobs.result(job.id).open("wb") as file:
        file.truncate(30_000_000)
    jobs.change(job.id, lambda job: job.become("done"))
    path = f"/v1/videos/{job.id}/result"
    with ExitStack() as closing:
        for _ in range(STREAMS):
            slow = closing.enter_context(connect(address))
            slow.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert_answers(address, root)
        part = requests.get(address + path, headers={"Range": "bytes=29999990-"}, timeout=PATIENCE_S)
        assert (part.status_code, part.headers["Content-Range"]) == (206, "bytes 29999990-29999999/30000000")
        assert len(requests.get(address + path, timeout=PATIENCE_S).content) == 30_000_000


@pytest.mark.slow
def test_uploads_that_stall_are_a_408_and_leave_nothing(address, jobs):
    with ExitStack() as closing:
        stalled = [closing.enter_context(begun(address, PART + MP4)) for _ in range(30)]
        got = [statuses(read_all(connection)) for connection in stalled]
    assert {tuple(each) for each in got} == {(408,), (503,)}
    until(lambda: not uploads(jobs))


@pytest.mark.slow
def test_what_a_killed_worker_received_is_purged(tmp_path):
    jobs = Jobs(Settings(video_dir=tmp_path, video_free_mb=0))
    with service(VIDEO_DIR=str(tmp_path), VIDEO_FREE_MB="0", WORKERS="1", LOG_LEVEL="error") as running:
        (worker,) = psutil.Process(running.process.pid).children()
        with begun(running.address, PART + MP4 + bytes(500_000)):
            until(lambda: uploads(jobs))
            worker.kill()
            worker.wait()
    (left,) = uploads(jobs)
    for path in (left, *left.iterdir()):
        os.utime(path, (0, 0))
    jobs.purge()
    assert uploads(jobs) == []


@pytest.mark.slow
def test_a_server_that_stops_leaves_no_half_of_a_video(tmp_path):
    jobs = Jobs(Settings(video_dir=tmp_path, video_free_mb=0))
    quick = {"WORKERS": "1", "LOG_LEVEL": "error", "DEADLINE_S": "1", "DRAIN_S": "0"}
    with (
        service(VIDEO_DIR=str(tmp_path), VIDEO_FREE_MB="0", **quick) as running,
        begun(running.address, PART + MP4 + bytes(500_000)),
    ):
        until(lambda: uploads(jobs))
        running.process.terminate()
        running.process.wait()
    assert uploads(jobs) == []


@pytest.mark.slow
def test_videos_of_all_kinds_become_jobs_and_others_do_not(address, jobs, tmp_path):
    whole = write(
        tmp_path / "whole.mp4", map(picture, range(30)), options={"g": "10"}, container={"movflags": "faststart"}
    )
    kinds = {"mkv": {}, "mov": {}, "avi": {"codec": "mpeg4"}, "webm": {"codec": "libvpx"}}
    films = [write(tmp_path / f"a.{name}", map(picture, range(3)), **how).read_bytes() for name, how in kinds.items()]
    truncated = whole.read_bytes()[: whole.stat().st_size * 2 // 3]
    for film in (*films, truncated):
        answer = post(address, film)
        assert answer.status_code == 202, answer.text
        assert jobs.get(answer.json()["id"]).state == "queued"
        jobs.cancel_and_remove(answer.json()["id"])
    large = write(tmp_path / "large.avi", [picture(0, 4400, 2000)], codec="mjpeg", form="yuvj420p").read_bytes()
    for wrong in (MP4, truncated[:400], large):
        assert post(address, wrong).status_code == 422
    assert uploads(jobs) == []
