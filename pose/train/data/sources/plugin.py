"""A user's function as a source: `package.module:function=ARGUMENT` (docs/custom-data.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from pose.train.data.examples import Example

_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def is_name(text: str) -> bool:
    """Whether a text has the form `package.module:function`."""
    return _NAME.fullmatch(text) is not None


def read(name: str, argument: str) -> Iterator[Example]:
    """The examples that the function yields for the argument; ValueError without a function or for other values."""
    for example in _examples(name, argument):
        if not isinstance(example, Example):
            raise ValueError(f"{name}: expected Examples, got {type(example).__name__}")  # noqa: TRY004 - the caller's data
        yield example


def _examples(name: str, argument: str) -> Iterator[Example]:
    try:
        yield from _function(name)(argument)
    except Exception as error:  # a user's function may raise anything
        raise ValueError(f"{name}={argument}: {type(error).__name__}: {error}") from error


def files(name: str, argument: str) -> list[Path]:
    """The function's file, and the argument if it names a file or folder."""
    own = _module(name).__file__
    there = [Path(own)] if own else []
    return [*there, Path(argument)] if argument and Path(argument).exists() else there


def _function(name: str) -> Callable[[str], Iterator[Example]]:
    try:
        function: Callable[[str], Iterator[Example]] = getattr(_module(name), name.partition(":")[2])
    except AttributeError as error:
        raise ValueError(f"source: expected a function at {name}, got {error}") from error
    return function


def _module(name: str) -> ModuleType:
    try:
        return import_module(name.partition(":")[0])
    except ImportError as error:
        raise ValueError(f"source: expected a function at {name}, got {error}") from error
