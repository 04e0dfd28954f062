"""A field of the settings: how it is declared, what its text in the environment means, and what it takes, in words."""

from __future__ import annotations

import math
import re
from dataclasses import Field, field
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

_INTEGER: Final = re.compile(r"-?[0-9]{1,12}")


class SettingsError(Exception):
    """A setting that cannot be used: one line naming the variable, what was expected and what came."""


def setting(
    default: Any,  # noqa: ANN401  whatever a field may be
    meaning: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    step: int = 1,
    shown: str | None = None,
) -> Any:  # noqa: ANN401
    """A field of settings: its default, its meaning, and for numbers what is taken (multiples of `step`).

    shown: the default as the documentation shows it.
    """
    metadata = {"meaning": meaning, "least": least, "most": most, "step": step, "shown": shown or str(default)}
    return field(default=default, metadata=metadata)


def parse(entry: Field[Any], kind: Any, text: str) -> Any:  # noqa: ANN401  the field's own type
    """The value of a setting's text; SettingsError for one that is not taken."""
    value = _convert(kind, text)
    valid = value is not None
    if isinstance(value, int | float):
        rules = entry.metadata
        valid = rules["least"] <= value <= rules["most"] and (rules["step"] == 1 or value % rules["step"] == 0)
    if not valid:
        raise SettingsError(f"{entry.name.upper()}: expected {expected_of(entry, kind)}, got {text[:80]!r}")
    return value


def _convert(kind: Any, text: str) -> Any:  # noqa: ANN401  None: not of this kind
    if get_origin(kind) is Literal:
        return text if text in get_args(kind) else None
    if kind is int:
        return int(text) if _INTEGER.fullmatch(text) else None
    if kind is float:
        try:
            return float(text)
        except ValueError:
            return None
    return kind(text) if text else None


def expected_of(entry: Field[Any], kind: Any) -> str:  # noqa: ANN401
    """What a setting takes, in words."""
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if kind in (int, float):
        least, most, step = (entry.metadata[key] for key in ("least", "most", "step"))
        name = "a whole number" if kind is int else "a number"
        return f"{name if step == 1 else f'a multiple of {step}'} from {least} to {most}"
    if kind is Path:
        return "a file" if entry.name.endswith("_file") else "a folder"
    return "text"
