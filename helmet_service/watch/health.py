"""Whether a camera's frames can be judged: what is wrong with them, decided from the frames alone."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.alarms.events import CameraTrouble
from helmet_service.watch.frame_source import SourceState
from helmet_service.watch.latch import Latch
from helmet_service.watch.usual_view import UsualView
from helmet_service.watch.view import is_dark, is_flat, thumbnail

_SILENCE_S: Final = 10.0
_SILENT_PERIODS: Final = 5


class Health:
    """Of one camera, from frame to frame. rate: how many frames a second are wanted.

    `unreachable`: no frame came for 10 s, or for 5 times as long as one should take.
    `black`: everything is dark and alike. `frozen`: the frames are identical, which noise prevents in a live camera.
    `turned`: the camera looks elsewhere, or is covered or out of focus; after some minutes its new view is the usual
    one. Each begins and ends only when it is seen for a while.
    """

    def __init__(self, rate: float) -> None:
        self._silence_s = max(_SILENCE_S, _SILENT_PERIODS / rate)
        self._came_s: float | None = None
        self._silent = Latch(on_s=0.0, on_steps=1, off_s=0.0, off_steps=3)
        self._black = Latch(on_s=10.0, on_steps=3, off_s=3.0, off_steps=3)
        self._frozen = Latch(on_s=30.0, on_steps=10, off_s=0.0, off_steps=3)
        self._fingerprint: int | None = None
        self._view = UsualView()

    def step(self, pixels: NDArray[np.uint8] | None, at_s: float, state: SourceState) -> CameraTrouble | None:
        """What is wrong now. pixels: (H, W, 3) uint8 BGR, of the next frame, None where none came.

        at_s: now, on a monotonic clock.
        """
        if self._came_s is None or pixels is not None:
            self._came_s = at_s
        if state.state == "ended":
            return None
        if pixels is not None:
            self._silent.step(at_s, seen=False)
            self._look(pixels, at_s)
        elif at_s - self._came_s >= self._silence_s:
            self._silent.step(at_s, seen=True)
        return self._trouble()

    def _look(self, pixels: NDArray[np.uint8], at_s: float) -> None:
        fingerprint = zlib.crc32(np.ascontiguousarray(pixels).data)
        small = thumbnail(pixels)
        self._frozen.step(at_s, seen=fingerprint == self._fingerprint)
        self._black.step(at_s, seen=is_dark(small) and is_flat(small))
        self._fingerprint = fingerprint
        if not (self._black.is_on or self._frozen.is_on):
            self._view.step(small, at_s)

    def _trouble(self) -> CameraTrouble | None:
        if self._silent.is_on:
            return "unreachable"
        if self._black.is_on:
            return "black"
        if self._frozen.is_on:
            return "frozen"
        return "turned" if self._view.is_turned else None
