"""The OpenAPI document, made from the schemas, and a page to read it that asks nothing of the internet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, abort, redirect, send_from_directory
from flask import request as current_request
from marshmallow import Schema
from werkzeug.wrappers import Response as BaseResponse

from helmet_service.api.schemas import answers, requests, status
from helmet_service.http.access import is_open
from helmet_service.version import VERSION

docs: Final = Blueprint("docs", __name__)

_ASSETS: Final = Path(str(files("flask_swagger_ui"))) / "dist"
_ASSET_NAMES: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
# The browser itself holds the page to this service alone; Swagger UI sets styles in elements and images as data URLs.
_OWN_ONLY: Final = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
# Its links are relative, as a proxy may serve all this below a path of its own.
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Helmet service</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon-32x32.png">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START: Final = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null});\n'

Json = dict[str, Any]
SchemaClass = type[Schema]

_REFUSALS: Final = {
    400: "The body is not JSON, or not the declared form",
    401: "The key is missing or unknown",
    408: "The body came too slowly",
    413: "Body, picture or list too large",
    415: "The body is packed (Content-Encoding)",
    422: "Fields are wrong: each is named",
    429: "Too many requests; Retry-After says for how many seconds",
    500: "Our fault; the detail is the request's id",
    503: "Not ready, or the queue is full: try again",
    504: "The deadline passed",
}
_COMPATIBLE: Final[tuple[tuple[str, str, SchemaClass, SchemaClass], ...]] = (
    ("/", "Helmets (form A) or vests (form B)", requests.LegacyHelmetRequest, answers.LegacyHelmetAnswer),
    (
        "/get_head_point",
        "Head points in a picture",
        requests.LegacyPictureRequest,
        answers.LegacyHeadPointsAnswer,
    ),
    (
        "/get_head_point_v2",
        "Head points in pictures",
        requests.LegacyPicturesRequest,
        answers.LegacyHeadPointsAnswer,
    ),
    (
        "/get_body_box",
        "Bodies seen from neck to knee",
        requests.LegacyPictureRequest,
        answers.LegacyBodiesAnswer,
    ),
)
_V1: Final[tuple[tuple[str, str, SchemaClass, SchemaClass], ...]] = (
    ("/v1/compliance", "Who wears a helmet", requests.ComplianceRequest, answers.ComplianceAnswer),
    ("/v1/poses", "Where everybody's keypoints are", requests.PosesRequest, answers.PosesAnswer),
)
_SYSTEM: Final[tuple[tuple[str, str, SchemaClass], ...]] = (
    ("/healthz", "Does the process live?", status.StateAnswer),
    ("/readyz", "Is the model warm?", status.StateAnswer),
    ("/v1/status", "How all workers do", status.StatusAnswer),
    ("/v1/info", "Versions, model, limits and settings", status.InfoAnswer),
)


@docs.get("/openapi.json")
def openapi_json() -> Json:
    """The OpenAPI 3.1 document, which tells where the routes are when a trusted proxy says below which path."""
    path = current_request.script_root.strip("/")  # two slashes before it would make it another host
    return openapi_document() | ({"servers": [{"url": f"/{path}"}]} if path else {})


@docs.get("/docs")
def page() -> Response:
    """The page that shows the document."""
    return Response(_PAGE, mimetype="text/html", headers={"Content-Security-Policy": _OWN_ONLY})


@docs.get("/docs/")
def page_by_its_folder() -> BaseResponse:
    """The page, as people type it."""
    return redirect("../docs")


@docs.get("/docs/<name>")
def asset(name: str) -> Response:
    """What the page needs."""
    if name == "start.js":
        return Response(_START, mimetype="text/javascript")
    if name not in _ASSET_NAMES:
        abort(404)
    return send_from_directory(_ASSETS, name)


@cache
def openapi_document() -> Json:
    """All routes with what they take and answer."""
    spec = APISpec(
        title="Helmet service",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
        security=[{"key": []}, {}],  # a service may need no key
        info={"description": "Who wears a safety helmet in a picture, who does not, and who cannot be judged."},
    )
    spec.components.security_scheme("key", {"type": "apiKey", "in": "header", "name": "X-API-Key"})
    for referred in (answers.FoundPersonAnswer, answers.CocoPersonAnswer):
        spec.components.schema(_name(referred), schema=referred)
    for path, summary, request, answer in _COMPATIBLE:
        refusals = _answers(_REFUSALS, "application/json", answers.LegacyErrorAnswer)
        spec.path(path, operations={"post": _operation("compatible", summary, answer, refusals, _json(request))})
    for path, summary, request, answer in _V1:
        refusals = _problems(_REFUSALS | {415: "Neither JSON nor a form, or packed (Content-Encoding)"})
        bodies = _json(request) | _form(request)
        spec.path(path, operations={"post": _operation("v1", summary, answer, refusals, bodies)})
    for path, summary, answer in _SYSTEM:
        refusals = _kept_back(path) | _not_ready(path)
        spec.path(path, operations={"get": _operation("system", summary, answer, refusals)})
    text = {"description": "The metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}
    responses = {"200": text} | _kept_back("/metrics")
    operation = {"tags": ["system"], "summary": "All workers' metrics, for Prometheus", "responses": responses}
    spec.path("/metrics", operations={"get": operation})
    document = spec.to_dict()
    document["components"]["schemas"][_name(requests.LegacyHelmetRequest)]["oneOf"] = list(requests.HELMET_FORMS)
    return document


def _kept_back(path: str) -> Json:
    return {} if is_open(path) else _problems({status: _REFUSALS[status] for status in (401, 429)})


def _not_ready(path: str) -> Json:
    return {} if path == "/healthz" else _problems({503: "Not ready; the detail says why"})


def _operation(tag: str, summary: str, answer: SchemaClass, refusals: Json, bodies: Json | None = None) -> Json:
    answers = _answers({200: "The answer"}, "application/json", answer)
    operation: Json = {"tags": [tag], "summary": summary, "responses": answers | refusals}
    if bodies:
        operation["requestBody"] = {"required": True, "content": bodies}
    return operation


def _problems(meanings: Mapping[int, str]) -> Json:
    return _answers(meanings, "application/problem+json", answers.ProblemAnswer)


def _answers(meanings: Mapping[int, str], mimetype: str, schema: SchemaClass) -> Json:
    return {
        str(status): {"description": meaning, "content": {mimetype: {"schema": schema}}}
        for status, meaning in meanings.items()
    }


def _json(request: SchemaClass) -> Json:
    return {"application/json": {"schema": request}}


def _form(request: SchemaClass) -> Json:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    rest = request(exclude=("picture",))
    required = ["picture", *(["request"] if any(field.required for field in rest.fields.values()) else [])]
    form = {"type": "object", "required": required, "properties": {"picture": file, "request": rest}}
    return {"multipart/form-data": {"schema": form | {"additionalProperties": False}}}


def _name(schema: SchemaClass | Schema) -> str:
    """A component's name; a request whose picture comes as a file is another component."""
    if isinstance(schema, Schema):
        return type(schema).__name__ + ("WithoutPicture" if schema.exclude else "")
    return schema.__name__
