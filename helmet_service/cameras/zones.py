"""Zones of a camera's picture: polygons, each with a rule; people in, the zones where a helmet is required out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ZoneRule = Literal["helmet", "ignored", "blurred"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon of a camera's picture.

    rule: `helmet`: helmets are required; `ignored`: nobody is judged; `blurred`: heads are blurred in pictures that
    leave the service. points: at least 3 corners x, y in shares of the upright picture's width and height (0 to 1).
    min_person: people less high than this share of the picture's height are not alarmed about.
    """

    name: str
    rule: ZoneRule
    points: tuple[tuple[float, float], ...]
    min_person: float = 0.0
