"""When a camera is watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of the week; none means always."""

    def is_on(self, now: datetime) -> bool:
        """Whether the camera is watched at this local time."""
        raise NotImplementedError(now)
