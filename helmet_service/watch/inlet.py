"""What a reader of a camera is given: where it puts its frames, and whether it is still wanted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from helmet_service.watch.newest import Newest, Pixels
from pose.errors import PoseError

_PATIENCE_S: Final = 30.0  # with a reader that gives no sign of life: its own time limits are a third of it


class ReadError(PoseError):
    """A camera that cannot be read now; the message says why, without credentials."""


class Inlet:
    """For one connection, and used by its thread alone but for `stopped` and the properties.

    stopped: set when the reader is to end; what it puts from then on is dropped.
    """

    def __init__(self, newest: Newest) -> None:
        self.stopped = threading.Event()
        self._newest = newest
        self._began_s: float | None = None
        self._is_late_s = time.monotonic() + _PATIENCE_S

    @property
    def healthy_s(self) -> float:
        """Seconds since the first frame; 0 before it."""
        return 0.0 if self._began_s is None else time.monotonic() - self._began_s

    @property
    def hangs(self) -> bool:
        """Whether the reader has given no sign of life for too long."""
        return time.monotonic() > self._is_late_s

    def put(self, pixels: Pixels | None) -> None:
        """A frame came; pixels: None where it is not worth decoding."""
        self._is_late_s = time.monotonic() + _PATIENCE_S
        if not self.stopped.is_set():
            self._newest.add(pixels, is_first=self._began_s is None)
            self._began_s = self._began_s or time.monotonic()

    def trouble(self, why: str) -> None:
        """Something came that is no frame, or nothing came; the connection goes on."""
        if not self.stopped.is_set():
            self._newest.tell("connecting", why)

    def rest(self, seconds: float) -> bool:
        """Wait before more is read; whether the reader is still wanted then."""
        self._is_late_s = time.monotonic() + seconds + _PATIENCE_S
        return not self.stopped.wait(max(0.0, seconds))


Read = Callable[[Inlet], str | None]
"""Reads one connection in a thread of its own, until its end or `stopped`.

Returns when a file was read to its end (in words what of it could not be had); raises ReadError when it breaks.
"""
