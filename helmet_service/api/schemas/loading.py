"""Parsed JSON -> a validated request, or a Problem that names every wrong key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError

from helmet_service.http.problems import FieldError, refusal, wrong_fields
from pose.errors import Missing, described, shown

_PICTURE_KEYS: Final = ("picture", "img")
_WHOLE_SCHEMA: Final = "_schema"  # marshmallow's key for messages about an object as such


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


def _errors(messages: Any, value: object, path: str = "") -> Iterator[FieldError]:  # noqa: ANN401
    """marshmallow's tree of messages about a value -> an error for each leaf, with the path and the value there."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _errors(inner, _at(value, key), _joined(path, key))
    else:
        is_picture = path.startswith(_PICTURE_KEYS)
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
