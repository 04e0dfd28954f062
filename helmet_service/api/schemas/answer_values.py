"""Values of answers, all of them required."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from marshmallow import Schema, fields, validate

number: Final = partial(fields.Float, required=True)
integer: Final = partial(fields.Integer, required=True, strict=True)
text: Final = partial(fields.String, required=True)
flag: Final = partial(fields.Boolean, required=True)
nested: Final = partial(fields.Nested, required=True)
counts: Final = partial(fields.Dict, keys=fields.String(), values=fields.Integer(strict=True), required=True)
SHARE: Final = validate.Range(0, 1)


def one_of(*choices: str) -> fields.String:
    """One of these texts."""
    return text(validate=validate.OneOf(choices))


def listed(inner: fields.Field[Any] | type[Schema]) -> fields.List[Any]:
    """A list of these values."""
    return fields.List(inner if isinstance(inner, fields.Field) else fields.Nested(inner), required=True)


def numbers(count: int, *, least: int | None = None) -> fields.List[Any]:
    """A list of `count` numbers, or of `least` to `count`."""
    length = validate.Length(count if least is None else least, count)
    return fields.List(fields.Float(), required=True, validate=length)
