"""A worker's network: loads and warms it in a thread after the fork, and says whether it can be used now."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

import pose
from helmet_service.http.problems import overloaded
from helmet_service.settings import Settings
from pose.errors import NetworkServerError
from pose.estimation.estimator import checked
from pose.estimation.hands import open_hands
from pose.estimation.headwear import open_headwear
from pose.estimation.model import read_model, verify
from pose.estimation.views import warm
from pose.pictures.decoding import decode
from pose.runtimes.kserve import KserveRuntime

_LOG: Final = logging.getLogger(__name__)
_TRY_AGAIN_S: Final = 1.0


class Network:
    """A worker's estimator, or the reason why there is none yet; calls `when_loaded` as soon as it can be used."""

    def __init__(self, settings: Settings, when_loaded: Callable[[pose.Estimator], None]) -> None:
        self._settings = settings
        self._when_loaded = when_loaded
        self._reason, self._why = "loading", "one that is being loaded"
        self._stopping = threading.Event()
        self._estimator: pose.Estimator | None = None

    @property
    def estimator(self) -> pose.Estimator:
        """The warm estimator; Problem 503 while there is none."""
        if self._estimator is None:
            raise overloaded(self._reason, "a model that is loaded", self._why)
        return self._estimator

    def is_loaded(self) -> bool:
        """Whether the model is loaded and warm."""
        return self._estimator is not None

    def check(self, *, trusting: bool = False) -> None:
        """Problem 503 while there is no model, or when the network server (`RUNTIME=kserve`) does not answer.

        trusting: do not ask a server that answered last time, as a busy one may be slow to say that it is ready.
        """
        with network_server():
            self.estimator.runtime.check(trusting=trusting)

    def load_in_background(self) -> None:
        """Load the model in a thread; it can be used once it has found the people of its warm-up picture."""
        # A network server may never answer: a thread that waits for it must not keep the process alive.
        waits = self._settings.runtime == "kserve"
        threading.Thread(target=self._load, name="load-model", daemon=waits).start()

    def stop(self) -> None:
        """Stop waiting for a network server, and compiling further widths."""
        self._stopping.set()

    def use(self, estimator: pose.Estimator) -> None:
        """Use a loaded and warm estimator from now on."""
        self._estimator = estimator
        self._when_loaded(estimator)

    def use_and_warm(self, estimator: pose.Estimator) -> None:
        """Use a loaded estimator, then compile the input widths that its warm-up picture did not need."""
        self.use(estimator)
        _LOG.info("ready: %s %s", estimator.model.name, estimator.model.version)
        try:
            for size in warm(estimator, self._settings.views()):
                _LOG.debug("compiled for %s", size)
                if self._stopping.is_set():  # the process ends when this thread does
                    return
        except Exception as error:  # noqa: BLE001  other widths work, and this one is compiled again when it is needed
            _LOG.error("a width could not be compiled: %s", error)

    def _load(self) -> None:
        try:
            estimator = self._load_when_served()
        except Exception as error:  # noqa: BLE001  whatever it is, the process lives and /readyz says why
            message = " ".join(str(error).split())  # OpenVINO's messages have several lines
            self._reason, self._why = "load_failed", f"one that could not be loaded: {message}"
            _LOG.error("the model could not be loaded: %s", message)
            return
        if estimator is not None:
            self.use_and_warm(estimator)

    def _load_when_served(self) -> pose.Estimator | None:
        """The warm estimator, retried until a network server answers; None when the service stops first."""
        while not self._stopping.is_set():
            try:
                return load_warm(self._settings)
            except NetworkServerError as error:
                why = f"one whose server is waited for: {error}"
                if why != self._why:
                    _LOG.warning("the network's server is waited for: %s", error)
                self._why = why
                self._stopping.wait(_TRY_AGAIN_S)
        return None


@contextmanager
def network_server() -> Iterator[None]:
    """Raise a NetworkServerError as Problem 503."""
    try:
        yield
    except NetworkServerError as error:
        raise overloaded("network_unreachable", "a network server that answers", str(error)) from error


def load_warm(settings: Settings) -> pose.Estimator:
    """Load the model and check that it finds the people of its warm-up picture (`pose.estimation.estimator.checked`).

    Raises ModelError when it does not, NetworkServerError when the network server cannot be used.
    """

    def read(path: Path) -> NDArray[np.uint8]:
        return decode(path.read_bytes(), settings.max_picture_mp * 1_000_000).pixels

    return checked(partial(_load, settings), settings.precision, read)


def _load(settings: Settings, precision: str) -> pose.Estimator:
    if settings.runtime == "kserve":
        model = read_model(settings.model_dir)
        verify(model)
        runtime = KserveRuntime(settings.network_server(), model.decoder.layout)
        headwear = open_headwear(model, settings.inference_threads, settings.inferences)
        hands = open_hands(model, precision, settings.inference_threads, settings.inferences)
        return pose.Estimator(model, runtime, settings.input_height, headwear, hands)
    return pose.load(
        settings.model_dir,
        runtime=settings.runtime,
        precision=precision,
        threads=settings.inference_threads,
        streams=settings.inferences,
        batch=settings.batch,
        height=settings.input_height,
    )
