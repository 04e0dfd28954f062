"""The routes of video jobs behind the greenlets that receive uploads; tests/serving/test_videos.py has real sockets."""

from __future__ import annotations

import errno
import io
import json
import re
import sys
from pathlib import Path

import av
import gevent
import numpy as np
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, TestResponse, encode_multipart

from helmet_service import create_app
from helmet_service.api.schemas import video_answers
from helmet_service.api.schemas.status import InfoAnswer
from helmet_service.server.buffering import Buffering
from helmet_service.server.waiting import WaitingClients
from helmet_service.settings import Settings
from helmet_service.video.jobs import JOBS
from helmet_service.video.outcome import summary
from helmet_service.work.service import EXTENSION
from tests.helmet_service.api.checks import assert_answer, assert_matches, assert_problem
from tests.pose.video.videos import picture, write

KEYS = ("gate-three-7Yt0pQ2xLw", "gate-four-9Yt0pQ2xLwQ")
FACTS = {"width": 64, "height": 48, "frames": 3, "duration_s": 0.3, "rate": 10.0}
RESULT = np.random.default_rng(0).bytes(1024)


class Site:
    """A service with the greenlets before it, and the jobs behind it."""

    def __init__(self, estimator, folder, **settings):
        self.app = create_app(Settings(**{"video_dir": folder / "videos", "video_free_mb": 0} | settings), estimator)
        self.service, self.jobs = self.app.extensions[EXTENSION], self.app.extensions[JOBS]
        self.client = Client(Buffering(self.app, self.service, self.jobs, WaitingClients()), TestResponse)

    def post(self, video=b"", request=None, hats=None, **options):
        data = {"video": FileStorage(io.BytesIO(video), "gate.mp4")}
        data |= {} if request is None else {"request": json.dumps(request)}
        data |= {} if hats is None else {"hats": FileStorage(io.BytesIO(hats), "hats.jsonl")}
        boundary, body = encode_multipart(data)
        content_type = f"multipart/form-data; boundary={boundary}"
        return self.client.post("/v1/videos", data=body, content_type=content_type, **options)

    def get(self, path, **options):
        return self.client.get(f"/v1/videos/{path}".rstrip("/"), buffered=True, **options)

    def delete(self, path, **options):
        return self.client.delete(f"/v1/videos/{path}", **options)

    def queued(self, owner=""):
        folder = self.jobs.reserve()
        (folder / "upload").write_bytes(b"film")
        return self.jobs.begin(folder, owner, {"every": None}, FACTS).id

    def done(self):
        job_id = self.queued()
        self.jobs.change(job_id, lambda job: job.become("running"))
        self.jobs.result(job_id).write_bytes(RESULT)
        span = {"from_s": 0.0, "to_s": 0.3, "status": "helmet", "confidence": 0.9}
        self.jobs.timeline(job_id).write_text(json.dumps({"tracks": [{"track": 0, "spans": [span]}]}))
        self.jobs.change(job_id, lambda job: job.become("done", frames=3, summary=summary([], 3, 3, None)))
        return job_id

    def folders(self):
        return list((self.jobs.folder / "jobs").glob("*"))


@pytest.fixture
def site(estimator, tmp_path):
    return Site(estimator, tmp_path)


@pytest.fixture
def site_with(estimator, tmp_path):
    return lambda **settings: Site(estimator, tmp_path, **settings)


@pytest.fixture
def keys_file(tmp_path):
    (tmp_path / "keys").write_text("\n".join(KEYS))
    return str(tmp_path / "keys")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write(tmp_path_factory.mktemp("film") / "gate.mp4", map(picture, range(3))).read_bytes()


def test_a_video_becomes_a_queued_job_of_its_key_alone(site_with, keys_file, film):
    site, hats = site_with(api_keys_file=keys_file), b'{"frame": 0, "hats": []}\n'
    mine, other = ({"X-API-Key": key} for key in KEYS)
    response = site.post(film, {"id": "gate-3", "every": 2}, hats, headers=mine)
    assert response.status_code == 202
    assert_matches(response.json, video_answers.JobAnswer)
    job_id = response.json["id"]
    assert response.headers["Location"] == f"videos/{job_id}"
    assert (response.json["state"], response.json["frames_total"]) == ("queued", 3)
    assert (response.json["request"]["id"], response.json["request"]["every"]) == ("gate-3", 2)
    assert (site.jobs.path(job_id) / "upload").read_bytes() == film
    assert (site.jobs.path(job_id) / "hats.jsonl").read_bytes() == hats
    assert site.jobs.queue.take() == job_id
    assert assert_answer(site.get(job_id, headers=mine), video_answers.JobAnswer) == response.json
    for path in ("", "/result", "/timeline", "/events"):
        theirs, nobodys = (site.get(each + path, headers=other).json["errors"] for each in (job_id, "0" * 26))
        assert [theirs[0] | {"got": ""}] == [nobodys[0] | {"got": ""}]
    assert_problem(site.delete(job_id, headers=other), 404, "job_id")
    assert site.delete(job_id, headers=mine).status_code == 204


