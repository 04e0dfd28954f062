"""The OpenAPI document, made from the schemas, and Swagger UI to read it, served without the internet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, abort, current_app, redirect, send_from_directory
from flask import request as current_request
from marshmallow import Schema
from werkzeug.wrappers import Response as BaseResponse

from helmet_service.api.alarm_docs import alarm_paths
from helmet_service.api.camera_docs import camera_paths
from helmet_service.api.documented_answers import REFUSALS, V1_REFUSALS, Json, SchemaClass, documented, problems
from helmet_service.api.live_docs import live_path
from helmet_service.api.schemas import answers, legacy_answers, problem_answers, requests, status
from helmet_service.api.video_docs import video_paths
from helmet_service.api.web_system.docs import web_system_paths
from helmet_service.http.access import is_open
from helmet_service.version import VERSION
from helmet_service.work.service import EXTENSION

docs: Final = Blueprint("docs", __name__)

_ASSETS: Final = Path(str(files("flask_swagger_ui"))) / "dist"
_ASSET_NAMES: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
# The page may load from this service only; Swagger UI needs inline styles and images as data URLs.
_OWN_ONLY: Final = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
# Links are relative: a proxy may serve all this below a path.
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


@dataclass(frozen=True, slots=True)
class _Route:
    """A documented route: a POST if it has a request, else a GET; without `answer` it answers text."""

    tag: str
    path: str
    summary: str
    answer: SchemaClass | None = None
    request: SchemaClass | None = None


_ROUTES: Final = (
    _Route("legacy", "/", "Helmets (form A) or vests (form B)",
           legacy_answers.LegacyHelmetAnswer, requests.LegacyHelmetRequest),
    _Route("legacy", "/get_head_point", "Head points in a picture",
           legacy_answers.LegacyHeadPointsAnswer, requests.LegacyPictureRequest),
    _Route("legacy", "/get_head_point_v2", "Head points in pictures",
           legacy_answers.LegacyHeadPointsAnswer, requests.LegacyPicturesRequest),
    _Route("legacy", "/get_body_box", "Bodies seen from neck to knee",
           legacy_answers.LegacyBodiesAnswer, requests.LegacyPictureRequest),
    _Route("v1", "/v1/compliance", "Who wears a helmet", answers.ComplianceAnswer, requests.ComplianceRequest),
    _Route("v1", "/v1/hats", "Which heads wear a helmet, as the model sees it", answers.HatsAnswer,
           requests.HatsRequest),
    _Route("v1", "/v1/hands", "Where hands and their keypoints are", answers.HandsAnswer, requests.HandsRequest),
    _Route("v1", "/v1/poses", "Where everybody's keypoints are", answers.PosesAnswer, requests.PosesRequest),
    _Route("system", "/healthz", "Does the process live?", status.StateAnswer),
    _Route("system", "/readyz", "Is the model warm?", status.StateAnswer),
    _Route("system", "/v1/status", "How all workers do", status.StatusAnswer),
    _Route("system", "/v1/status/history", "The last ten minutes of all workers", status.HistoryAnswer),
    _Route("system", "/v1/info", "Versions, model, limits and settings", status.InfoAnswer),
    _Route("system", "/metrics", "All workers' metrics, for Prometheus"),
)  # fmt: skip


@docs.get("/openapi.json")
def openapi_json() -> Json:
    """The OpenAPI 3.1 document, with the path prefix that a trusted proxy forwards (X-Forwarded-Prefix)."""
    path = current_request.script_root.strip("/")  # `//path` would name another host
    has_web_system = current_app.extensions[EXTENSION].settings.web_system == "1"
    return openapi_document(web_system=has_web_system) | ({"servers": [{"url": f"/{path}"}]} if path else {})


@docs.get("/docs")
def page() -> Response:
    """Swagger UI."""
    return Response(_PAGE, mimetype="text/html", headers={"Content-Security-Policy": _OWN_ONLY})


@docs.get("/docs/")
def page_with_slash() -> BaseResponse:
    """A redirection to the page from its path with a slash."""
    return redirect("../docs")


@docs.get("/docs/<name>")
def asset(name: str) -> Response:
    """A script, style sheet or icon of the page."""
    if name == "start.js":
        return Response(_START, mimetype="text/javascript")
    if name not in _ASSET_NAMES:
        abort(404)
    return send_from_directory(_ASSETS, name)


@cache
def openapi_document(*, web_system: bool = False) -> Json:
    """All routes, their requests and their answers, made once. web_system: with `WEB_SYSTEM=1`."""
    spec = APISpec(
        title="Helmet service",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
        security=[{"key": []}, {}],  # a key, or none: API_KEYS_FILE decides
        info={"description": "Who wears a safety helmet in a picture, who does not, and who cannot be judged."},
    )
    spec.components.security_scheme("key", {"type": "apiKey", "in": "header", "name": "X-API-Key"})
    live_answers = (answers.LiveAnswer, problem_answers.LiveProblemAnswer)
    for referred in (*answers.PERSON_OBJECTS, *live_answers):
        spec.components.schema(_name(referred), schema=referred)
    for route in _ROUTES:
        spec.path(route.path, operations={"post" if route.request else "get": _operation(route)})
    of_web_system = web_system_paths() if web_system else []
    for path in (*video_paths(), live_path(), *camera_paths(), *alarm_paths(), *of_web_system):
        spec.path(**path)
    document = spec.to_dict()
    components = document["components"]["schemas"]
    components[_name(requests.LegacyHelmetRequest)]["oneOf"] = list(requests.HELMET_FORMS)
    for name in ("ComplianceRequest", "ComplianceRequestWithoutPicture"):
        components[name]["oneOf"] = list(requests.WITH_OR_WITHOUT_HATS)
    return document


def _operation(route: _Route) -> Json:
    operation: Json = {"tags": [route.tag], "summary": route.summary, "responses": _success(route) | _refusals(route)}
    if route.request:
        bodies = {"application/json": {"schema": route.request}} | (_form(route.request) if route.tag == "v1" else {})
        operation["requestBody"] = {"required": True, "content": bodies}
    return operation


def _success(route: _Route) -> Json:
    if route.answer:
        return documented({200: "The answer"}, "application/json", route.answer)
    return {"200": {"description": "The metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}}


def _refusals(route: _Route) -> Json:
    if route.tag == "legacy":
        return documented(REFUSALS, "application/json", legacy_answers.LegacyErrorAnswer)
    if route.tag == "v1":
        return problems(V1_REFUSALS)
    needs_key = {} if is_open(route.path) else {status: REFUSALS[status] for status in (401, 429)}
    needs_model = (
        {} if route.path in ("/healthz", "/metrics", "/v1/status/history") else {503: "Not ready; the detail says why"}
    )
    return problems(needs_key | needs_model)


def _form(request: SchemaClass) -> Json:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    rest = request(exclude=("picture",))
    required = ["picture", *(["request"] if any(field.required for field in rest.fields.values()) else [])]
    form = {"type": "object", "required": required, "properties": {"picture": file, "request": rest}}
    return {"multipart/form-data": {"schema": form | {"additionalProperties": False}}}


def _name(schema: SchemaClass | Schema) -> str:
    """A component's name; a form's request, which has no `picture`, is another component than the whole request."""
    if isinstance(schema, Schema):
        return type(schema).__name__ + ("WithoutPicture" if schema.exclude else "")
    return schema.__name__
