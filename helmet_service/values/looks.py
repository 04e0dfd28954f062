"""Which looks to take at a picture, as requests and cameras say it; None: the service's settings decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from helmet_service.values.checked import Number, choice, says
from pose.estimation.views import MOST_TILES

_SCALES: Final = [[1.0], [1.0, 1.5], [1.0, 2.0], [1.0, 1.5, 2.0]]  # lists, as JSON has them
_SCALES_EXPECTED: Final = "[1], [1, 1.5], [1, 2] or [1, 1.5, 2]"


def _usual_scales(scales: list[float]) -> None:
    if scales not in _SCALES:
        raise ValidationError(_SCALES_EXPECTED)


def scales() -> fields.List[Any]:
    """Heights at which the network looks at a picture, as multiples of its input's."""
    # apispec does not document a choice of lists
    return _open(Number("1, 1.5 or 2"), _SCALES_EXPECTED, _usual_scales, {"enum": [*_SCALES, None]})


def tiles() -> fields.List[Any]:
    """Columns and rows of tiles at which the network looks in addition to the whole picture."""
    count = Number(f"a whole number from 1 to {MOST_TILES}", validate.OneOf(range(1, MOST_TILES + 1)))
    expected = f"[columns, rows], whole numbers from 1 to {MOST_TILES}"
    return _open(count, expected, validate.Length(equal=2, error=expected), {})


def looks() -> fields.String:
    """Whether the network looks again, enlarged, at people who are small or unsure."""
    return choice("auto", "once", default=None)


def _open(item: Number, expected: str, check: Callable[[Any], Any], documented: dict[str, Any]) -> fields.List[Any]:
    metadata = {"description": f"{expected}; null or missing: the service's settings decide."} | documented
    return fields.List(
        item, error_messages=says(expected), validate=check, allow_none=True, load_default=None, metadata=metadata
    )
