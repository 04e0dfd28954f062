"""What one worker holds: its settings, its estimator once that is loaded and warm, and the queue before it."""

from __future__ import annotations

import logging
import threading
from typing import Final

import numpy as np
from flask import current_app
from numpy.typing import NDArray

import pose
from helmet_service.admission import NetworkQueue, Stages
from helmet_service.pictures import Picture, decode
from helmet_service.problems import overloaded
from helmet_service.settings import Settings
from helmet_service.verdicts.judge import Rules

_LOG: Final = logging.getLogger(__name__)
EXTENSION: Final = "helmet_service"
_FULL_TOO_LONG_S: Final = 10.0
_DECODED_AT_ONCE: Final = 2  # a picture of 40 megapixels, which can be a file of 5 kB, takes 470 MB for a moment


class Service:
    """One worker's state; made by `create_app`."""

    def __init__(self, settings: Settings, estimator: pose.Estimator | None) -> None:
        self.settings = settings
        self.rules = Rules(min_head_px=settings.min_head_px)
        self.queue = NetworkQueue(settings.queue)
        self._decoding = threading.BoundedSemaphore(_DECODED_AT_ONCE)
        self._estimator = estimator
        self._reason = "the model is being loaded"

    @property
    def estimator(self) -> pose.Estimator:
        """The warm estimator; Problem 503 while there is none."""
        if self._estimator is None:
            raise overloaded(self._reason)
        return self._estimator

    def check_ready(self) -> None:
        """Problem 503 while loading, after a load failure, or when the queue has been full for 10 s."""
        _ = self.estimator
        if self.queue.full_for_s() >= _FULL_TOO_LONG_S:
            raise overloaded(f"the queue has been full for {_FULL_TOO_LONG_S:g} s")

    def admit(self) -> None:
        """Problem 503 when work could not be done now; asked before a body is read."""
        _ = self.estimator
        self.queue.refuse_if_full()

    def decode(self, data: bytes, stages: Stages) -> Picture:
        """A picture file's pixels, when few others are being decoded; PictureError when it cannot be used."""
        with stages.stage("decode"), self._decoding:
            return decode(data, self.settings.max_picture_mp * 1_000_000)

    def estimate(self, pixels: NDArray[np.uint8], stages: Stages) -> pose.Estimate:
        """Find the people of an upright (H, W, 3) uint8 BGR picture when the network is free."""
        with self.queue.turn(stages), stages.stage("estimator"):
            return self.estimator(pixels)

    def load_in_background(self) -> None:
        """Load the model in a thread; ready when it has found the people of its warm-up picture."""
        threading.Thread(target=self._load, name="load-model").start()

    def _load(self) -> None:
        try:
            estimator = load_warm(self.settings)
        except Exception as error:  # noqa: BLE001  whatever it is: live, not ready, and the reason told
            self._reason = f"the model could not be loaded: {error}"
            _LOG.error("%s", self._reason)
            return
        self._estimator = estimator
        _LOG.info("ready: %s %s", estimator.model.name, estimator.model.version)
        for width in estimator.warm():
            _LOG.debug("compiled for width %d", width)


def load_warm(settings: Settings) -> pose.Estimator:
    """Load the model and let it find its warm-up picture's people; ModelError when it does not."""
    estimator = pose.load(
        settings.model_dir,
        runtime=settings.runtime,
        precision=settings.precision,
        threads=settings.inference_threads,
        height=settings.input_height,
    )
    warm_up = estimator.model.warm_up
    if warm_up is None:
        raise pose.ModelError("pose.json: expected warm_up, got none")
    picture = decode(warm_up.picture.read_bytes(), settings.max_picture_mp * 1_000_000)
    found = len(estimator(picture.pixels).people)
    if found < warm_up.people:
        raise pose.ModelError(f"{warm_up.picture.name}: expected at least {warm_up.people} people, got {found}")
    return estimator


def current_service() -> Service:
    """The service of the app that handles the current request."""
    service: Service = current_app.extensions[EXTENSION]
    return service
