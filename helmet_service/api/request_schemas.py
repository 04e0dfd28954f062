"""What comes in, as marshmallow schemas: requests are validated with them, and the OpenAPI document is made from them.

Every message of these schemas is the text of what was expected; `load` adds which field it is and what came.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from helmet_service.http.problems import FieldError, refusal, wrong_fields
from pose.errors import Missing, described, shown
from pose.estimation.views import MOST_TILES

LARGEST_NUMBER: Final = 1e9  # pixels; far beyond any picture, and squares and sums of it stay exact enough

_DIGITS: Final = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?")
# As documented: whatever matches these is within the bounds of its number, too.
_DIGITS_TOLD: Final = r"^[+-]?[0-9]{1,9}(\.[0-9]{1,12})?$"
_UNSIGNED_DIGITS_TOLD: Final = r"^\+?[0-9]{1,9}(\.[0-9]{1,12})?$"
_PICTURE_FIELDS: Final = ("picture", "img")
_UNKNOWN_FIELD: Final = "no such field"
_WHOLE_SCHEMA: Final = "_schema"  # marshmallow's key for messages about an object as such


def _says(expected: str) -> dict[str, str | list[Any] | dict[Any, Any]]:
    # marshmallow formats these messages
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
            metadata["pattern"] = _DIGITS_TOLD if least is None else _UNSIGNED_DIGITS_TOLD
        metadata |= options.pop("metadata", {})
        super().__init__(error_messages=_says(expected), validate=check, metadata=metadata, **options)
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


def _text(expected: str, check: validate.Validator | None = None, **options: Any) -> fields.String:  # noqa: ANN401
    if check is not None:
        check.error = expected
    return fields.String(error_messages=_says(expected), validate=check, **options)


def _choice(*choices: str, default: str | None) -> fields.String:
    """default: what a request without it asks for; None: what the service is set to, which null asks for as well."""
    return _text(
        " or ".join(choices), validate.OneOf(choices), load_default=default, **({} if default else {"allow_none": True})
    )


def _boxes(schema: type[Schema], expected: str, **options: Any) -> fields.List[Any]:  # noqa: ANN401
    return fields.List(
        fields.Nested(schema, error_messages=_says("an object")), error_messages=_says(expected), **options
    )


class _Object(Schema):
    """An object; unknown fields are errors."""

    error_messages = {"type": "an object", "unknown": _UNKNOWN_FIELD}  # noqa: RUF012  marshmallow's own way


class _TolerantObject(_Object):
    """An object of the compatible surface; unknown fields are ignored."""

    class Meta:
        unknown = EXCLUDE


# --- v1


def _side() -> Number:
    # apispec writes a bound as if it were allowed itself
    above_0 = validate.Range(0, min_inclusive=False)
    return Number("a number > 0", above_0, required=True, metadata={"exclusiveMinimum": 0})


class BoxRequest(_Object):
    """A hat or vest as its detector boxed it, in pixels of the upright picture; may reach beyond the picture."""

    left = Number(required=True)
    top = Number(required=True)
    width = _side()
    height = _side()
    score = Number("a number from 0 to 1", validate.Range(0, 1), allow_none=True, load_default=None)


_PICTURE = "base64 of a JPEG, PNG, BMP or WebP, or a data URL of one"
_BOXES = "a list of {left, top, width, height, score}"


class PictureSource(fields.Field[str | bytes]):
    """Base64 text, or the bytes of a form's file, which no JSON can hold."""

    def __init__(self) -> None:
        super().__init__(required=True, error_messages=_says(_PICTURE), metadata={"type": "string"})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str | bytes:  # noqa: ANN401
        if not isinstance(value, str | bytes):
            raise self.make_error("invalid")
        return value


def _include(*parts: str) -> fields.List[Any]:
    expected = " or ".join(parts)
    part = _text(f"{expected} (no hands: this model finds none)", validate.OneOf(parts))
    return fields.List(part, error_messages=_says(f"a list of {expected}"), load_default=list)


_SCALES: Final = [[1.0], [1.0, 1.5], [1.0, 2.0], [1.0, 1.5, 2.0]]  # lists, as JSON has them
_SCALES_EXPECTED: Final = "[1], [1, 1.5], [1, 2] or [1, 1.5, 2]"


def _usual_scales(scales: list[float]) -> None:
    if scales not in _SCALES:
        raise ValidationError(_SCALES_EXPECTED)


def _scales() -> fields.List[Any]:
    # apispec cannot document a choice of lists by itself
    return _looks(Number("1, 1.5 or 2"), _SCALES_EXPECTED, _usual_scales, {"enum": [*_SCALES, None]})


def _tiles() -> fields.List[Any]:
    count = Number(f"a whole number from 1 to {MOST_TILES}", validate.OneOf(range(1, MOST_TILES + 1)))
    expected = f"[columns, rows], whole numbers from 1 to {MOST_TILES}"
    return _looks(count, expected, validate.Length(equal=2, error=expected), {})


def _looks(item: Number, expected: str, check: Callable[[Any], Any], told: dict[str, Any]) -> fields.List[Any]:
    metadata = {"description": f"{expected}; null, or none: as the service is set."} | told
    return fields.List(
        item, error_messages=_says(expected), validate=check, allow_none=True, load_default=None, metadata=metadata
    )


