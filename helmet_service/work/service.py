"""What one worker holds: its settings, its estimator once that is loaded and warm, and what bounds its work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from flask import current_app
from numpy.typing import NDArray

import pose
from helmet_service.http.access import read_keys
from helmet_service.http.problems import overloaded, picture_field, refusal
from helmet_service.http.rate_limit import PRIVATE, RateLimit
from helmet_service.http.request_body import Body
from helmet_service.observing.metrics import Metrics
from helmet_service.observing.status import History
from helmet_service.pictures.encoding import read_base64
from helmet_service.settings import Settings
from helmet_service.verdicts.rules import Rules
from helmet_service.work.admission import BytesInFlight, NetworkQueue, Stages, Turns
from pose.errors import NetworkServerError
from pose.estimation.estimator import checked
from pose.estimation.model import read_model, verify
from pose.estimation.views import Views, look, warm
from pose.pictures.decoding import Picture, decode
from pose.runtimes.batching import Batching
from pose.runtimes.kserve import KserveRuntime

_LOG: Final = logging.getLogger(__name__)
EXTENSION: Final = "helmet_service"
_READY: Final = "a model that is loaded"
_FULL_TOO_LONG_S: Final = 10.0
_KEPT_EACH_S: Final = 10.0
_TRY_AGAIN_S: Final = 1.0
_PIXEL_WORK_AT_ONCE: Final = 2  # a picture of 40 megapixels, which can be a file of 5 kB, takes 470 MB for a moment

# Times the input's height: rows of pixels in which a second look sees heads of half its input's size enlarged.
_ENLARGED: Final = 2


class Service:
    """One worker's state; made by `create_app`."""

    def __init__(self, settings: Settings, estimator: pose.Estimator | None, rate_counts: str = PRIVATE) -> None:
        self.settings = settings
        self.keys = read_keys(settings.api_keys_file)
        self.rate_limit = RateLimit(settings.rate_limit, settings.rate_period_s, rate_counts)
        self.rules = Rules(min_head_px=settings.min_head_px, min_alarm_confidence=settings.min_alarm_confidence)
        self._usual_views = settings.views()
        self.metrics = Metrics()
        self.metrics.queue_places.set(settings.queue)
        self.history = History()
        self.queue = NetworkQueue(settings.queue, self.metrics.queue_depth.set, slots=settings.inferences)
        self.in_flight = BytesInFlight(settings.in_flight_mb * 1_000_000, self.metrics.bytes_in_flight.set)
        self._threads = threading.BoundedSemaphore(settings.queue + settings.slots())
        # Clients can be slow with bodies that a thread must wait for; those whose bodies are there shall not wait too.
        self._waiting_threads = threading.BoundedSemaphore(settings.slots() - settings.at_once() + 1)
        self._pixel_work = Turns(_PIXEL_WORK_AT_ONCE)
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
        """Problem 503 while stopping or loading, after a load failure, when the network's server does not answer, or
        when the queue has been full for 10 s."""
        if self._stopping.is_set():
            raise overloaded("stopping", "a service that stays", "one that is stopping")
        self._refuse_unless_loaded(asking=True)
        if self.queue.full_for_s() >= _FULL_TOO_LONG_S:
            got = f"a queue that has been full for {_FULL_TOO_LONG_S:g} s"
            raise overloaded("queue_full", "a free place in the queue", got)

    def stop(self) -> None:
        """Be not ready from now on, and do all work that still comes."""
        self._stopping.set()
        self.metrics.worker_ready.set(0)

    def is_loaded(self) -> bool:
        """Whether the model is there."""
        return self._estimator is not None

    def is_taking(self) -> bool:
        """Whether a request that came now could be let in, as far as can be told at once."""
        return self.is_loaded() and not self.queue.is_full()

    def admit(self, body: Body, until: ExitStack) -> None:
        """Problem 503 when work could not be done now; asked before a body is read.

        until: closed at the request's end; only then others may take the body's bytes.
        """
        self._refuse_unless_loaded()
        self.queue.refuse_if_full()
        for threads in (self._waiting_threads, self._threads) if body.is_waited_for else (self._threads,):
            if not threads.acquire(blocking=False):
                raise overloaded("queue_full", "a free thread", "threads that all work or wait for bodies")
            until.callback(threads.release)
        until.enter_context(self.in_flight.holding(body.most_bytes))

    def decode(
        self,
        source: bytes | str,
        field: str,
        stages: Stages,
        views: Views,
        *,
        lenient: bool = False,
        drawn: bool = False,
    ) -> Picture:
        """The picture of a file's bytes or of base64, when few others are being decoded.

        field: where it came in. lenient: skip what is not base64 (`from_base64`). drawn: all its pixels, not only as
        many as these looks need.
        Raises Problem 413 or 422 when it cannot be used, 504 when the deadline passes.
        """
        with self._pixels(stages, "decode"), picture_field(field):
            self.queue.refuse_if_full()  # others were let in while this one's body was read
            most_pixels, rows = self.settings.max_picture_mp * 1_000_000, None if drawn else self._rows(views)
            read = partial(decode, max_pixels=most_pixels, rows=rows)
            return read_base64(source, read, lenient=lenient) if isinstance(source, str) else read(source)

    def _rows(self, views: Views) -> int | None:
        """How many rows of pixels these looks need; None: all."""
        if views.several:
            return None
        looks_again = views.squares and self.estimator.model.second_look
        return (_ENLARGED if looks_again else 1) * self.settings.input_height

    def drawing(self, stages: Stages) -> AbstractContextManager[None]:
        """Draw when few others decode or draw; Problem 504 when the deadline passes."""
        return self._pixels(stages, "drawing")

    def views(self, asked: Mapping[str, Any] = MappingProxyType({})) -> Views:
        """The looks that a request names (`scales`, `tiles`, `looks`), or the settings where it names none.

        Problem 413 for too many.
        """
        usual = self._usual_views
        scales, tiles, looks = (asked.get(name) for name in ("scales", "tiles", "looks"))
        views = Views(
            tuple(scales or usual.scales),
            (int(tiles[0]), int(tiles[1])) if tiles else usual.tiles,
            usual.squares if looks is None else self.settings.squares() if looks == "auto" else 0,
        )
        if views.cost > self.settings.max_runs:
            expected = f"scales and tiles that take at most {self.settings.max_runs} runs of the network"
            raise refusal(413, "tiles" if tiles else "scales", expected, f"{views.cost:g}")
        return views

    def estimate(self, picture: Picture, stages: Stages, views: Views) -> pose.Estimate:
        """Find the people of a picture, decoded for these looks, when the network is free."""
        with self.queue.turn(stages), stages.stage("estimator"), _network_server():
            self._refuse_unless_loaded()  # a network server may have gone while others waited for it
            size, between = (picture.width, picture.height), partial(stages.check, "estimator")
            estimate = look(self.estimator, picture.pixels, views, size, between)
        stages.add(estimate.timings_ms)
        self.metrics.found(len(estimate.people))
        self.metrics.looked(estimate.looks, confirmed=estimate.confirmed, dropped=estimate.dropped)
        return estimate

    def load_in_background(self) -> None:
        """Load the model in a thread; ready when it has found the people of its warm-up picture."""
        # A server may never come, and who waits for it must not keep the process from ending.
        waits = self.settings.runtime == "kserve"
        threading.Thread(target=self._load, name="load-model", daemon=waits).start()

    def keep_history(self) -> None:
        """Remember in a thread what was counted when, for `/v1/status` to tell rates from, until the service stops."""
        threading.Thread(target=self._keep_history, name="keep-history", daemon=True).start()

    def _keep_history(self) -> None:
        self.history.keep(self.metrics.samples())
        while not self._stopping.wait(_KEPT_EACH_S):
            self.history.keep(self.metrics.samples())

    def _load(self) -> None:
        try:
            estimator = self._load_when_served()
        except Exception as error:  # noqa: BLE001  whatever it is: live, not ready, and the reason told
            told = " ".join(str(error).split())  # OpenVINO's has several lines
            self._reason, self._why = "load_failed", f"one that could not be loaded: {told}"
            _LOG.error("the model could not be loaded: %s", told)
            return
        if estimator is not None:
            self.serve_with(estimator)

    def _load_when_served(self) -> pose.Estimator | None:
        """The estimator, once a server that should run its network does; None when the service stops before."""
        while not self._stopping.is_set():
            try:
                return load_warm(self.settings)
            except NetworkServerError as error:
                why = f"one whose server is waited for: {error}"
                if why != self._why:
                    _LOG.warning("the network's server is waited for: %s", error)
                self._why = why
                self._stopping.wait(_TRY_AGAIN_S)
        return None

    def serve_with(self, estimator: pose.Estimator) -> None:
        """Be ready with a loaded estimator, then compile the widths that its warm-up picture did not need."""
        self._take(estimator)
        _LOG.info("ready: %s %s", estimator.model.name, estimator.model.version)
        try:
            for size in warm(estimator, self._usual_views):
                _LOG.debug("compiled for %s", size)
        except Exception as error:  # noqa: BLE001  pictures of other widths are answered all the same
            _LOG.error("a width could not be compiled: %s", error)

    def _take(self, estimator: pose.Estimator) -> None:
        self._estimator = estimator
        model, precision = estimator.model, estimator.runtime.precision
        if isinstance(estimator.runtime, Batching):
            self.queue.widen(min(estimator.runtime.most, self.settings.slots()))
        self.metrics.loaded(name=model.name, version=model.version, precision=precision, sha256=model.sha256)

    @contextmanager
    def _pixels(self, stages: Stages, name: str) -> Iterator[None]:
        with stages.stage(name), stages.turn(self._pixel_work, name):
            yield

    def _refuse_unless_loaded(self, *, asking: bool = False) -> None:
        if self._estimator is None:
            raise overloaded(self._reason, _READY, self._why)
        if isinstance(self._estimator.runtime, KserveRuntime):
            with _network_server():  # a server that is only busy may be slow to say that it is ready
                self._estimator.runtime.check(trusting=not asking)


