"""The metrics over time: all values of the last minute for rates, and a few figures of the last ten minutes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from helmet_service.observing.metrics import Samples
from helmet_service.observing.shared_records import BYTES_A_RECORD, Json, Records

EACH_S: Final = 10.0
_WINDOW_S: Final = 60.0  # of rates
_POINTS: Final = 60  # ten minutes
BYTES: Final = _POINTS * BYTES_A_RECORD

Moment = tuple[float, Samples]  # seconds of the monotonic clock, and the metrics' values then


class History:
    """The metrics' values at moments of the last minute, and the points of the last ten.

    samples: returns the values now. point: makes a point of the values at two moments. folder: where all workers keep
    one file of points, each written by the first worker that comes to it, so that a worker that dies takes none along.
    """

    def __init__(
        self, samples: Callable[[], Samples], point: Callable[[Moment, Moment], Json], folder: Path | None = None
    ) -> None:
        self._samples = samples
        self._point = point
        self._points = Records(folder and folder / "history.bin", _POINTS)
        self._kept: deque[Moment] = deque()
        self._stopping = threading.Event()

    def keep(self) -> None:
        """Keep the values of now, and drop moments that the last minute no longer needs."""
        now = time.monotonic(), self._samples()
        if self._kept:
            self._tell(self._kept[-1], now)
        self._kept.append(now)
        while len(self._kept) > 1 and now[0] - self._kept[1][0] >= _WINDOW_S:
            self._kept.popleft()

    def oldest(self) -> Moment | None:
        """The latest moment at least a minute ago, else the first one kept; None before any."""
        return self._kept[0] if self._kept else None

    def points(self) -> list[Json]:
        """The points of the last ten minutes, oldest first, each with `at_s`, seconds since 1970."""
        now = time.time()
        begin, end = now - _POINTS * EACH_S, now + EACH_S  # behind it only if the clock was set back
        return sorted((point for point in self._points.read() if begin < point["at_s"] < end), key=_at_s)

    def keep_in_background(self) -> None:
        """Keep a moment every 10 s, in a thread, until `stop`."""
        threading.Thread(target=self._keep_on, name="keep-history", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()

    def _tell(self, before: Moment, now: Moment) -> None:
        """Write the point of now, unless another worker has."""
        at_s = time.time()
        if not any(at_s // EACH_S == point["at_s"] // EACH_S for point in self._points.read()):
            self._points.write(int(at_s // EACH_S) % _POINTS, {"at_s": round(at_s, 1), **self._point(before, now)})

    def _keep_on(self) -> None:
        self.keep()
        while not self._stopping.wait(EACH_S):
            self.keep()


def _at_s(point: Json) -> float:
    at_s: float = point["at_s"]
    return at_s