@pytest.mark.slow
def test_what_has_sound_alone_is_no_video(site, tmp_path):
    with av.open(str(tmp_path / "sound.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    assert_problem(site.post((tmp_path / "sound.mp4").read_bytes()), 422, "video")
    assert site.folders() == []


@pytest.mark.parametrize(
    "bytes_",
    [
        b"",
        b"PK\3\4" + bytes(1000),
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\xff\xd8\xff\xe0" + bytes(1000),
    ],
)
def test_what_does_not_begin_as_a_video_does_is_refused(site, bytes_):
    assert_problem(site.post(bytes_), 422, "video")
    assert site.folders() == []


@pytest.mark.parametrize(
    ("request_", "hats", "status", "field"),
    [
        ([], None, 422, "body"),
        ({"every": 0}, None, 422, "every"),
        ({"every": 1.5}, None, 422, "every"),
        ({"matcher": "best"}, None, 422, "matcher"),
        ({"picture": "x"}, None, 422, "picture"),
        ({"id": "\n"}, None, 422, "id"),
        ({"tiles": [8, 8]}, None, 413, "tiles"),
        ({"trust": "hats"}, None, 422, "hats"),
    ],
)
def test_a_wrong_request_is_refused_and_nothing_is_left(site, film, request_, hats, status, field):
    assert_problem(site.post(film, request_, hats), status, field)
    assert site.folders() == []


def test_a_request_that_is_no_json_is_refused(site, film):
    data = {"video": (io.BytesIO(film), "a"), "request": "{"}
    assert_problem(site.client.post("/v1/videos", data=data), 400, "request")


@pytest.mark.slow
def test_wrong_hats_are_refused_with_their_line(site, film):
    assert_problem(site.post(film, None, b'\n{"frame": -1, "hats": []}'), 422, "hats, line 2: frame")
    assert site.folders() == []


def test_parts_are_bounded(site_with, film):
    site = site_with(max_body_mb=1)
    assert_problem(site.post(film, None, b"\n" * 1_000_001), 413, "hats")
    assert_problem(site.post(film, {"id": "x" * 600_000}), 413, "request")
    assert site.folders() == []


def test_a_body_without_a_length_is_refused_when_it_is_over_the_limit(site_with, film):
    site = site_with(video_max_mb=1)
    head = b'--x\r\nContent-Disposition: form-data; name="video"; filename="a"\r\n\r\n'
    sent = io.BytesIO(head + film + bytes(1_500_000))
    environ = {"wsgi.input": sent, "wsgi.input_terminated": True, "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    problem = assert_problem(site.client.post("/v1/videos", environ_overrides=environ), 413, "body")
    assert problem["errors"][0]["expected"] == "at most 1000000 bytes"
    assert site.folders() == []


@pytest.mark.parametrize(
    ("headers", "settings", "status", "field"),
    [
        ({}, {"api_keys_file"}, 401, "X-API-Key"),
        ({"X-API-Key": KEYS[0] + "x"}, {"api_keys_file"}, 401, "X-API-Key"),
        ({}, {"rate_limit": 1}, 429, "requests"),
        ({"Content-Encoding": "gzip"}, {}, 415, "Content-Encoding"),
        ({"Content-Type": "application/json"}, {}, 415, "Content-Type"),
        ({}, {"video_max_mb": 1}, 413, "body"),
        ({}, {"video_free_mb": 100_000_000}, 503, "service"),
        ({}, {"video_dir": Path("/proc/videos")}, 503, "service"),
        ({}, {}, 400, "body"),  # the first to have its body read: there is none
    ],
)
def test_who_is_refused_by_the_head_has_no_body_read(site_with, keys_file, headers, settings, status, field):
    site = site_with(**dict.fromkeys(settings, keys_file) if isinstance(settings, set) else settings)
    site.client.get("/v1/info")  # counted
    headers = {"Content-Type": "multipart/form-data; boundary=x"} | headers
    declared = {"CONTENT_LENGTH": "2000000"}
    assert_problem(site.client.post("/v1/videos", headers=headers, environ_overrides=declared), status, field)
    assert site.folders() == []


def test_a_service_without_its_model_has_no_body_read(tmp_path):
    site = Site(None, tmp_path, model_dir=tmp_path / "nowhere")
    declared = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": "2000000"}
    assert_problem(site.client.post("/v1/videos", environ_overrides=declared), 503, "service")
    site.service.stop()


def test_a_list_has_the_jobs_of_its_key_alone_newest_first(site_with, keys_file, film):
    site = site_with(api_keys_file=keys_file)
    mine, other = ({"X-API-Key": key} for key in KEYS)
    first, theirs, last = (
        site.post(film, {"id": name}, headers=key).json["id"]
        for name, key in (("gate.mp4", mine), ("crane.mp4", other), ("yard.mp4", mine))
    )
    listed = assert_answer(site.get("", headers=mine), video_answers.JobListAnswer)["jobs"]
    told = [(job["id"], job["request"]["id"], job["duration_s"], job["ahead"]) for job in listed]
    assert told == [(last, "yard.mp4", 0.3, 2), (first, "gate.mp4", 0.3, 0)]
    site.delete(first, headers=mine)
    assert [job["id"] for job in site.get("", headers=mine).json["jobs"]] == [last]
    assert [job["id"] for job in site.get("", headers=other).json["jobs"]] == [theirs]


def test_videos_are_posted_and_jobs_are_read_and_removed(site):
    for path, methods in (("", "GET, HEAD, OPTIONS, POST"), (f"/{site.queued()}", "DELETE, GET, HEAD, OPTIONS")):
        response = site.client.patch(f"/v1/videos{path}")
        assert_problem(response, 405, "method")
        assert response.headers["Allow"] == methods


def test_an_upload_counts_once_for_the_rate_limit(site_with):
    site = site_with(rate_limit=2)
    assert [site.post(b"no video").status_code for _ in range(3)] == [422, 422, 429]


def test_uploads_at_once_are_bounded_and_free_their_places(site):
    class Stalled(io.BytesIO):
        def read(self, size=-1):
            gevent.sleep(60)

    def stall():
        head = {"wsgi.input": Stalled(), "wsgi.input_terminated": True}
        site.client.post("/v1/videos", content_type="multipart/form-data; boundary=x", environ_overrides=head)

    stalled = [gevent.spawn(stall) for _ in range(8)]
    while len(site.folders()) < 8:
        gevent.sleep(0.01)
    assert "uploads" in assert_problem(site.post(b"no video"), 503, "service")["errors"][0]["expected"]
    assert site.client.get("/v1/info").status_code == 200
    gevent.killall(stalled)
    assert site.folders() == []
    assert_problem(site.post(b"no video"), 422, "video")


def test_the_documented_answers_are_of_the_wire_format(root):
    blocks = re.findall(r"```json\n(.*?)```", (root / "docs" / "api.md").read_text(), re.S)
    queued, done, listed = [json.loads(block) for block in blocks if '"frames_total"' in block]
    assert_matches(listed, video_answers.JobListAnswer)
    assert (queued["state"], done["state"]) == ("queued", "done")
    assert_matches(queued, video_answers.JobAnswer)
    assert_matches(done, video_answers.JobAnswer)
    (timeline,) = [json.loads(block) for block in blocks if block.startswith('{"tracks"')]
    assert_matches(timeline, video_answers.TimelineAnswer)


@pytest.mark.parametrize("job_id", ["0" * 26, "upload", "..", "%2e%2e", "é", "x" * 3000])
def test_an_unknown_job_is_a_404(site, job_id):
    for path in ("", "/result", "/timeline", "/events"):
        assert_problem(site.get(f"{job_id}{path}"), 404)
    assert_problem(site.delete(f"{job_id}"), 404)


def test_a_job_that_is_not_done_has_no_result(site):
    job_id = site.queued()
    for path in ("result", "timeline"):
        problem = assert_problem(site.get(f"{job_id}/{path}"), 409, "job_id")
        assert problem["errors"][0]["got"] == "one that is queued"


def test_a_done_job_has_a_result_and_a_timeline(site):
    job_id = site.done()
    result = site.get(f"{job_id}/result")
    assert (result.status_code, result.mimetype, result.data) == (200, "video/mp4", RESULT)
    assert "media-src 'self'" in result.headers["Content-Security-Policy"]  # or a browser shows an empty player
    assert_answer(site.get(f"{job_id}/timeline"), video_answers.TimelineAnswer)


@pytest.mark.parametrize(
    ("asked", "status", "sent"),
    [
        ("bytes=0-", 206, RESULT),
        ("bytes=100-199", 206, RESULT[100:200]),
        ("bytes=-10", 206, RESULT[-10:]),
        ("bytes=1000-5000", 206, RESULT[1000:]),
        ("bytes=x", 200, RESULT),
        ("bytes=0-1,5-6", 200, RESULT),
        ("lines=1-2", 200, RESULT),
    ],
)
def test_a_browser_may_seek_in_a_result(site, asked, status, sent):
    response = site.get(f"{site.done()}/result", headers={"Range": asked})
    assert (response.status_code, response.data) == (status, sent)
    first = RESULT.index(sent)
    told = f"bytes {first}-{first + len(sent) - 1}/1024" if status == 206 else None
    assert response.headers.get("Content-Range") == told


def test_a_range_that_is_not_there_is_a_416(site):
    response = site.get(f"{site.done()}/result", headers={"Range": "bytes=5000-"})
    assert_problem(response, 416, "Range")
    assert response.headers["Content-Range"] == "bytes */1024"


def test_a_browser_is_told_that_it_may_seek(site):
    head = site.client.head(f"/v1/videos/{site.done()}/result", buffered=True)
    assert (head.headers["Accept-Ranges"], head.headers["Content-Length"]) == ("bytes", "1024")


@pytest.mark.parametrize("file", ["result", "timeline"])
def test_what_a_client_has_is_not_sent_again(site, file):
    path = f"{site.done()}/{file}"
    tag = site.get(path).headers["ETag"]
    response = site.get(path, headers={"If-None-Match": tag})
    assert (response.status_code, response.data) == (304, b"")


def test_a_range_of_another_result_is_the_whole_one(site):
    response = site.get(f"{site.done()}/result", headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert response.data == RESULT


def test_a_removed_job_is_a_410(site):
    job_id = site.done()
    assert site.delete(f"{job_id}").status_code == 204
    for path in ("", "/result", "/timeline", "/events"):
        assert_problem(site.get(f"{job_id}{path}"), 410, "job_id")
    assert_problem(site.delete(f"{job_id}"), 410, "job_id")
    assert site.folders() == []


def test_a_job_that_is_removed_meanwhile_is_a_410(site):
    job_id = site.done()
    for path in (site.jobs.result(job_id), site.jobs.timeline(job_id)):
        path.unlink()
    assert_problem(site.get(f"{job_id}/result"), 410, "job_id")
    assert_problem(site.get(f"{job_id}/timeline"), 410, "job_id")


def test_a_full_disk_is_a_503_and_finished_jobs_can_be_removed(site, film, monkeypatch):
    done, queued = site.done(), site.queued()
    monkeypatch.setattr("helmet_service.video.jobs.replace_json", _no_space)
    assert_problem(site.post(film), 503, "service")
    assert_problem(site.delete(queued), 503, "service")
    assert site.delete(done).status_code == 204
    assert_problem(site.get(done), 410, "job_id")
    assert [folder.name for folder in site.folders()] == [queued]


def _no_space(*_):
    raise OSError(errno.ENOSPC, "no space left on device")


def test_events_tell_a_job_until_its_end(site):
    response = site.get(f"{site.done()}/events", headers={"Last-Event-ID": "\0 7"})
    assert (response.status_code, response.mimetype) == (200, "text/event-stream")
    assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-store", "no")
    retry, job = response.text.strip().split("\n\n")
    assert retry.startswith("retry: ")
    assert_matches(json.loads(job.removeprefix("data: ")), video_answers.JobAnswer)


def test_streams_of_events_are_bounded_and_free_their_places(site):
    path = f"/v1/videos/{site.queued()}/events"
    streams = [site.client.get(path) for _ in range(100)]
    assert_problem(site.client.get(path), 503, "service")
    streams.pop().close()
    assert site.client.head(path, buffered=True).status_code == 200
    streams.append(site.client.get(path))
    assert streams[-1].status_code == 200
    for stream in streams:
        stream.close()


def test_without_pyav_no_videos_are_taken(site, film, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    assert "PyAV" in assert_problem(site.post(film), 503, "service")["errors"][0]["expected"]
    assert not assert_answer(site.client.get("/v1/info"), InfoAnswer)["takes_videos"]
