"""What one worker holds: its settings, its estimator once that is loaded and warm, and what bounds its work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from flask import current_app
from numpy.typing import NDArray

import pose
from helmet_service.access import read_keys
from helmet_service.admission import BytesInFlight, NetworkQueue, Stages
from helmet_service.metrics import Metrics
from helmet_service.pictures import Picture, decode, from_base64
from helmet_service.problems import overloaded, picture_field
from helmet_service.rate_limit import PRIVATE, RateLimit
from helmet_service.settings import Settings
from helmet_service.status import History
from helmet_service.verdicts.judge import Rules
from pose.estimator import check_warm_up

_LOG: Final = logging.getLogger(__name__)
EXTENSION: Final = "helmet_service"
_READY: Final = "a model that is loaded"
_FULL_TOO_LONG_S: Final = 10.0
_KEPT_EACH_S: Final = 10.0
_PIXEL_WORK_AT_ONCE: Final = 2  # a picture of 40 megapixels, which can be a file of 5 kB, takes 470 MB for a moment


class Service:
    """One worker's state; made by `create_app`."""

    def __init__(self, settings: Settings, estimator: pose.Estimator | None, rate_counts: str = PRIVATE) -> None:
        self.settings = settings
        self.keys = read_keys(settings.api_keys_file)
        self.rate_limit = RateLimit(settings.rate_limit, settings.rate_period_s, rate_counts)
        self.rules = Rules(min_head_px=settings.min_head_px, min_alarm_confidence=settings.min_alarm_confidence)
        self.metrics = Metrics()
        self.metrics.queue_places.set(settings.queue)
        self.history = History()
        self.queue = NetworkQueue(settings.queue, self.metrics.queue_depth.set)
        self.in_flight = BytesInFlight(settings.in_flight_mb * 1_000_000, self.metrics.bytes_in_flight.set)
        self._pixel_work = threading.BoundedSemaphore(_PIXEL_WORK_AT_ONCE)
        self._reason, self._why = "loading", "one that is being loaded"
        self._stopping = threading.Event()
        self._estimator: pose.Estimator | None = None
        if estimator is not None:
            self._take(estimator)

    @property
    def estimator(self) -> pose.Estimator:
        """The warm estimator; Problem 503 while there is none."""
        if self._estimator is None:
            raise overloaded(self._reason, _READY, self._why)
        return self._estimator

    def check_ready(self) -> None:
        """Problem 503 while stopping or loading, after a load failure, or when the queue has been full for 10 s."""
        if self._stopping.is_set():
            raise overloaded("stopping", "a service that stays", "one that is stopping")
        self._refuse_unless_loaded()
        if self.queue.full_for_s() >= _FULL_TOO_LONG_S:
            got = f"a queue that has been full for {_FULL_TOO_LONG_S:g} s"
            raise overloaded("queue_full", "a free place in the queue", got)

    def stop(self) -> None:
        """Be not ready from now on, and do all work that still comes."""
        self._stopping.set()
        self.metrics.worker_ready.set(0)

    def admit(self, body_bytes: int, until: ExitStack) -> None:
        """Problem 503 when work could not be done now; asked before a body is read.

        body_bytes: how large it may be. until: closed at the request's end; only then others may take these bytes.
        """
        self._refuse_unless_loaded()
        self.queue.refuse_if_full()
        until.enter_context(self.in_flight.holding(body_bytes))

    def decode(self, source: bytes | str, field: str, stages: Stages, *, lenient: bool = False) -> Picture:
        """The picture of a file's bytes or of base64, when few others are being decoded.

        field: where it came in. lenient: skip what is not base64 (`from_base64`).
        Raises Problem 413 or 422 when it cannot be used, 504 when the deadline passes.
        """
        with self._pixels(stages, "decode"), picture_field(field):
            data = from_base64(source, lenient=lenient) if isinstance(source, str) else source
            return decode(data, self.settings.max_picture_mp * 1_000_000)

    def drawing(self, stages: Stages) -> AbstractContextManager[None]:
        """Draw when few others decode or draw; Problem 504 when the deadline passes."""
        return self._pixels(stages, "drawing")

    def estimate(self, pixels: NDArray[np.uint8], stages: Stages) -> pose.Estimate:
        """Find the people of an upright (H, W, 3) uint8 BGR picture when the network is free."""
        with self.queue.turn(stages), stages.stage("estimator"):
            estimate = self.estimator(pixels)
        stages.add(estimate.timings_ms)
        self.metrics.found(len(estimate.people))
        return estimate

    def load_in_background(self) -> None:
        """Load the model in a thread; ready when it has found the people of its warm-up picture."""
        threading.Thread(target=self._load, name="load-model").start()

    def keep_history(self) -> None:
        """Remember in a thread what was counted when, for `/v1/status` to tell rates from, until the service stops."""
        threading.Thread(target=self._keep_history, name="keep-history", daemon=True).start()

    def _keep_history(self) -> None:
        self.history.keep(self.metrics.samples())
        while not self._stopping.wait(_KEPT_EACH_S):
            self.history.keep(self.metrics.samples())

    def _load(self) -> None:
        try:
            estimator = load_warm(self.settings)
        except Exception as error:  # noqa: BLE001  whatever it is: live, not ready, and the reason told
            self._reason, self._why = "load_failed", f"one that could not be loaded: {error}"
            _LOG.error("the model could not be loaded: %s", error)
            return
        self.serve_with(estimator)

    def serve_with(self, estimator: pose.Estimator) -> None:
        """Be ready with a loaded estimator, then compile the widths that its warm-up picture did not need."""
        self._take(estimator)
        _LOG.info("ready: %s %s", estimator.model.name, estimator.model.version)
        try:
            for width in estimator.warm():
                _LOG.debug("compiled for width %d", width)
        except Exception as error:  # noqa: BLE001  pictures of other widths are answered all the same
            _LOG.error("a width could not be compiled: %s", error)

    def _take(self, estimator: pose.Estimator) -> None:
        self._estimator = estimator
        model, precision = estimator.model, estimator.runtime.precision
        self.metrics.loaded(name=model.name, version=model.version, precision=precision, sha256=model.sha256)

    @contextmanager
    def _pixels(self, stages: Stages, name: str) -> Iterator[None]:
        with stages.stage(name), stages.turn(self._pixel_work, name):
            yield

    def _refuse_unless_loaded(self) -> None:
        if self._estimator is None:
            raise overloaded(self._reason, _READY, self._why)


def load_warm(settings: Settings) -> pose.Estimator:
    """Load the model and let it find its warm-up picture's people; ModelError when it does not.

    Where `auto` took a quantised network that does not find them on this processor, float arithmetic takes over.
    """

    def read(path: Path) -> NDArray[np.uint8]:
        return decode(path.read_bytes(), settings.max_picture_mp * 1_000_000).pixels

    estimator = _load(settings, settings.precision)
    try:
        check_warm_up(estimator, read)
    except pose.ModelError as error:
        if settings.precision != "auto" or estimator.runtime.precision != "int8":
            raise
        _LOG.error("the quantised network is not used, float arithmetic is slower: %s", error)
        estimator = _load(settings, "f32")
        check_warm_up(estimator, read)
    return estimator


def _load(settings: Settings, precision: str) -> pose.Estimator:
    return pose.load(
        settings.model_dir,
        runtime=settings.runtime,
        precision=precision,
        threads=settings.inference_threads,
        height=settings.input_height,
    )


def current_service() -> Service:
    """The service of the app that handles the current request."""
    service: Service = current_app.extensions[EXTENSION]
    return service
