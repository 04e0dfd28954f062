"""Schemas of v1's answers to what cannot be done."""

from __future__ import annotations

from marshmallow import Schema

from helmet_service.api.schemas.answer_values import integer, listed, nested, one_of, text
from helmet_service.api.schemas.answers import QualityHintAnswer


class FieldErrorAnswer(Schema):
    """What is wrong with one key, header or part of the request."""

    field = text()
    expected = text()
    got = text()


class ProblemAnswer(Schema):
    """Why a request was not answered (RFC 9457)."""

    type = one_of("about:blank")
    title = text()
    status = integer()
    detail = text()
    reason = text()
    request_id = text()
    errors = listed(FieldErrorAnswer)


class LiveProblemAnswer(ProblemAnswer):
    """Why a live client's frame was not judged."""

    seq = integer()
    dropped = integer()
    quality_hint = nested(QualityHintAnswer)
