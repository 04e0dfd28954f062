"""The newest frame of a camera, and how its source does: written by a reader's thread, read by the watch's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from helmet_service.watch.frame_source import CameraFrame, SourceState
from pose.errors import PoseError

Pixels = Callable[[], NDArray[np.uint8]]
"""Makes a frame's pixels once somebody takes it; raises PoseError where that fails."""


class Newest:
    """Safe for threads; everything but `take` returns at once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: tuple[int, float, Pixels] | None = None
        self._state = SourceState("connecting", None, 0, 0)
        self._connections = 0
        self._is_closed = False

    def take(self, wait_s: float) -> CameraFrame | None:
        """As `FrameSource.newest`."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._is_closed, wait_s)
            taken, self._newest = self._newest, None
        if taken is None:
            return None
        number, at_s, pixels = taken
        try:
            return CameraFrame(number, at_s, pixels())
        except PoseError as error:
            self.tell("connecting", str(error))
            return None

    def state(self) -> SourceState:
        """As `FrameSource.state`."""
        return self._state

    def tell(self, state: Literal["connecting", "live", "ended"], why: str | None) -> None:
        """Say how the source does."""
        with self._changed:
            self._state = SourceState(state, why, self._state.frames, self._state.reconnects)

    def add(self, pixels: Pixels | None, *, is_first: bool) -> None:
        """A frame came; pixels: None where it is not worth decoding. is_first: of its connection."""
        with self._changed:
            self._connections += is_first
            frames = self._state.frames + 1
            self._state = SourceState("live", None, frames, self._connections - 1)
            if pixels:
                self._newest = frames, time.monotonic(), pixels
                self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
