"""marshmallow's messages about a value -> each mistake: where it is, what was expected, what came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pose.errors import Missing

Path = tuple[str | int, ...]
"""Keys of objects and places in lists, from the outermost to the value."""

_WHOLE_SCHEMA: Final = "_schema"  # marshmallow's key for messages about an object as such


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong value: its path, what was expected there, and what is there (`Missing` for nothing)."""

    path: Path
    expected: str
    got: object


def mistakes(messages: Any, value: object, path: Path = ()) -> Iterator[Mistake]:  # noqa: ANN401  marshmallow's tree
    """A mistake for each leaf of marshmallow's tree of messages about a value."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from mistakes(inner, _at(value, key), path if key == _WHOLE_SCHEMA else (*path, key))
    else:
        yield Mistake(path, str(messages[0]), value)


def in_words(path: Path) -> str:
    """A path as a program would write it, such as `hats[0].left`; empty for the whole."""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return words.removeprefix(".")


def _at(value: object, key: str | int) -> object:
    if isinstance(value, list) and isinstance(key, int):
        return value[key]
    if isinstance(value, dict):
        return value.get(key, value if key == _WHOLE_SCHEMA else Missing())
    return value
