"""What `pose` raises for a person to read, and how a message repeats values from outside."""

from __future__ import annotations

import math
from typing import Final

LONGEST_TEXT: Final = 80  # characters


class PoseError(Exception):
    """A request that cannot be met: the message names what is wrong, what was expected and what came."""


class NetworkServerError(PoseError):
    """The server that runs the network does not answer, or answers something unusable; it may recover soon."""


class Missing:
    """Stands for a key that is not there; null is a value of its own."""


def shown(text: str) -> str:
    """Text from outside, safe to repeat: non-printable characters escaped, cut at 80 characters."""
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: LONGEST_TEXT + 1])
    return escaped if len(escaped) <= LONGEST_TEXT else escaped[: LONGEST_TEXT - 1] + "…"


def described(value: object, *, is_picture: bool = False) -> str:
    """A JSON value in at most 80 characters; long text, which may be a picture, is described, not repeated."""
    if isinstance(value, str):
        short = len(value) <= LONGEST_TEXT - 2 and not is_picture
        return shown(f'"{value}"') if short else f"text of {len(value)} characters"
    if isinstance(value, list | dict):
        return f"a list of {len(value)}" if isinstance(value, list) else f"an object of {len(value)} fields"
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    words = {Missing: "nothing", type(None): "null", bool: str(value).lower()}
    return words.get(type(value)) or shown(str(value))
