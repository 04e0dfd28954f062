"""What the watch asks of a camera, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class CameraFrame:
    """An upright frame.

    number: counts the frames that came. at_s: when it came, on the monotonic clock. pixels: (H, W, 3) uint8 BGR.
    """

    number: int
    at_s: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a camera's source does.

    state: `connecting` (or trying again), `live`, `ended` (a file was read to its end). why: in words, without
    credentials, what is wrong while it connects again; None while nothing is. frames: how many came, ever.
    reconnects: how often the connection was made again.
    """

    state: Literal["connecting", "live", "ended"]
    why: str | None
    frames: int
    reconnects: int


class FrameSource(Protocol):
    """Reads in the background; the newest frame wins."""

    def newest(self, wait_s: float) -> CameraFrame | None:
        """The newest frame that was not taken before; waits for one at most so long, in seconds."""

    def state(self) -> SourceState:
        """How it does now; returns at once."""

    def stop(self) -> None:
        """Read no more; returns within two seconds, whatever the camera does."""
