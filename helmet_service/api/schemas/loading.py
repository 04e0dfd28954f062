"""Parsed JSON -> a validated request, or a Problem that names every wrong key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError

from helmet_service.http.problems import FieldError, refusal, wrong_fields
from helmet_service.values.mistakes import in_words, mistakes
from pose.errors import described, shown

_PICTURE_KEYS: Final = ("picture", "img", "image_base64")


def load(schema: Schema, data: object, limits: Mapping[str, int]) -> dict[str, Any]:
    """Validate and convert parsed JSON.

    limits: the most items of a list, by its key; checked first, so that long lists cost nothing.
    Raises Problem 413 for a longer list, 422 with every wrong key.
    """
    for name, most in limits.items():
        given = data.get(name) if isinstance(data, dict) else None
        if isinstance(given, list) and len(given) > most:
            raise refusal(413, name, f"a list of at most {most}", described(given))
    try:
        loaded: dict[str, Any] = schema.load(data)  # type: ignore[arg-type]  # the schema refuses other than objects
    except ValidationError as error:
        raise wrong_fields(422, _errors(error.messages, data)) from error
    return loaded


def _errors(messages: Any, value: object) -> Iterator[FieldError]:  # noqa: ANN401  marshmallow's tree
    for mistake in mistakes(messages, value):
        field = in_words(mistake.path)
        is_picture = field.startswith(_PICTURE_KEYS)
        yield FieldError(shown(field) or "body", mistake.expected, described(mistake.got, is_picture=is_picture))
