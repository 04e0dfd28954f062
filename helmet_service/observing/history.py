"""The metrics' values over the last minute, for rates."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from helmet_service.observing.metrics import Samples

_WINDOW_S: Final = 60.0
_KEPT_EACH_S: Final = 10.0

Moment = tuple[float, Samples]  # seconds of the monotonic clock, and the metrics' values then


class History:
    """The metrics' values at moments of the last minute.

    samples: returns the values now.
    """

    def __init__(self, samples: Callable[[], Samples]) -> None:
        self._samples = samples
        self._kept: deque[Moment] = deque()
        self._stopping = threading.Event()

    def keep(self) -> None:
        """Keep the values of now, and drop moments that the last minute no longer needs."""
        now = time.monotonic()
        self._kept.append((now, self._samples()))
        while len(self._kept) > 1 and now - self._kept[1][0] >= _WINDOW_S:
            self._kept.popleft()

    def oldest(self) -> Moment | None:
        """The latest moment at least a minute ago, else the first one kept; None before any."""
        return self._kept[0] if self._kept else None

    def keep_in_background(self) -> None:
        """Keep a moment every 10 s, in a thread, until `stop`."""
        threading.Thread(target=self._keep_on, name="keep-history", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()

    def _keep_on(self) -> None:
        self.keep()
        while not self._stopping.wait(_KEPT_EACH_S):
            self.keep()
