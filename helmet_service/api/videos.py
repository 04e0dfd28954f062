"""Video jobs over HTTP: made, watched, fetched and removed, each by the API key that made it alone."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from helmet_service.api.frame_hats import check_frame_hats
from helmet_service.api.job_events import EACH_S, job_events, job_json
from helmet_service.api.job_list import job_list
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import VideoRequest
from helmet_service.http.disk import needing_disk
from helmet_service.http.long_answers import LONG
from helmet_service.http.problems import FieldError, Problem, overloaded
from helmet_service.http.request_body import BODY_PROBLEM, parse_json
from helmet_service.http.video_form import UPLOAD, Upload
from helmet_service.video.examining import examine
from helmet_service.video.job import Job
from helmet_service.video.jobs import Jobs
from helmet_service.work.judging import whose_hats
from helmet_service.work.service import Service
from helmet_service.work.turns import Turns
from pose.errors import shown

_STREAMS: Final = 100  # of a worker, beside its 400 connections
_PIECE: Final = 1 << 18  # bytes
_KEY: Final = "job_id"
# A browser that opens a result itself makes a page of it, whose player loads it again.
_PLAYABLE: Final = "default-src 'none'; media-src 'self'; frame-ancestors 'none'"


class Videos:
    """Video jobs of a worker's clients. In errors, `key` is what a route calls the id of a job."""

    def __init__(self, service: Service, jobs: Jobs) -> None:
        self._service = service
        self._jobs = jobs
        self._examinations = Turns(1)  # each is a process beside those that serve
        self._streams = threading.BoundedSemaphore(_STREAMS)

    def begin(self) -> Job:
        """Queue the video that `server/uploads.py` has received."""
        upload = _upload()
        asked = load(VideoRequest(), parse_json(upload.request or b"{}", "request"), {})
        self._check_looks_and_hats(asked, upload)
        # Others' files may take all of a deadline each; the uploads that a worker lets in bound how many wait.
        with g.stages.turn_however_late(self._examinations):
            facts = examine(upload.video, g.stages, upload.named)
            if upload.hats is not None:
                with upload.hats.open("rb") as lines:
                    check_frame_hats(lines, facts, self._service.settings.max_hats, g.stages)
        with needing_disk("VIDEO_DIR", "videos"):
            return self._jobs.begin(upload.folder, g.client, asked, facts)

    def create(self) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Queue the video, and say where its job is."""
        job = self.begin()
        return job_json(job), 202, {"Location": f"videos/{job.id}"}  # relative: a proxy may serve all this below a path

    def jobs(self) -> dict[str, Any]:
        """The newest jobs of this client."""
        return {"jobs": job_list(self._jobs.all(), g.client)}

    def job(self, job_id: str) -> dict[str, Any]:
        """How the job is."""
        return job_json(self.existing(job_id))

    def result(self, job_id: str, key: str = _KEY) -> Response:
        """The video with verdicts drawn, or a range of its bytes; Problem 416 for one that it has not."""
        response = _file(self._jobs.result(self._done(job_id, key).id), "video/mp4", key)
        response.headers["Content-Security-Policy"] = _PLAYABLE
        length = response.content_length
        try:
            response.make_conditional(_with_one_range(), accept_ranges=True, complete_length=length)
        except RequestedRangeNotSatisfiable as error:
            response.close()
            errors = [FieldError("Range", f"some of {length} bytes", shown(request.headers["Range"]))]
            headers = {"Content-Range": f"bytes */{length}"}
            raise Problem(416, "the result has no such range", errors, headers) from error
        return response

    def timeline(self, job_id: str) -> Response:
        """Who wore a helmet when."""
        response = _file(self._jobs.timeline(self._done(job_id).id), "application/json")
        response.make_conditional(request)
        return response

    def events(self, job_id: str) -> Response:
        """The job's changes, as they come."""
        job = self.existing(job_id)
        if not self._streams.acquire(blocking=False):
            raise overloaded("streams_full", f"at most {_STREAMS} streams of events at once", "another one")
        events = job_events(job, lambda: self._jobs.get(job_id), self._service.is_stopping)
        response = Response(events, mimetype="text/event-stream")
        response.call_on_close(self._streams.release)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"  # nginx would keep events until it has enough of them
        request.environ[LONG] = EACH_S
        return response

    def remove(self, job_id: str) -> tuple[str, int]:
        """Cancel the job and remove its files."""
        job_id = self.existing(job_id).id
        with needing_disk("VIDEO_DIR", "videos"):
            self._jobs.cancel_and_remove(job_id)
        return "", 204

    def existing(self, job_id: str, key: str = _KEY) -> Job:
        """A job of this client; Problem 404 for any other, 410 for one that was removed."""
        job = self._jobs.get(job_id)
        if job is None or job.owner != g.client:
            errors = [FieldError(key, "a job of this API key", shown(job_id))]
            raise Problem(404, "no such job", errors, reason="no_such_job")
        if job.purged:
            raise _removed(key)
        return job

    def _check_looks_and_hats(self, asked: dict[str, Any], upload: Upload) -> None:
        """Problem 413 or 422 where each frame's answer would be one."""
        self._service.looker.views(asked)
        with_hats = asked | {"hats": None if upload.hats is None else []}
        whose_hats(with_hats, self._service.settings.trust, sees_hats=self._service.sees_hats)

    def _done(self, job_id: str, key: str = _KEY) -> Job:
        """A job with a result; Problem 409 for one without."""
        job = self.existing(job_id, key)
        if job.state != "done":
            errors = [FieldError(key, "a job that is done", f"one that is {job.state}")]
            raise Problem(409, "the job has no result", errors)
        return job


def videos(routes: Videos) -> Blueprint:
    """The blueprint of video jobs."""
    surface = Blueprint("videos", __name__, url_prefix="/v1/videos")
    surface.post("")(routes.create)
    surface.get("")(routes.jobs)
    surface.get("/<job_id>")(routes.job)
    surface.delete("/<job_id>")(routes.remove)
    surface.get("/<job_id>/result")(routes.result)
    surface.get("/<job_id>/timeline")(routes.timeline)
    surface.get("/<job_id>/events")(routes.events)
    return surface


def _upload() -> Upload:
    """What was received; the Problem with it."""
    if problem := request.environ.get(BODY_PROBLEM):
        raise problem
    upload: Upload = request.environ[UPLOAD]
    return upload


def _removed(key: str) -> Problem:
    return Problem(410, "the job was removed", [FieldError(key, "a job that is kept", "one that was removed")])


def _with_one_range() -> dict[str, Any]:
    """The request's environment; without its Range where that is not one range of bytes, which RFC 9110, 14.2 has a
    server ignore, or lets it.
    """
    asked = request.range
    is_usual = asked is not None and asked.units == "bytes" and len(asked.ranges) == 1
    return {name: value for name, value in request.environ.items() if is_usual or name != "HTTP_RANGE"}


def _file(path: Path, mimetype: str, key: str = _KEY) -> Response:
    """A file that is written once, sent as fast as the client takes it; Problem 410 when it was removed just now."""
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise _removed(key) from error
    response = Response(FileWrapper(file, _PIECE), mimetype=mimetype, direct_passthrough=True)
    response.content_length = os.fstat(file.fileno()).st_size
    response.set_etag(path.parent.name)
    request.environ[LONG] = 0.0
    return response
