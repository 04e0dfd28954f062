"""Values that are checked; an error message says what was expected, and `mistakes.py` adds where and what came."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

LARGEST_NUMBER: Final = 1e9  # pixels; far beyond any picture, and small enough that sums and squares stay finite

_DIGITS: Final = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?")
# For the OpenAPI document: fewer digits, so that every match also lies within the number's bounds.
_DOCUMENTED_DIGITS: Final = r"^[+-]?[0-9]{1,9}(\.[0-9]{1,12})?$"
_DOCUMENTED_UNSIGNED_DIGITS: Final = r"^\+?[0-9]{1,9}(\.[0-9]{1,12})?$"
_UNKNOWN_FIELD: Final = "no such field"


def says(expected: str) -> dict[str, str | list[Any] | dict[Any, Any]]:
    """marshmallow's `error_messages` with one text for every mistake; braces are escaped, as marshmallow formats it."""
    return dict.fromkeys(("required", "null", "invalid", "type"), expected.replace("{", "{{").replace("}", "}}"))


class Number(fields.Float):
    """A finite JSON number that passes `check`; with `digit_strings`, also text such as "12" or "-3.5"."""

    def __init__(
        self,
        expected: str = "a number",
        check: validate.Validator | None = None,
        *,
        digit_strings: bool = False,
        **options: Any,  # noqa: ANN401  marshmallow's own
    ) -> None:
        if check is not None:
            check.error = expected
        least, most = (check.min, check.max) if isinstance(check, validate.Range) else (None, None)
        metadata: dict[str, Any] = {"description": expected}
        metadata["minimum"] = -LARGEST_NUMBER if least is None else least
        metadata["maximum"] = LARGEST_NUMBER if most is None else most
        if digit_strings:
            metadata["type"] = ["number", "string"]
            metadata["pattern"] = _DOCUMENTED_DIGITS if least is None else _DOCUMENTED_UNSIGNED_DIGITS
        metadata |= options.pop("metadata", {})
        super().__init__(error_messages=says(expected), validate=check, metadata=metadata, **options)
        self.digit_strings = digit_strings

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:  # noqa: ANN401
        if self.digit_strings and isinstance(value, str) and _DIGITS.fullmatch(value):
            value = float(value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or (isinstance(value, float) and not math.isfinite(value)):
            raise self.make_error("invalid")
        if abs(value) > LARGEST_NUMBER:
            raise ValidationError(f"{self.error_messages['invalid']}, not beyond 1e9")
        return float(value)


class WholeNumber(Number):
    """A number without a fraction, from `least` to `most`."""

    def __init__(self, least: int, most: int, **options: Any) -> None:  # noqa: ANN401  marshmallow's own
        expected = f"a whole number from {least} to {most}"
        super().__init__(expected, validate.Range(least, most), metadata={"multipleOf": 1}, **options)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> int:  # noqa: ANN401
        number = super()._deserialize(value, *rest, **more)
        if not number.is_integer():
            raise self.make_error("invalid")
        return int(number)


class Flag(fields.Boolean):
    """true or false."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  marshmallow's own
        super().__init__(error_messages=says("true or false"), **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:  # noqa: ANN401
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


def text(expected: str, check: validate.Validator | None = None, **options: Any) -> fields.String:  # noqa: ANN401
    """A text that passes `check`."""
    if check is not None:
        check.error = expected
    return fields.String(error_messages=says(expected), validate=check, **options)


def choice(*choices: str, default: str | None) -> fields.String:
    """One of these texts; default: where the request has none. None: the settings decide, and null is allowed too."""
    return text(
        " or ".join(choices), validate.OneOf(choices), load_default=default, **({} if default else {"allow_none": True})
    )


def boxes(schema: type[Schema], expected: str, **options: Any) -> fields.List[Any]:  # noqa: ANN401
    """A list of boxes."""
    return fields.List(
        fields.Nested(schema, error_messages=says("an object")), error_messages=says(expected), **options
    )


class Object(Schema):
    """An object; unknown keys are errors."""

    error_messages = {"type": "an object", "unknown": _UNKNOWN_FIELD}  # noqa: RUF012  marshmallow's own way