class ComplianceRequest(_Object):
    """Who wears a helmet in this picture?"""

    picture = PictureSource()
    hats = _boxes(
        BoxRequest,
        f"{_BOXES}, [] when there are none: this model finds no hats itself yet",
        required=True,
        metadata={"description": "All hats in the picture; [] means: there are none."},
    )
    hat_boxes = _choice("auto", "shell", "head", default="auto")
    vests = _boxes(BoxRequest, _BOXES, allow_none=True, load_default=None)
    matcher = _choice("assignment", "legacy", default="assignment")
    scales = _scales()
    tiles = _tiles()
    looks = _choice("auto", "once", default=None)
    include = _include("keypoints", "head", "annotated")
    id = _text("1 to 128 printable characters", validate.Length(1, 128), allow_none=True, load_default=None)

    @validates_schema
    def _printable(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        if not (data["id"] or "").isprintable():
            raise ValidationError("1 to 128 printable characters", "id")


class PosesRequest(_Object):
    """Where are the people's keypoints in this picture?"""

    picture = PictureSource()
    format = _choice("openpose", "coco", "legacy", default="openpose")
    scales = _scales()
    tiles = _tiles()
    looks = _choice("auto", "once", default=None)
    include = _include("annotated")


# --- the compatible surface


class LegacyBox(_TolerantObject):
    """A hat or vest in pixels; numbers may be written as text of digits."""

    left = Number(required=True, digit_strings=True)
    top = Number(required=True, digit_strings=True)
    width = Number("a number >= 0", validate.Range(0), required=True, digit_strings=True)
    height = Number("a number >= 0", validate.Range(0), required=True, digit_strings=True)


class Base64Texts(fields.Field[list[str]]):
    """Base64 text, or a list whose first text counts, or (`every`) a list of texts; loads as a list of texts."""

    def __init__(self, *, every: bool = False) -> None:
        text = {"type": "string", "description": _PICTURE}
        expected = f"{_PICTURE}, or a list of {'them' if every else 'one'}"
        metadata = {"oneOf": [text, {"type": "array", "items": text, "minItems": 1}], "description": expected}
        super().__init__(required=True, error_messages=_says(expected), metadata=metadata)
        self.every = every

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:  # noqa: ANN401
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts:
            raise self.make_error("invalid")
        counting = texts if self.every else next(([text] for text in texts if isinstance(text, str)), texts[:1])
        if wrong := {index: [_PICTURE] for index, text in enumerate(counting) if not isinstance(text, str)}:
            raise ValidationError(wrong)
        return counting


# What `_one_form` below holds requests to, for the document.
HELMET_FORMS: Final = (
    {
        "title": "Form A",
        "required": ["hat_location"],
        "properties": {
            "hat_location": {"type": "array"}, "location": {"type": "null"}, "alarmtype": {"enum": [3, "3", None]},
        },
    },
    {
        "title": "Form B",
        "required": ["location", "alarmtype"],
        "properties": {
            "location": {"type": "array"}, "hat_location": {"type": "null"}, "alarmtype": {"enum": [2, 3, "2", "3"]},
        },
    },
)  # fmt: skip


class LegacyHelmetRequest(_TolerantObject):
    """`POST /`: `img` with `hat_location` (form A), or with `location` and `alarmtype` (form B)."""

    img = Base64Texts()
    hat_location = _boxes(LegacyBox, "a list of {left, top, width, height}", allow_none=True, load_default=None)
    location = _boxes(LegacyBox, "a list of {left, top, width, height}", allow_none=True, load_default=None)
    alarmtype = Number(
        "3 (hats) or 2 (vests)",
        validate.OneOf((2, 3)),
        digit_strings=True,
        allow_none=True,
        load_default=None,
        metadata={"type": ["number", "string"], "enum": [2, 3, "2", "3", None]},
    )

    @validates_schema
    def _one_form(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        hats, boxes, kind = (data[name] for name in ("hat_location", "location", "alarmtype"))
        if hats is None and boxes is None:
            raise ValidationError("a list of {left, top, width, height} here or in location", "hat_location")
        if hats is not None and boxes is not None:
            raise ValidationError("nothing beside hat_location", "location")
        if boxes is not None and kind is None:
            raise ValidationError("3 (hats) or 2 (vests) beside location", "alarmtype")
        if hats is not None and kind == 2:
            raise ValidationError("3 or nothing beside hat_location; vests go to location", "alarmtype")


class LegacyPictureRequest(_TolerantObject):
    """One picture."""

    img = Base64Texts()


class LegacyPicturesRequest(_TolerantObject):
    """Some pictures."""

    img = Base64Texts(every=True)


# --- loading


def load(schema: Schema, data: object, limits: Mapping[str, int]) -> dict[str, Any]:
    """Validate and convert a JSON value.

    limits: how long the lists of these fields may be; looked at first, so that no long list costs anything.
    Raises Problem 413 for such a list, 422 with every wrong field.
    """
    for name, most in limits.items():
        given = data.get(name) if isinstance(data, dict) else None
        if isinstance(given, list) and len(given) > most:
            raise refusal(413, name, f"a list of at most {most}", described(given))
    try:
        loaded: dict[str, Any] = schema.load(data)  # type: ignore[arg-type]  # what is no object, the schema refuses
    except ValidationError as error:
        raise wrong_fields(422, _field_errors(error.messages, data)) from error
    return loaded


def _field_errors(messages: Any, value: object, path: str = "") -> Iterator[FieldError]:  # noqa: ANN401
    """Marshmallow's tree of messages, and the value they are about, as one error a field."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _field_errors(inner, _at(value, key), _joined(path, key))
    else:
        is_picture = path.startswith(_PICTURE_FIELDS)
        yield FieldError(shown(path) or "body", str(messages[0]), described(value, is_picture=is_picture))


def _at(value: object, key: str | int) -> object:
    if isinstance(value, list) and isinstance(key, int):
        return value[key]
    if isinstance(value, dict):
        return value.get(key, value if key == _WHOLE_SCHEMA else Missing())
    return value


def _joined(path: str, key: str | int) -> str:
    if key == _WHOLE_SCHEMA:
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
