"""Pictures that come one by one, as bytes -> frames, or words about why there are none."""

from __future__ import annotations

import time
from typing import Final

from helmet_service.watch.inlet import Inlet
from pose.pictures.decoding import decode
from pose.pictures.headers import PictureError

_MOST_PIXELS: Final = 40_000_000  # as a request may have (MAX_PICTURE_MP)
_SILENCE_S: Final = 10.0
_SILENT_PERIODS: Final = 5


class Pictures:
    """Puts the pictures of one connection into its inlet. period_s: how often one is wanted."""

    def __init__(self, inlet: Inlet, period_s: float) -> None:
        self._inlet = inlet
        self._silence_s = max(_SILENCE_S, _SILENT_PERIODS * period_s)
        self._came_s = time.monotonic()

    def put(self, data: bytes | None) -> None:
        """A JPEG, PNG, BMP or WebP picture, or None where nothing new came; what is not whole is told and left out."""
        if data is None:
            if time.monotonic() - self._came_s > self._silence_s:
                self._inlet.trouble(f"the camera has had no new picture for {self._silence_s:g} s")
            return
        self._came_s = time.monotonic()
        try:
            pixels = decode(data, _MOST_PIXELS).pixels
        except PictureError as error:
            self._inlet.trouble(str(error))
        else:
            self._inlet.put(pixels.view)
