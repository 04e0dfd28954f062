"""What is wrong with `cameras.yaml`, one line a mistake; none repeats a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from helmet_service.cameras.numbered_yaml import NumberedYaml
from helmet_service.values.mistakes import Path as Where
from helmet_service.values.mistakes import in_words, mistakes
from pose.errors import Missing, described

SECRET_KEYS: Final = ("password", "secret")
"""Keys whose value is always a secret."""
ADDRESS_KEYS: Final = ("source", "url")
"""Keys whose value may be one: some addresses hold a password."""
_KEY: Final = re.compile(r"[A-Za-z_]{1,32}")
UNKNOWN_KEY: Final = "no such key"
"""How the expectation of an unknown key begins."""


@dataclass(frozen=True, slots=True)
class SiteMistake:
    """Where something is wrong, what was expected there and what came, in words without secrets."""

    path: Where
    expected: str
    got: str


def of_schema(messages: Any, value: object) -> Iterator[SiteMistake]:  # noqa: ANN401  marshmallow's tree
    """Each mistake that marshmallow found in the value of a file."""
    for mistake in mistakes(messages, value):
        yield SiteMistake(mistake.path, mistake.expected, _got(mistake.path, mistake.expected, mistake.got))


def lines(path: Path, read: NumberedYaml, found: Iterable[SiteMistake]) -> list[str]:
    """The lines of a file's mistakes, in its order; of several at one place the first."""
    at: dict[Where, SiteMistake] = {}
    for mistake in found:
        at.setdefault(_open_part(mistake.path), mistake)
    ordered = sorted(at.values(), key=lambda mistake: read.line_of(mistake.path))
    return [
        f"{place(path, read, each.path, is_named=not _may_be_value(each))}: expected {each.expected}, got {each.got}"
        for each in ordered
    ]


def place(path: Path, read: NumberedYaml, where: Where, *, is_named: bool = True) -> str:
    """Where in the file: `cameras.yaml:12: cameras[0].rate`; is_named: tell the last key, too."""
    keys = tuple(map(_key_shown, _open_part(where)))
    key = in_words(keys if is_named else (*keys[:-1], "?"))
    return ": ".join(filter(None, (f"{path}:{read.line_of(where)}", key)))


def _open_part(where: Where) -> Where:
    """A path up to its first secret: a password that stands inside by mistake may be a key."""
    for index, key in enumerate(where):
        if key in SECRET_KEYS:
            return where[: index + 1]
    return where


def _key_shown(key: str | int) -> str | int:
    """A key, unless it is none that we may have meant: `{password hunter2}`, without a colon, is one key."""
    return key if isinstance(key, int) or _KEY.fullmatch(key) else "?"


def _may_be_value(mistake: SiteMistake) -> bool:
    """Whether an unknown key may be a password: `{password:, hunter2}` makes one of it, without a value."""
    return mistake.expected.startswith(UNKNOWN_KEY) and mistake.got == "null"


def _got(where: Where, expected: str, value: object) -> str:
    """What came; text that may be or hold a secret is not repeated."""
    may_be_secret = (
        expected.startswith(UNKNOWN_KEY)
        or (where and where[-1] in (*SECRET_KEYS, *ADDRESS_KEYS, "user"))
        or (isinstance(value, str) and ("://" in value or "@" in value))
    )
    if not may_be_secret or isinstance(value, Missing | list | dict | None):
        return described(value)
    return "text" if isinstance(value, str) else "a value"
