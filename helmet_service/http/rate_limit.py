"""How often a client may ask: one count for all workers, in a file that they share."""

from __future__ import annotations

import atexit
import logging
import math
import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from helmet_service.http.problems import FieldError, Problem

_LOG: Final = logging.getLogger(__name__)
PRIVATE: Final = ":memory:"  # SQLite's name for counts that no other process sees
_PATIENCE_S: Final = 1.0  # for another process that is writing; it takes microseconds

_SETUP: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;  -- a worker that is killed breaks nothing; after a fall of the machine all is counted anew
CREATE TABLE IF NOT EXISTS counts (client TEXT PRIMARY KEY, hits INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_end ON counts (ends);
"""
_FORGET: Final = "DELETE FROM counts WHERE ends <= ?"
_COUNT: Final = """
INSERT INTO counts (client, hits, ends) VALUES (?, ?, ?)
ON CONFLICT (client) DO UPDATE SET hits = hits + excluded.hits RETURNING hits
"""


class RateLimit:
    """Lets each client make so many requests in a period, which begins with its first one.

    most: requests; 0 lets everybody in. period_s: whole seconds. counts: the SQLite file.
    """

    def __init__(self, most: int, period_s: int, counts: str = PRIVATE) -> None:
        self._most = most
        self._period = RateLimitItemPerSecond(max(most, 1), period_s)
        self._limiter = FixedWindowRateLimiter(SharedCounts(counts)) if most else None

    def count(self, client: str) -> None:
        """Count a request of a client; Problem 429 when it is one too many.

        A file that cannot be written to refuses nobody: a service without a limit is better than none.
        """
        if self._limiter is None:
            return
        try:
            if self._limiter.hit(self._period, client):
                return
            ends, _ = self._limiter.get_window_stats(self._period, client)
        except StorageError as error:
            _LOG.error("requests cannot be counted: %s", error)
            return
        period_s = self._period.get_expiry()
        errors = [FieldError("requests", f"at most {self._most} in {period_s} s", "more")]
        seconds = min(max(1, math.ceil(ends - time.monotonic())), period_s)
        raise Problem(429, "too many requests", errors, {"Retry-After": str(seconds)})


class SharedCounts(Storage):
    """Counts that several processes keep together, for the strategies of `limits`.

    Times are of the monotonic clock, which all processes of a machine share and which nobody sets.
    """

    STORAGE_SCHEME = None

    def __init__(self, path: str) -> None:
        super().__init__(wrap_exceptions=True)
        self._using = threading.Lock()
        self._counts = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        self._counts.executescript(_SETUP)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong in here."""
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; the first count of a key opens a window of `expiry` seconds. Returns the count in the window."""
        now = time.monotonic()
        self._run(_FORGET, now)
        return int(self._run(_COUNT, key, amount, now + expiry)[0][0])

    def get(self, key: str) -> int:
        """The count in the open window."""
        found = self._run("SELECT hits FROM counts WHERE client = ? AND ends > ?", key, time.monotonic())
        return found[0][0] if found else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends; now when none is open."""
        found = self._run("SELECT ends FROM counts WHERE client = ?", key)
        return found[0][0] if found else time.monotonic()

    def check(self) -> bool:
        """Whether the file can be read."""
        return self._run("SELECT 1") == [(1,)]

    def reset(self) -> int:
        """Forget all counts; returns of how many clients."""
        return len(self._run("DELETE FROM counts RETURNING client"))

    def clear(self, key: str) -> None:
        """Forget a client's count."""
        self._run("DELETE FROM counts WHERE client = ?", key)

    def _run(self, statement: str, *values: object) -> list[Any]:
        with self._using:
            return self._counts.execute(statement, values).fetchall()


@cache
def shared_counts() -> str:
    """Where this process and those forked from it count together: a file of their own, removed when this one ends.

    gunicorn's master asks for it before the fork; asked for in a worker alone, it would be that worker's own. The file
    is made and closed here: SQLite's connections survive no fork, and workers that make it stand in each other's way.
    Raises OSError or sqlite3.Error where nothing can be written.
    """
    folder = Path(mkdtemp(prefix="helmet-service-rates-"))
    atexit.register(_remove, folder, os.getpid())
    path = str(folder / "counts.sqlite")
    with closing(sqlite3.connect(path)) as counts:
        counts.executescript(_SETUP)
    return path


def _remove(folder: Path, maker: int) -> None:
    if os.getpid() == maker:  # a worker that ends inherits this call, and the others still count
        shutil.rmtree(folder, ignore_errors=True)
