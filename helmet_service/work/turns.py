"""A semaphore that keeps the order in which threads came."""

from __future__ import annotations

import threading
from collections import deque


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
