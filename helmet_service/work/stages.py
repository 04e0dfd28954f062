"""One request's time: how long each stage of its work took, and its deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from helmet_service.http.problems import FieldError, Problem
from helmet_service.work.turns import Turns


class Stages:
    """Times one request's stages (`timings_ms`, milliseconds by name) and holds its deadline, from now on."""

    def __init__(self, deadline_s: float) -> None:
        self.timings_ms: dict[str, float] = {}
        self._started = time.monotonic()
        self._deadline_s = deadline_s
        self._ends = self._started + deadline_s

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as a stage; Problem 504 when the deadline has passed at its end."""
        begun = time.monotonic()
        yield
        self.add({name: 1e3 * (time.monotonic() - begun)})
        self.check(name)

    def check(self, name: str) -> None:
        """Problem 504, naming this stage, when the deadline has passed."""
        if self.seconds_left() <= 0:
            raise self._too_late(name)

    def add(self, timings_ms: Mapping[str, float]) -> None:
        """Add milliseconds to the times of stages."""
        for name, took_ms in timings_ms.items():
            self.timings_ms[name] = self.timings_ms.get(name, 0.0) + took_ms

    @contextmanager
    def turn(self, turns: Turns, name: str) -> Iterator[None]:
        """Wait for a turn and hold it; Problem 504 when the deadline passes first."""
        if not turns.acquire(self.seconds_left()):
            raise self._too_late(name)
        try:
            yield
        finally:
            turns.release()

    @contextmanager
    def turn_however_late(self, turns: Turns) -> Iterator[None]:
        """Wait for a turn and hold it; the deadline begins anew with it."""
        turns.acquire(threading.TIMEOUT_MAX)
        self._ends = time.monotonic() + self._deadline_s
        try:
            yield
        finally:
            turns.release()

    def seconds_left(self) -> float:
        """Seconds until the deadline; 0 when it has passed."""
        return max(0.0, self._ends - time.monotonic())

    def total_ms(self) -> float:
        """Milliseconds since this object was made, when a thread took the request."""
        return 1e3 * (time.monotonic() - self._started)

    def _too_late(self, stage: str) -> Problem:
        expected, got = f"an answer within {self._deadline_s:g} s", f"none ({stage})"
        return Problem(504, f"the deadline passed ({stage})", [FieldError("deadline", expected, got)])
