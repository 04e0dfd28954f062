"""Who is let in and for how long: bodies within a worker's bytes, few requests at the network, a deadline."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from helmet_service.http.problems import FieldError, Problem, overloaded


class Turns:
    """A semaphore that lets threads in in the order they came.

    `threading.Semaphore` lets newcomers overtake a thread that it has woken, which then waits behind all others: under
    overload one answer in a hundred came half a second later than the rest.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[threading.Lock] = deque()  # each held until its thread's turn has come
        self._changing = threading.Lock()

    def acquire(self, timeout: float) -> bool:
        """Whether the turn came within so many seconds."""
        with self._changing:
            if self._free:
                self._free -= 1
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=timeout):
            return True
        with self._changing:
            if turn not in self._waiting:  # it came after all
                return True
            self._waiting.remove(turn)
            return False

    def release(self, count: int = 1) -> None:
        """Let so many more in."""
        with self._changing:
            for _ in range(count):
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._free += 1


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
        self.add({name: 1e3 * (time.monotonic() - begun)})
        self.check(name)

    def check(self, name: str) -> None:
        """Problem 504 when the deadline has passed in this stage."""
        if self.seconds_left() <= 0:
            raise self._too_late(name)

    def add(self, timings_ms: Mapping[str, float]) -> None:
        """Add to the stages' times."""
        for name, took_ms in timings_ms.items():
            self.timings_ms[name] = self.timings_ms.get(name, 0.0) + took_ms

    @contextmanager
    def turn(self, turns: Turns, name: str) -> Iterator[None]:
        """Wait for a turn and keep it; Problem 504 when the deadline passes before."""
        if not turns.acquire(self.seconds_left()):
            raise self._too_late(name)
        try:
            yield
        finally:
            turns.release()

    def seconds_left(self) -> float:
        """Until the deadline; 0 when it has passed."""
        return max(0.0, self._ends - time.monotonic())

    def total_ms(self) -> float:
        """Milliseconds since the thread took the request."""
        return 1e3 * (time.monotonic() - self._started)

    def _too_late(self, stage: str) -> Problem:
        expected, got = f"an answer within {self._ends - self._started:g} s", f"none ({stage})"
        return Problem(504, f"the deadline passed ({stage})", [FieldError("deadline", expected, got)])


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
        """Count a body of so many bytes in; Problem 503 when there are too many already."""
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
            raise overloaded("queue_full", "a free place in the queue", "a queue that is full")

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
