"""The routes of the web system in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from helmet_service.api.documented_answers import REFUSALS, Json, SchemaClass, documented, problems
from helmet_service.api.live_docs import live_operation
from helmet_service.api.schemas import web_system as schemas
from helmet_service.api.video_docs import FILE, JOB_REFUSALS, NO_RANGE, NO_RESULT, POST_REFUSALS, VIDEO
from helmet_service.api.web_system.realtime import PREFIX
from helmet_service.api.web_system.routes import VIDEO_UPLOAD

_TAG: Final = "web system"
_GET_REFUSALS: Final = {status: REFUSALS[status] for status in (401, 429, 500)}
_REFUSALS: Final = REFUSALS | {415: "Another type of body, or packed (Content-Encoding)"}
_NOT_READY: Final = {503: "Not ready; the detail says why"}
_TASK: Final = {"in": "path", "name": "task_id", "required": True, "schema": {"type": "string"}}


def web_system_paths() -> list[Json]:
    """The paths and their operations, as apispec takes them."""
    sent = {"application/json": {"schema": schemas.DetectRequest}}
    found, begun = _json(schemas.DetectAnswer), _json(schemas.TaskBegunAnswer)
    states = _json(schemas.TaskAnswer) | problems(JOB_REFUSALS)
    results = VIDEO | problems(JOB_REFUSALS | NO_RESULT | NO_RANGE)
    messages = "The client sends pictures or DetectRequest, and gets DetectAnswer with `seq`"
    frames = live_operation(_TAG, "client_id", "Who is in each frame", messages)
    return [
        _get("/api/health", "Is work accepted?", _told(schemas.HealthAnswer)),
        _get("/api/device", "Where the network runs", _told(schemas.DeviceAnswer)),
        _get(
            "/api/system",
            "What the service takes of the machine",
            _json(schemas.MachineAnswer) | problems(_GET_REFUSALS),
        ),
        _get(
            "/api/performance/status",
            "Figures of all workers",
            _json(schemas.PerformanceAnswer) | problems(_GET_REFUSALS),
        ),
        _post("/api/detect/image", "Who is in a picture", sent, found | problems(_REFUSALS)),
        _post("/api/detect/upload", "Who is in a picture's file", _form(), found | problems(_REFUSALS)),
        _post(VIDEO_UPLOAD, "Queue a video", _form(), begun | problems(POST_REFUSALS)),
        _get("/api/video/task/{task_id}", "How a video's task is", states, _TASK),
        _get("/api/video/result/{task_id}", "The video with verdicts drawn", results, _TASK),
        {"path": f"{PREFIX}{{client_id}}", "operations": {"get": frames}},
    ]


def _get(path: str, summary: str, responses: Json, *parameters: Json) -> Json:
    operation = {"tags": [_TAG], "summary": summary, "responses": responses}
    return {"path": path, "operations": {"get": operation | ({"parameters": [*parameters]} if parameters else {})}}


def _post(path: str, summary: str, bodies: Json, responses: Json) -> Json:
    body = {"required": True, "content": bodies}
    operation = {"tags": [_TAG], "summary": summary, "requestBody": body, "responses": responses}
    return {"path": path, "operations": {"post": operation}}


def _form() -> Json:
    form = {"type": "object", "required": ["file"], "properties": {"file": FILE}, "additionalProperties": False}
    return {"multipart/form-data": {"schema": form}}


def _json(schema: SchemaClass) -> Json:
    return documented({200: "The answer"}, "application/json", schema)


def _told(schema: SchemaClass) -> Json:
    return _json(schema) | problems(_GET_REFUSALS | _NOT_READY)
