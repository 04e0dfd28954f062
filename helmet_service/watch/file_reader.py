"""Plays a video file at its own pace, once."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from helmet_service.watch.inlet import Inlet, ReadError
from pose.video.reading import MOST_PIXELS, VideoError, open_video


class FileReader:
    """A file that somebody recorded."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, inlet: Inlet) -> str | None:
        """As `helmet_service.watch.inlet.Read` says."""
        try:
            with open_video(self._path, MOST_PIXELS) as video:
                began_s: float | None = None
                for frame in video.frames(works=partial(inlet.rest, 0.0)):
                    began_s = time.monotonic() - frame.at_s if began_s is None else began_s
                    if not inlet.rest(began_s + frame.at_s - time.monotonic()):
                        return None
                    inlet.put(frame.pixels.view)
                return video.damage
        except (VideoError, OSError) as error:
            raise ReadError(str(error)) from error
