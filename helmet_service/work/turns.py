"""A fair semaphore: first come, first served."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A semaphore that serves threads in the order of their calls.

    With `threading.Semaphore` a newcomer can overtake a thread that was just woken, which then waits behind all others:
    under overload one answer in a hundred came half a second later than the rest.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[threading.Lock] = deque()  # each held until its thread's turn has come
        self._changing = threading.Lock()

    def acquire(self, timeout: float) -> bool:
        """Wait for a turn; returns whether it came within `timeout` seconds."""
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
            if turn not in self._waiting:  # the turn came between the timeout and the lock
                return True
            self._waiting.remove(turn)
            return False

    def release(self, count: int = 1) -> None:
        """Give back one turn, or add several."""
        with self._changing:
            for _ in range(count):
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._free += 1
