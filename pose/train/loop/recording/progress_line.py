"""Shows a run's progress: a bar on a terminal, a line at intervals elsewhere."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Final

from tqdm import tqdm

BLINK: Final = 0.2  # seconds between two updates of the bar


class ProgressLine:
    """A tqdm bar on stderr where that is a terminal, else a line on stdout every `every` seconds.

    start: how much of the run was done before this session, 0..1.
    """

    def __init__(self, start: float, every: float) -> None:
        self._start = start
        self._began = self._last = time.monotonic()
        self._bar = (
            tqdm(total=1.0, initial=start, bar_format="{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}")
            if sys.stderr.isatty()
            else None
        )
        self._every = every if self._bar is None else BLINK

    def update(self, done: float, step: int, loss: float, pictures_per_second: float) -> None:
        """Show that a share `done` (0..1) of the run is done."""
        now = time.monotonic()
        if now - self._last < self._every and done < 1:
            return
        self._last = now
        text = f"step {step}, loss {loss:.5f}, {pictures_per_second:.1f} pictures/s"
        if self._bar is not None:
            self._bar.n = done
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.refresh()
        else:
            print(f"{100 * done:5.1f} %: {text}, {self._left(done, now)} left", flush=True)

    def say(self, line: str) -> None:
        """Print a line without breaking the bar."""
        tqdm.write(line, file=sys.stderr if self._bar is not None else sys.stdout)
        sys.stdout.flush()

    def close(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()

    def _left(self, done: float, now: float) -> timedelta:
        rate = (done - self._start) / (now - self._began)
        return timedelta(seconds=round((1 - done) / rate)) if rate > 0 else timedelta.max
