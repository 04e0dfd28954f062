"""Schemas of the legacy surface's answers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from helmet_service.api.schemas.answer_values import flag, integer, listed, number, one_of, text


class LegacyPersonAnswer(Schema):
    """The box of a person's keypoints in pixels, its share of the picture in percent, and whether a helmet is worn."""

    x1 = integer()
    y1 = integer()
    x2 = integer()
    y2 = integer()
    rate = number()
    flag = flag()
    score = fields.Float()


class LegacyBodyAnswer(Schema):
    """A body's box in pixels."""

    left = integer()
    top = integer()
    width = integer()
    height = integer()


def _code() -> fields.Raw:
    return fields.Raw(required=True, metadata={"type": ["integer", "string"]})


class _LegacyAnswer(Schema):
    code = _code()
    message = one_of("Success")


class LegacyHelmetAnswer(Schema):
    """The answer of `POST /`."""

    code = one_of("200")
    message = one_of("Success")
    data = listed(LegacyPersonAnswer)


class LegacyHeadPointsAnswer(_LegacyAnswer):
    """People as lists of [x, y]."""

    data = listed(fields.List(fields.List(fields.Integer(strict=True), validate=validate.Length(equal=2))))


class LegacyBodiesAnswer(_LegacyAnswer):
    """People as boxes."""

    data = listed(LegacyBodyAnswer)


class LegacyErrorAnswer(Schema):
    """An error of the legacy surface; `code` has the type that the route's other answers have."""

    code = _code()
    message = text()
    data = fields.List(fields.Raw(), required=True, validate=validate.Length(max=0))
