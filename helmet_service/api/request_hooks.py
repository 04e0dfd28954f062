"""What every request passes: its id, deadline and body are made before; errors become answers; all is freed after."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wsgi import get_content_length

from helmet_service.api.browser_rules import add_browser_rules
from helmet_service.api.legacy import ROUTES, code_is_text
from helmet_service.http.access import client_address, is_counted, is_open, unknown_key
from helmet_service.http.problems import FieldError, Problem, compatible_body, problem_body
from helmet_service.http.request_body import PATIENCE_S, Body
from helmet_service.http.request_ids import new_request_id
from helmet_service.observing import logs
from helmet_service.work.admission import Stages
from helmet_service.work.service import current_service
from pose.errors import shown

_LOG: Final = logging.getLogger(__name__)


def add_request_hooks(app: Flask) -> None:
    """Do all of this for each request of the app."""
    app.before_request(_begin)
    app.before_request(_let_in)
    app.before_request(_refuse_encoded)
    app.after_request(_tell)  # Flask calls the first last
    app.after_request(_add_request_id)
    app.after_request(add_browser_rules)
    app.after_request(_drain_body)
    app.teardown_request(_end)
    app.register_error_handler(Problem, _answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_fault)


def _begin() -> None:
    service = current_service()
    settings = service.settings
    g.at_end = ExitStack()
    g.request_id = new_request_id()
    g.stages = Stages(settings.deadline_s)
    service.metrics.in_progress.inc()
    g.at_end.callback(service.metrics.in_progress.dec)
    environ = request.environ
    length = get_content_length(environ)
    if length is None and not environ.get("wsgi.input_terminated"):
        length = 0
    limit = settings.max_body_mb * 1_000_000
    patience_s = min(PATIENCE_S, g.stages.seconds_left())
    g.body = Body(environ["wsgi.input"], length, limit, environ.get("gunicorn.socket"), patience_s)


def _let_in() -> None:
    """Problem 401 without a key where one is needed, 429 too often; asked before anything is done for a request."""
    if is_open(request.path) or request.method == "OPTIONS":  # browsers ask without a key what they may send
        return
    service = current_service()
    known = service.keys.client(request.headers) if service.keys else None
    keyless = service.keys is not None and known is None
    if keyless or is_counted(request.path):
        service.rate_limit.count(known or client_address(request.remote_addr))
    if keyless:
        raise unknown_key(request.headers)


def _refuse_encoded() -> None:
    """Problem 415 for a body that would have to be unpacked: a small one may hold gigabytes."""
    encoding = request.headers.get("Content-Encoding", "").strip()
    if request.url_rule and request.method == "POST" and encoding.lower() not in ("", "identity"):
        errors = [FieldError("Content-Encoding", "none", shown(encoding))]
        raise Problem(415, "the body is packed", errors, {"Accept-Encoding": "identity"})


def _tell(response: Response) -> Response:
    """Count the answer and log a line of it."""
    route = request.url_rule.rule if request.url_rule else "other"
    total_ms = g.stages.total_ms()
    reason = g.get("reason")
    metrics = current_service().metrics
    metrics.answered(route, response.status_code, g.stages.timings_ms, total_ms)
    if reason is not None:
        metrics.rejected(reason)
    logs.access(request.method, route, response.status_code, total_ms, reason)
    return response


def _add_request_id(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    return response


def _drain_body(response: Response) -> Response:
    g.body.drain()
    return response


def _end(_: BaseException | None) -> None:
    g.at_end.close()


def _answer(problem: Problem) -> Response:
    if problem.status != 500:
        g.reason = problem.reason
    if request.path in ROUTES:
        body = compatible_body(problem, code_as_text=code_is_text(request.path))
        return Response(json.dumps(body), problem.status, problem.headers, mimetype="application/json")
    body = problem_body(problem, g.request_id)
    return Response(json.dumps(body), problem.status, problem.headers, mimetype="application/problem+json")


def _answer_http(error: HTTPException) -> Response:
    if isinstance(error, NotFound):
        errors = [FieldError("path", "a route of this service, see /docs", shown(request.path))]
        return _answer(Problem(404, "no such route", errors))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        errors = [FieldError("method", allowed, shown(request.method))]
        return _answer(Problem(405, "no such method here", errors, {"Allow": allowed}))
    return _answer(Problem(error.code or 500, error.name))


def _answer_fault(_: Exception) -> Response:
    _LOG.exception("request %s failed", g.request_id)
    return _answer(Problem(500, g.request_id))
