"""Readers of JSON values from other people's files: a value with a clear meaning is read, any other is refused by name.

Every reader takes a value and the name of its key.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pose.errors import described, shown

T = TypeVar("T")

LARGEST: Final = 1e9  # pixels; far beyond any picture

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""


class WrongValueError(ValueError):
    """A value that cannot be used: the name of its key, what was expected and what came."""

    def __init__(self, field: str, expected: str, got: str) -> None:
        super().__init__(f"{field}: expected {expected}, got {got}")
        self.field, self.expected, self.got = field, expected, got


def parse(data: bytes, of: str) -> Any:  # noqa: ANN401  whatever the text holds
    """The value of a JSON text in UTF-8, -16 or -32, with or without a byte-order mark; ValueError for other bytes."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WrongValueError(of, "JSON", f"{len(data)} bytes that are not JSON: {error}") from error


def number(value: object, name: str, expected: str = "a number") -> float:
    """A finite number, given as a number or as text."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            read = float(value)
        except (ValueError, OverflowError):
            read = math.nan
        if abs(read) <= LARGEST:
            return read
    raise WrongValueError(name, expected, described(value))


def whole(value: object, name: str) -> int:
    """A whole number, given as a number or as text."""
    read = number(value, name, "a whole number")
    if not read.is_integer():
        raise WrongValueError(name, "a whole number", described(value))
    return int(read)


def flag(value: object, name: str) -> bool:
    """True or false, also given as 1 or 0."""
    if value not in (False, True, "0", "1"):
        raise WrongValueError(name, "true or false", described(value))
    return value in (True, "1")


def text(value: object, name: str) -> str:
    """Text."""
    if not isinstance(value, str):
        raise WrongValueError(name, "text", described(value))
    return value


def items(value: object, name: str) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise WrongValueError(name, "a list", described(value))
    return value


def mapping(value: object, name: str) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise WrongValueError(name, "an object", described(value))
    return value


def box(value: object, name: str) -> Box:
    """A box, possibly without area."""
    expected = "a box [left, top, width, height] in pixels"
    if not isinstance(value, list) or len(value) != 4:
        raise WrongValueError(name, expected, described(value))
    left, top, width, height = (number(side, f"{name}[{index}]") for index, side in enumerate(value))
    if width < 0 or height < 0:
        raise WrongValueError(name, f"{expected}, width and height at least 0", shown(str(value)))
    return left, top, width, height


def one_of(*choices: str) -> Callable[[object, str], str]:
    """A reader that accepts one of these texts."""

    def read(value: object, name: str) -> str:
        if value not in choices:
            raise WrongValueError(name, " or ".join(choices), described(value))
        return str(value)

    return read


def tuple_of(read: Callable[[object, str], T]) -> Callable[[object, str], tuple[T, ...]]:
    """A reader of lists whose items `read` reads."""

    def read_all(value: object, name: str) -> tuple[T, ...]:
        return tuple(read(item, f"{name}[{index}]") for index, item in enumerate(items(value, name)))

    return read_all
