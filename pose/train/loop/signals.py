"""SIGTERM and Ctrl-C as a wish that the loop grants between two steps."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from pose.errors import PoseError


class StoppedError(PoseError):
    """A signal ended the run early; its state is saved. `status` is the exit status that shells expect (128 + n)."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.status = 128 + signal_number


@dataclass(slots=True)
class Wish:
    """The signal that asked to stop; 0: none."""

    signal: int = 0


@contextmanager
def stop_signals() -> Iterator[Wish]:
    """Note SIGTERM and SIGINT instead of dying of them; a second Ctrl-C interrupts at once."""
    wish = Wish()

    def note(number: int, _: FrameType | None) -> None:
        if number == wish.signal == signal.SIGINT:
            raise KeyboardInterrupt
        wish.signal = number

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
