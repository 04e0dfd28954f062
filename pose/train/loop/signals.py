"""Turns SIGTERM and Ctrl-C into a request to stop, which the loop obeys between two steps."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from pose.errors import PoseError


class StoppedError(PoseError):
    """A signal stopped the run; its state is saved. `status` is the exit status that shells expect (128 + n)."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.status = 128 + signal_number


@dataclass(slots=True)
class StopRequest:
    """The signal that requested a stop; 0: none."""

    signal: int = 0


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Record SIGTERM and SIGINT instead of ending the process; a second Ctrl-C interrupts at once."""
    request = StopRequest()

    def record(number: int, _: FrameType | None) -> None:
        if number == request.signal == signal.SIGINT:
            raise KeyboardInterrupt
        request.signal = number

    before = {number: signal.signal(number, record) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
