"""A yes or no that changes only when the other is seen for a while, without a break."""

from __future__ import annotations


class Latch:
    """Off at first.

    on_s, on_steps: it turns on once something is seen for so long and in so many steps, counted from the first of them;
    off_s, off_steps: likewise, once it is not seen.
    """

    def __init__(self, *, on_s: float, on_steps: int, off_s: float, off_steps: int) -> None:
        self._limits = {True: (on_s, on_steps), False: (off_s, off_steps)}
        self.is_on = False
        self._since_s: float | None = None
        self._steps = 0

    def step(self, at_s: float, *, seen: bool) -> None:
        """What is seen at this time."""
        if seen == self.is_on:
            self._since_s, self._steps = None, 0
            return
        self._since_s = at_s if self._since_s is None else self._since_s
        self._steps += 1
        seconds, steps = self._limits[seen]
        if at_s - self._since_s >= seconds and self._steps >= steps:
            self.is_on, self._since_s, self._steps = seen, None, 0
