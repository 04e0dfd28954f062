"""Answers as the OpenAPI document words them: by status, what they mean and their schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema

from helmet_service.api.schemas.problem_answers import ProblemAnswer

Json = dict[str, Any]
SchemaClass = type[Schema]

REFUSALS: Final = {
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
V1_REFUSALS: Final = REFUSALS | {415: "Neither JSON nor a form, or packed (Content-Encoding)"}


def problems(meanings: Mapping[int, str]) -> Json:
    """Refusals on v1."""
    return documented(meanings, "application/problem+json", ProblemAnswer)


def documented(meanings: Mapping[int, str], mimetype: str, schema: SchemaClass | Json) -> Json:
    """Answers with bodies of this type."""
    return {
        str(status): {"description": meaning, "content": {mimetype: {"schema": schema}}}
        for status, meaning in meanings.items()
    }
