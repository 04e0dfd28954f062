"""Who is let in: bodies within a worker's bytes, few threads that work, few requests at the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from helmet_service.http.problems import Problem, overloaded
from helmet_service.observing.metrics import Metrics
from helmet_service.work.capacity import Capacity
from helmet_service.work.stages import Stages
from helmet_service.work.turns import Turns


class Admission:
    """Lets a request in as long as a worker's capacity lasts.

    queue: before the network. in_flight: bytes of bodies.
    """

    def __init__(self, capacity: Capacity, metrics: Metrics) -> None:
        metrics.queue_places.set(capacity.queue)
        self.queue = NetworkQueue(capacity.queue, metrics.queue_depth.set, slots=capacity.inferences)
        self.in_flight = BytesInFlight(capacity.body_bytes, metrics.bytes_in_flight.set)
        self._threads = threading.BoundedSemaphore(capacity.working_threads)

    def admit(self, until: ExitStack) -> None:
        """Problem 503 when work could not be done now; asked before a body is read.

        until: closed at the request's end.
        """
        self.queue.refuse_if_full()
        if not self._threads.acquire(blocking=False):
            raise overloaded("queue_full", "a free thread", "threads that all work")
        until.callback(self._threads.release)


def queue_full() -> Problem:
    """The 503 of a request that could not even wait."""
    return overloaded("queue_full", "a free place in the queue", "a queue that is full")


class BytesInFlight:
    """Bounds what the bodies of a worker's requests take in all.

    tell: called with the bytes that are taken, whenever that changes.
    """

    def __init__(self, most: int, tell: Callable[[int], None] = lambda _: None) -> None:
        self._most = most
        self._now = 0
        self._tell = tell
        self._counting = threading.Lock()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count so many bytes in; Problem 503 when there are too many already."""
        with self._counting:
            if self._now + size > self._most:
                raise overloaded("no_memory", "memory for a body", "none: other requests' bodies take it all")
            self._now += size
            self._tell(self._now)
        try:
            yield
        finally:
            with self._counting:
                self._now -= size
                self._tell(self._now)


class NetworkQueue:
    """Lets at most `slots` requests at once to a worker's network and at most `places` wait for it.

    tell: called with the number of those that wait, whenever a request comes or goes.
    """

    def __init__(self, places: int, tell: Callable[[int], None] = lambda _: None, *, slots: int = 1) -> None:
        self._places = places
        self._slots = slots
        self._tell = tell
        self._inside = 0
        self._full_since: float | None = None
        self._counting = threading.Lock()
        self._network = Turns(slots)

    def widen(self, slots: int) -> None:
        """Let at least so many requests to the network from now on."""
        with self._counting:
            more = max(0, slots - self._slots)
            self._slots += more
        if more:
            self._network.release(more)

    def refuse_if_full(self) -> None:
        """Problem 503 when a request that came now could not even wait; cheap, for before a body is read."""
        if self.is_full():
            raise queue_full()

    def is_full(self) -> bool:
        """Whether a request that came now could not even wait."""
        return self._inside >= self._places + self._slots

    def full_for_s(self) -> float:
        """How long the queue has been full without getting half empty in between; 0 when it is not."""
        since = self._full_since
        return 0.0 if since is None else time.monotonic() - since

    @contextmanager
    def turn(self, stages: Stages) -> Iterator[None]:
        """Wait for a slot at the network and keep it; Problem 503 when too many wait already, 504 past the deadline."""
        self._enter()
        try:
            with ExitStack() as until_done:
                with stages.stage("queue"):
                    until_done.enter_context(stages.turn(self._network, "queue"))
                yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._counting:
            self.refuse_if_full()
            self._inside += 1
            self._tell(max(0, self._inside - self._slots))
            if self.is_full() and self._full_since is None:
                self._full_since = time.monotonic()

    def _leave(self) -> None:
        with self._counting:
            self._inside -= 1
            self._tell(max(0, self._inside - self._slots))
            if self._inside <= (self._places + self._slots) // 2:
                self._full_since = None
