"""What the metrics said at moments of the last minute, so that rates can be told from two of them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from helmet_service.observing.metrics import Samples

_WINDOW_S: Final = 60.0
_KEPT_EACH_S: Final = 10.0

Moment = tuple[float, Samples]  # seconds of the monotonic clock, and what the metrics said then


class History:
    """The moments of the last minute.

    samples: says what the metrics say now.
    """

    def __init__(self, samples: Callable[[], Samples]) -> None:
        self._samples = samples
        self._kept: deque[Moment] = deque()
        self._stopping = threading.Event()

    def keep(self) -> None:
        """Remember what the metrics say now, and forget what nobody needs any more."""
        now = time.monotonic()
        self._kept.append((now, self._samples()))
        while len(self._kept) > 1 and now - self._kept[1][0] >= _WINDOW_S:
            self._kept.popleft()

    def oldest(self) -> Moment | None:
        """The last moment a minute or more ago, or the first that was kept since; None before any was."""
        return self._kept[0] if self._kept else None

    def keep_in_background(self) -> None:
        """Keep a moment each 10 s, in a thread, until `stop`."""
        threading.Thread(target=self._keep_on, name="keep-history", daemon=True).start()

    def stop(self) -> None:
        """Keep no more."""
        self._stopping.set()

    def _keep_on(self) -> None:
        self.keep()
        while not self._stopping.wait(_KEPT_EACH_S):
            self.keep()
