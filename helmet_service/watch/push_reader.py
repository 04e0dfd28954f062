"""Takes the frames that a camera sends by itself."""

from __future__ import annotations

from typing import Final

from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.watch.inlet import Inlet
from helmet_service.watch.pictures import Pictures

_LOOK_S: Final = 0.1  # how often it is looked for a frame that is due


class PushReader:
    """The inbox of a camera. rate: how many frames a second are wanted; no more are decoded."""

    def __init__(self, folder: WatchFolder, camera: str, rate: float) -> None:
        self._folder, self._camera, self._period_s = folder, camera, 1 / rate

    def __call__(self, inlet: Inlet) -> None:
        """As `helmet_service.watch.inlet.Read` says."""
        pictures, picture = Pictures(inlet, self._period_s), None
        while inlet.rest(self._period_s if picture else _LOOK_S):
            picture = self._folder.take_pushed(self._camera)
            pictures.put(picture)