@contextmanager
def _network_server() -> Iterator[None]:
    """Turn what is wrong with the network's server into the problem of a service that cannot work just now."""
    try:
        yield
    except NetworkServerError as error:
        raise overloaded("network_unreachable", "a network server that answers", str(error)) from error


def load_warm(settings: Settings) -> pose.Estimator:
    """Load the model and let it find its warm-up picture's people; ModelError when it does not, NetworkServerError when
    a server that should run the network cannot be used (`pose.estimation.estimator.checked`)."""

    def read(path: Path) -> NDArray[np.uint8]:
        return decode(path.read_bytes(), settings.max_picture_mp * 1_000_000).pixels

    return checked(partial(_load, settings), settings.precision, read)


def _load(settings: Settings, precision: str) -> pose.Estimator:
    if settings.runtime == "kserve":
        model = read_model(settings.model_dir)
        verify(model)
        return pose.Estimator(model, KserveRuntime(settings.network_server(), model.fields), settings.input_height)
    return pose.load(
        settings.model_dir,
        runtime=settings.runtime,
        precision=precision,
        threads=settings.inference_threads,
        streams=settings.inferences,
        batch=settings.batch,
        height=settings.input_height,
    )


def current_service() -> Service:
    """The service of the app that handles the current request."""
    service: Service = current_app.extensions[EXTENSION]
    return service
