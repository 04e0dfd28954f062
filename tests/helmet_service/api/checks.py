"""What holds for every answer: the one shape of errors on each surface, and the schema of each answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from jsonschema import Draft202012Validator
from marshmallow import Schema
from werkzeug.test import TestResponse

from helmet_service.api.docs import openapi_document
from helmet_service.api.schemas import legacy_answers, problem_answers
from helmet_service.work.admission import NetworkQueue
from helmet_service.work.stages import Stages

LEGACY_CODES = {"/": str, "/get_head_point": int, "/get_head_point_v2": int, "/get_body_box": int}
PATHS = openapi_document()["paths"]
# Every route that takes work, at least as JSON; those of one camera or alarm have tests of their own.
WORK = [
    path
    for path in PATHS
    if "{" not in path
    and "application/json" in PATHS[path].get("post", {"requestBody": {"content": {}}})["requestBody"]["content"]
]
REQUEST_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def assert_answer(response: TestResponse, schema: type[Schema]) -> Any:
    """A 200 that its schema, and what OpenAPI made of it, accept; returns its JSON."""
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    assert REQUEST_ID.fullmatch(response.headers["X-Request-Id"])
    assert_matches(response.json, schema)
    return response.json


def assert_problem(response: TestResponse, status: int, *fields: str) -> dict[str, Any]:
    """An error of v1 (and of unknown routes) with these wrong fields, in this order."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    problem: dict[str, Any] = response.json
    assert_matches(problem, problem_answers.ProblemAnswer)
    assert problem["status"] == status
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert len(problem["errors"]) <= 20
    for error in problem["errors"]:
        assert_fit_to_be_sent(*error.values())
    if fields:
        assert [error["field"] for error in problem["errors"]] == list(fields)
    return problem


def assert_refused(response: TestResponse, status: int, field: str | None = None, *, code: type = str) -> str:
    """An error of the legacy surface, `code` in the route's own type, naming the field; returns the message."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    assert REQUEST_ID.fullmatch(response.headers["X-Request-Id"])
    answer = response.json
    assert_matches(answer, legacy_answers.LegacyErrorAnswer)
    assert answer["code"] == code(status)
    message: str = answer["message"]
    if field is not None:
        assert re.fullmatch(rf"{re.escape(field)}: .+, got .+", message), message
    return message


def assert_fit_to_be_sent(*texts: str) -> None:
    """No text holds a line end, a control character or more than its share of what the client sent."""
    for text in texts:
        assert text.isprintable()
        assert len(text) <= 200


def assert_matches(value: Any, schema: type[Schema]) -> None:
    """The value is what the schema and the OpenAPI document's version of it describe, and nothing more."""
    assert schema().validate(value) == {}
    document = openapi_document(web_system=True)
    name = schema.__name__
    Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]}).validate(value)


@contextmanager
def full(queue: NetworkQueue) -> Iterator[None]:
    """A queue without places whose slots are all taken."""
    with ExitStack() as until:
        while not queue.is_full():
            until.enter_context(queue.turn(Stages(60)))
        yield
