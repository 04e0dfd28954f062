"""Fields of answers, all of which an answer must have."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate


def one_of(*choices: str, **options: Any) -> fields.String:  # noqa: ANN401  marshmallow's own
    """One of these texts."""
    return fields.String(required=True, validate=validate.OneOf(choices), **options)


def number(**options: Any) -> fields.Float:  # noqa: ANN401
    """A number."""
    return fields.Float(required=True, **options)


def integer(**options: Any) -> fields.Integer:  # noqa: ANN401
    """A whole number."""
    return fields.Integer(required=True, strict=True, **options)


def text(**options: Any) -> fields.String:  # noqa: ANN401
    """A text."""
    return fields.String(required=True, **options)


def flag(**options: Any) -> fields.Boolean:  # noqa: ANN401
    """True or false."""
    return fields.Boolean(required=True, **options)


def listed(inner: fields.Field[Any] | type[Schema]) -> fields.List[Any]:
    """A list of these."""
    return fields.List(inner if isinstance(inner, fields.Field) else fields.Nested(inner), required=True)


def counts() -> fields.Dict:
    """Counts by name."""
    return fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)


def share() -> validate.Range:
    """The range of a share, [0, 1]."""
    return validate.Range(0, 1)
