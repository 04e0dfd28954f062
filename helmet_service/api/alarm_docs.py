"""The routes of alarms in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from helmet_service.api.documented_answers import REFUSALS, Json, SchemaClass, documented, problems
from helmet_service.api.schemas.alarms import MOST_LISTED, AcknowledgementRequest, AlarmAnswer, AlarmListAnswer

_ANY_REFUSALS: Final = {status: REFUSALS[status] for status in (401, 429, 500)} | {
    503: "What is kept of alarms cannot be read or written now",
}
_QUERY_REFUSALS: Final = {422: REFUSALS[422]}
_REFUSALS: Final = {**_ANY_REFUSALS, 404: "No such alarm"}
_BODY_REFUSALS: Final = {status: REFUSALS[status] for status in (400, 408, 413, 415, 422)}
_TEXT: Final = {"type": "string"}
_ID: Final = {"in": "path", "name": "alarm_id", "required": True, "schema": _TEXT}
_TAGS: Final = ["alarms"]


def alarm_paths() -> list[Json]:
    """The paths and their operations, as apispec takes them."""
    every = {
        "tags": _TAGS,
        "summary": "Alarms, newest first",
        "parameters": _filters(),
        "responses": _json(AlarmListAnswer) | problems(_ANY_REFUSALS | _QUERY_REFUSALS),
    }
    return [
        {"path": "/v1/alarms", "operations": {"get": every}},
        _alarm("", get=_operation("One alarm", _json(AlarmAnswer))),
        _alarm("/picture", get=_picture()),
        _alarm("/acknowledgement", post=_acknowledge()),
    ]


def _filters() -> list[Json]:
    return [
        _query("camera", _TEXT),
        _query("state", {"enum": ["open", "ended"]}),
        _query("acknowledged", {"enum": ["true", "false"]}),
        _query("before", _TEXT),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": 50}),
    ]


def _query(name: str, schema: Json) -> Json:
    return {"in": "query", "name": name, "schema": schema}


def _alarm(path: str, **operations: Json) -> Json:
    return {"path": f"/v1/alarms/{{alarm_id}}{path}", "operations": operations}


def _operation(summary: str, success: Json, *parameters: Json, more: dict[int, str] | None = None) -> Json:
    responses = success | problems(_REFUSALS | (more or {}))
    return {"tags": _TAGS, "summary": summary, "parameters": [_ID, *parameters], "responses": responses}


def _picture() -> Json:
    return _operation("Its picture", _jpeg(), _query("plain", {"enum": ["0", "1"]}), more=_QUERY_REFUSALS)


def _acknowledge() -> Json:
    body = {"required": True, "content": {"application/json": {"schema": AcknowledgementRequest}}}
    operation = _operation("Say that it was seen", _json(AlarmAnswer), more=_BODY_REFUSALS)
    return operation | {"requestBody": body}


def _json(schema: SchemaClass) -> Json:
    return documented({200: "The answer"}, "application/json", schema)


def _jpeg() -> Json:
    return documented({200: "A JPEG with the alarm drawn on it; `plain=1`: without"}, "image/jpeg", {"type": "string"})
