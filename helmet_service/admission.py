"""Who is let in and for how long: one request at a time at the network, a short queue before it, and a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from helmet_service.problems import Problem, overloaded


class Stages:
    """One request's way through its stages: how long each took, and the deadline between them.

    Made when a thread takes the request. timings_ms: milliseconds by stage.
    """

    def __init__(self, deadline_s: float) -> None:
        self.timings_ms: dict[str, float] = {}
        self._started = time.monotonic()
        self._ends = self._started + deadline_s

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; Problem 504 when the deadline has passed at its end."""
        begun = time.monotonic()
        yield
        self.timings_ms[name] = self.timings_ms.get(name, 0.0) + 1e3 * (time.monotonic() - begun)
        if self.seconds_left() <= 0:
            raise self.too_late(name)

    def seconds_left(self) -> float:
        """Until the deadline; 0 when it has passed."""
        return max(0.0, self._ends - time.monotonic())

    def total_ms(self) -> float:
        """Milliseconds since the thread took the request."""
        return 1e3 * (time.monotonic() - self._started)

    def too_late(self, stage: str) -> Problem:
        """The problem of a passed deadline, found in a stage."""
        return Problem(504, f"the deadline of {self._ends - self._started:g} s passed ({stage})")


class NetworkQueue:
    """Lets one request at a time to a worker's network and at most `places` wait for it."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._inside = 0
        self._full_since: float | None = None
        self._counting = threading.Lock()
        self._network = threading.Lock()

    def refuse_if_full(self) -> None:
        """Problem 503 when a request that came now could not even wait; cheap, for before a body is read."""
        if self._inside > self._places:
            raise overloaded("the queue is full")

    def full_for_s(self) -> float:
        """How long the queue has been full without getting half empty in between; 0 when it is not."""
        since = self._full_since
        return 0.0 if since is None else time.monotonic() - since

    @contextmanager
    def turn(self, stages: Stages) -> Iterator[None]:
        """Wait for the network and keep it; Problem 503 when too many wait already, 504 when the deadline passes."""
        self._enter()
        try:
            if not self._network.acquire(timeout=stages.seconds_left()):
                raise stages.too_late("queue")
            try:
                yield
            finally:
                self._network.release()
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._counting:
            self.refuse_if_full()
            self._inside += 1
            if self._inside > self._places and self._full_since is None:
                self._full_since = time.monotonic()

    def _leave(self) -> None:
        with self._counting:
            self._inside -= 1
            if self._inside <= (self._places + 1) // 2:
                self._full_since = None
