"""Values that only requests have; an error message says what was expected, as those of `values/checked.py` do."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import EXCLUDE, ValidationError, fields, validate

from helmet_service.values.checked import Object, says, text
from pose.pictures.decoding import Picture

PICTURE: Final = "base64 of a JPEG, PNG, BMP or WebP, or a data URL of one"


def printable(least: int, most: int, **options: Any) -> fields.String:  # noqa: ANN401  marshmallow's own
    """A text of so many printable characters."""
    expected = f"{least} to {most} printable characters"
    field = text(expected, validate.Length(least, most), **options)
    field.validators.append(validate.Predicate("isprintable", error=expected))
    return field


class TolerantObject(Object):
    """An object of another program's clients; unknown keys are ignored."""

    class Meta:
        """marshmallow's options."""

        unknown = EXCLUDE


class PictureSource(fields.Field[str | bytes | Picture]):
    """Base64 text, the bytes of a form's file, or a video's decoded frame."""

    def __init__(self) -> None:
        super().__init__(required=True, error_messages=says(PICTURE), metadata={"type": "string"})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str | bytes | Picture:  # noqa: ANN401
        if not isinstance(value, str | bytes | Picture):
            raise self.make_error("invalid")
        return value


class Base64Texts(fields.Field[list[str]]):
    """Base64 text or a list of it, loaded as a list; without `every` only the list's first text counts."""

    def __init__(self, *, every: bool = False) -> None:
        text = {"type": "string", "description": PICTURE}
        expected = f"{PICTURE}, or a list of {'them' if every else 'one'}"
        metadata = {"oneOf": [text, {"type": "array", "items": text, "minItems": 1}], "description": expected}
        super().__init__(required=True, error_messages=says(expected), metadata=metadata)
        self.every = every

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:  # noqa: ANN401
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts:
            raise self.make_error("invalid")
        counting = texts if self.every else next(([text] for text in texts if isinstance(text, str)), texts[:1])
        if wrong := {index: [PICTURE] for index, text in enumerate(counting) if not isinstance(text, str)}:
            raise ValidationError(wrong)
        return counting
