"""Before every request: id, deadline, body, key and rate limit; after it: errors as answers, log and metrics."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wsgi import get_content_length

from helmet_service.alarms.database import StoreError
from helmet_service.api.legacy import ROUTES, code_is_text
from helmet_service.http.browser_rules import add_browser_rules
from helmet_service.http.letting_in import LET_IN, let_in
from helmet_service.http.problems import FieldError, Problem, legacy_body, overloaded, problem_body
from helmet_service.http.request_body import BODY_PROBLEM, Body, refuse_packed
from helmet_service.http.request_ids import new_request_id
from helmet_service.observing import logs
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.errors import shown

_LOG: Final = logging.getLogger(__name__)


class _RequestHooks:
    """Flask's hooks of one service; `g.at_end` is closed at the request's end, whatever happens."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings

    def begin(self) -> None:
        """Give the request its id, its deadline and its body."""
        g.at_end = ExitStack()
        g.request_id = new_request_id()
        g.stages = Stages(self._settings.deadline_s)
        in_progress = self._service.metrics.in_progress
        in_progress.inc()
        g.at_end.callback(in_progress.dec)
        environ = request.environ
        length = get_content_length(environ)
        if length is None and not environ.get("wsgi.input_terminated"):
            length = 0
        limit = self._settings.max_body_mb * 1_000_000
        g.body = Body(environ["wsgi.input"], length, limit, environ.get(BODY_PROBLEM))

    def authorise(self) -> None:
        """Note who asks (`let_in`), before any work; of an upload that is known since its head came."""
        known: str | Problem | None = request.environ.get(LET_IN)
        if isinstance(known, Problem):
            raise known
        g.client = let_in(request, self._service.keys, self._service.rate_limit) if known is None else known

    def count(self, response: Response) -> Response:
        """Count the answer and log a line about it."""
        route = request.url_rule.rule if request.url_rule else "other"
        total_ms = g.stages.total_ms()
        reason = g.get("reason")
        self._service.metrics.answered(route, response.status_code, g.stages.timings_ms, total_ms, reason)
        # A 503 of /readyz refuses nothing: it is what was asked.
        if reason is not None and (route, response.status_code) != ("/readyz", 503):
            self._service.problems.note(route, response.status_code, reason, g.request_id)
        logs.access(request.method, route, response.status_code, total_ms, reason)
        return response

    def answer(self, problem: Problem) -> Response:
        """The problem in the format of the surface that was asked."""
        g.reason = problem.reason
        if request.path in ROUTES:
            body = legacy_body(problem, code_as_text=code_is_text(request.path, self._settings))
            return Response(json.dumps(body), problem.status, problem.headers, mimetype="application/json")
        body = problem_body(problem, g.request_id)
        return Response(json.dumps(body), problem.status, problem.headers, mimetype="application/problem+json")

    def answer_http(self, error: HTTPException) -> Response:
        """Flask's own refusals, such as 404 and 405."""
        return self.answer(_http_problem(error))

    def answer_trouble(self, error: StoreError) -> Response:
        """503 where alarms cannot be read or written now; only the log explains."""
        _LOG.error("WATCH_DIR: %s", error)
        return self.answer(overloaded("no_disk", "a disk to keep alarms on", "none"))

    def answer_fault(self, _: Exception) -> Response:
        """500 for any other exception; its traceback goes into the log and not to the client."""
        _LOG.exception("request %s failed", g.request_id)
        return self.answer(Problem(500, g.request_id))


def add_request_hooks(app: Flask, service: Service) -> None:
    """Register the hooks and error handlers with the app."""
    hooks = _RequestHooks(service)
    origins = service.settings.origins()
    app.before_request(hooks.begin)
    app.before_request(hooks.authorise)
    app.before_request(_refuse_packed)
    app.after_request(hooks.count)  # Flask calls these in reverse order
    app.after_request(_add_request_id)
    app.after_request(_keep_from_shared_caches)
    app.after_request(lambda response: add_browser_rules(response, origins))
    app.teardown_request(_end)
    app.register_error_handler(Problem, hooks.answer)
    app.register_error_handler(StoreError, hooks.answer_trouble)
    app.register_error_handler(HTTPException, hooks.answer_http)
    app.register_error_handler(Exception, hooks.answer_fault)


def _refuse_packed() -> None:
    if request.url_rule and request.method in ("POST", "PUT"):
        refuse_packed(request.headers)


def _add_request_id(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    return response


def _keep_from_shared_caches(response: Response) -> Response:
    """They keep nothing that needed `Authorization`, but do not know that a cookie or `X-API-Key` was needed."""
    if g.get("client"):
        response.cache_control.private = True
    return response


def _end(_: BaseException | None) -> None:
    g.at_end.close()


def _http_problem(error: HTTPException) -> Problem:
    if isinstance(error, NotFound):
        errors = [FieldError("path", "a route of this service, see /docs", shown(request.path))]
        return Problem(404, "no such route", errors)
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        errors = [FieldError("method", allowed, shown(request.method))]
        return Problem(405, "no such method here", errors, {"Allow": allowed})
    return Problem(error.code or 500, error.name)
