"""The routes of cameras in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from helmet_service.api.documented_answers import REFUSALS, Json, SchemaClass, documented, problems
from helmet_service.api.schemas.cameras import (
    CameraAnswer,
    CameraListAnswer,
    FrameRequest,
    FramesTakenAnswer,
    ZonesAnswer,
    ZonesRequest,
)

_LIST_REFUSALS: Final = {status: REFUSALS[status] for status in (401, 429, 500)}
_REFUSALS: Final = {**_LIST_REFUSALS, 404: "No such camera"}
_BODY_REFUSALS: Final = {status: REFUSALS[status] for status in (400, 408, 413, 415, 422)}
_DISK: Final = {503: "The disk cannot be written"}
_ALARMS: Final = {503: "What is kept of alarms cannot be read now"}
_ID: Final = {"in": "path", "name": "camera_id", "required": True, "schema": {"type": "string"}}
_TAGS: Final = ["cameras"]


def camera_paths() -> list[Json]:
    """The paths and their operations, as apispec takes them."""
    responses = _json(CameraListAnswer) | problems(_LIST_REFUSALS | _ALARMS)
    every = {"tags": _TAGS, "summary": "All cameras of the site", "responses": responses}
    return [
        {"path": "/v1/cameras", "operations": {"get": every}},
        _camera("", get=_operation("How a camera does", _json(CameraAnswer), _ALARMS)),
        _camera("/frame", get=_operation("The last judged frame", _jpeg(), {409: "No frame was judged yet"} | _DISK)),
        _camera("/frames", post=_take_frames()),
        _camera("/zones", get=_operation("Its zones", _json(ZonesAnswer)), put=_set_zones()),
    ]


def _camera(path: str, **operations: Json) -> Json:
    return {"path": f"/v1/cameras/{{camera_id}}{path}", "operations": operations}


def _operation(summary: str, success: Json, refusals: dict[int, str] | None = None) -> Json:
    responses = success | problems(_REFUSALS | (refusals or {}))
    return {"tags": _TAGS, "summary": summary, "parameters": [_ID], "responses": responses}


def _set_zones() -> Json:
    body = {"required": True, "content": {"application/json": {"schema": ZonesRequest}}}
    return _operation("Replace its zones", _json(ZonesAnswer), _BODY_REFUSALS | _DISK) | {"requestBody": body}


def _take_frames() -> Json:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    parts = {"schema": {"type": "object", "properties": {"picture": file}}}
    kinds = {f"multipart/{kind}": parts for kind in ("form-data", "mixed", "x-mixed-replace")}
    body = {"application/json": {"schema": FrameRequest}, "image/*": {"schema": file}, **kinds}
    taken = documented({202: "The watch has them"}, "application/json", FramesTakenAnswer)
    refusals = _BODY_REFUSALS | {
        409: "The watch fetches this camera's frames",
        503: "No disk, or no place",
    }
    return _operation("Take frames that the camera sends", taken, refusals) | {
        "requestBody": {"required": True, "content": body}
    }


def _json(schema: SchemaClass) -> Json:
    return documented({200: "The answer"}, "application/json", schema)


def _jpeg() -> Json:
    return documented({200: "A JPEG; `Age`: how many seconds ago it was judged"}, "image/jpeg", {"type": "string"})
