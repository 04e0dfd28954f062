"""The routes of video jobs in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from helmet_service.api.documented_answers import REFUSALS, V1_REFUSALS, Json, SchemaClass, documented, problems
from helmet_service.api.schemas.requests import VideoRequest
from helmet_service.api.schemas.video_answers import JobAnswer, JobListAnswer, TimelineAnswer

FILE: Final = {"type": "string", "contentMediaType": "application/octet-stream"}
POST_REFUSALS: Final = V1_REFUSALS | {
    413: "The body, a part or a list is too large",
    415: "No form, or packed (Content-Encoding)",
    503: "No room, too many uploads at once, not ready, or no videos are taken here; the detail says which",
}
_LIST_REFUSALS: Final = {status: REFUSALS[status] for status in (401, 429, 500)}
JOB_REFUSALS: Final = {
    **_LIST_REFUSALS,
    404: "No such job of this API key",
    410: "The job was removed",
}
NO_RESULT: Final = {409: "The job has no result; its state says why"}
NO_RANGE: Final = {416: "The file has no such range"}
VIDEO: Final = documented({200: "The whole file", 206: "A range of it"}, "video/mp4", {"type": "string"})
_ID: Final = {"in": "path", "name": "job_id", "required": True, "schema": {"type": "string"}}


def video_paths() -> list[Json]:
    """The paths and their operations, as apispec takes them."""
    return [
        {"path": "/v1/videos", "operations": {"post": _create(), "get": _list()}},
        _job("", get=_operation("How a job is", _json(JobAnswer)), delete=_remove()),
        _job("/result", get=_operation("The video with verdicts drawn", VIDEO, NO_RESULT | NO_RANGE)),
        _job("/timeline", get=_operation("Who wore a helmet when", _json(TimelineAnswer), NO_RESULT)),
        _job("/events", get=_operation("The job at each change", _events(), {503: "Too many streams"})),
    ]


def _job(path: str, **operations: Json) -> Json:
    return {"path": f"/v1/videos/{{job_id}}{path}", "operations": operations}


def _create() -> Json:
    properties = {"video": FILE, "request": VideoRequest, "hats": FILE}
    form = {"type": "object", "required": ["video"], "properties": properties, "additionalProperties": False}
    location = {"Location": {"description": "Where the job is, relative", "schema": {"type": "string"}}}
    queued = documented({202: "The queued job"}, "application/json", JobAnswer)
    queued["202"]["headers"] = location
    return {
        "tags": ["videos"],
        "summary": "Queue a video",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
        "responses": queued | problems(POST_REFUSALS),
    }


def _list() -> Json:
    responses = _json(JobListAnswer) | problems(_LIST_REFUSALS)
    return {"tags": ["videos"], "summary": "The newest jobs", "responses": responses}


def _operation(summary: str, success: Json, refusals: dict[int, str] | None = None) -> Json:
    responses = success | problems(JOB_REFUSALS | (refusals or {}))
    return {"tags": ["videos"], "summary": summary, "parameters": [_ID], "responses": responses}


def _remove() -> Json:
    removed = {"204": {"description": "It is removed"}}
    return _operation("Cancel a job and remove its files", removed, {503: "The disk cannot be written"})


def _json(schema: SchemaClass) -> Json:
    return documented({200: "The answer"}, "application/json", schema)


def _events() -> Json:
    return documented({200: "Server-sent events, whose data are jobs"}, "text/event-stream", {"type": "string"})
