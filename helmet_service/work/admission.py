"""Which requests a worker admits: it bounds bytes of bodies, working threads, and requests at the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from helmet_service.http.problems import Problem, overloaded
from helmet_service.observing.metrics import Metrics
from helmet_service.work.capacity import Capacity
from helmet_service.work.network import Network
from helmet_service.work.stages import Stages
from helmet_service.work.turns import Turns


class Admission:
    """Admits requests within a worker's capacity, while its network works; `queue` is the one before the network."""

    def __init__(self, capacity: Capacity, network: Network, metrics: Metrics) -> None:
        self._network = network
        metrics.queue_places.set(capacity.queue)
        self.queue = NetworkQueue(capacity.queue, metrics.queue_depth.set, slots=capacity.inferences)
        self.in_flight = BytesInFlight(capacity.body_bytes, metrics.bytes_in_flight.set)
        self._threads = threading.BoundedSemaphore(capacity.working_threads)

    def admit(self, until: ExitStack) -> None:
        """Reserve a thread; Problem 503 without one, without a network, or when the queue is full.

        until: gives it back when it is closed, at the request's end. Call it before reading the body.
        """
        self._network.check(trusting=True)
        self.queue.refuse_if_full()
        if not self._threads.acquire(blocking=False):
            raise overloaded("queue_full", "a free thread", "threads that all work")
        until.callback(self._threads.release)

    def is_admitting(self) -> bool:
        """Whether a request that came now could be admitted; asks no network server."""
        return self._network.is_loaded() and not self.queue.is_full()


def queue_full() -> Problem:
    """The 503 of a request that could not even wait."""
    return overloaded("queue_full", "a free place in the queue", "a queue that is full")


class BytesInFlight:
    """Bounds the bytes of all request bodies of a worker.

    observe: called with the reserved bytes whenever they change.
    """

    def __init__(self, most: int, observe: Callable[[int], None] = lambda _: None) -> None:
        self._most = most
        self._now = 0
        self._observe = observe
        self._counting = threading.Lock()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Reserve bytes for a body; Problem 503 when other bodies hold too many."""
        with self._counting:
            if self._now + size > self._most:
                raise overloaded("no_memory", "memory for a body", "none: other requests' bodies take it all")
            self._now += size
            self._observe(self._now)
        try:
            yield
        finally:
            with self._counting:
                self._now -= size
                self._observe(self._now)


class NetworkQueue:
    """Bounds requests at a worker's network: `slots` at once, and `places` that wait for a slot.

    observe: called with the number that wait whenever a request comes or goes.
    """

    def __init__(self, places: int, observe: Callable[[int], None] = lambda _: None, *, slots: int = 1) -> None:
        self._places = places
        self.slots = slots
        self._observe = observe
        self._inside = 0
        self._full_since: float | None = None
        self._counting = threading.Lock()
        self._network = Turns(slots)

    def widen(self, slots: int) -> int:
        """Raise the number of slots to this one; a smaller number changes nothing. Returns how many were added."""
        with self._counting:
            more = max(0, slots - self.slots)
            self.slots += more
        self._network.release(more)
        return more

    def refuse_if_full(self) -> None:
        """Problem 503 when all places are taken."""
        if self.is_full():
            raise queue_full()

    def is_full(self) -> bool:
        """Whether all slots and places are taken."""
        return self._inside >= self._places + self.slots

    def full_for_s(self) -> float:
        """Seconds since the queue became full, if it has not been half empty since; else 0."""
        since = self._full_since
        return 0.0 if since is None else time.monotonic() - since

    @contextmanager
    def turn(self, stages: Stages) -> Iterator[None]:
        """Wait for a slot and hold it; Problem 503 when all places are taken, 504 past the deadline."""
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
            self._observe(max(0, self._inside - self.slots))
            if self.is_full() and self._full_since is None:
                self._full_since = time.monotonic()

    def _leave(self) -> None:
        with self._counting:
            self._inside -= 1
            self._observe(max(0, self._inside - self.slots))
            if self._inside <= (self._places + self.slots) // 2:
                self._full_since = None
