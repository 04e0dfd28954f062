"""How many requests a client may make in a period: one count for all workers, in a SQLite file that they share."""

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
from tempfile import mkdtemp
from typing import Final

from helmet_service.http.problems import FieldError, Problem

_LOG: Final = logging.getLogger(__name__)
PRIVATE: Final = ":memory:"  # SQLite's name for counts that no other process sees
_PATIENCE_S: Final = 1.0  # for another process that is writing; it takes microseconds

_SETUP: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;  -- a killed worker breaks nothing; after a crash of the machine all counts start at zero
CREATE TABLE IF NOT EXISTS counts (client TEXT PRIMARY KEY, hits INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_end ON counts (ends);
"""
_FORGET: Final = "DELETE FROM counts WHERE ends <= ?"
_COUNT: Final = """
INSERT INTO counts (client, hits, ends) VALUES (?, 1, ?)
ON CONFLICT (client) DO UPDATE SET hits = hits + 1 RETURNING hits, ends
"""


class RateLimit:
    """Lets each client make `most` requests in a period that begins with its first one (a fixed window).

    most: requests; 0 lets everybody in. period_s: whole seconds. counts: path of the SQLite file.
    Times are of the monotonic clock: all processes of a machine share it, and nobody sets it.
    """

    def __init__(self, most: int, period_s: int, counts: str = PRIVATE) -> None:
        self._most = most
        self._period_s = period_s
        self._using = threading.Lock()
        self._counts = sqlite3.connect(counts, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        self._counts.executescript(_SETUP)

    def count(self, client: str) -> None:
        """Count a request of a client; Problem 429 when it is one too many.

        A file that cannot be written refuses nobody: a service without a limit is better than none.
        """
        if not self._most:
            return
        now = time.monotonic()
        try:
            hits, ends = self._hit(client, now)
        except sqlite3.Error as error:
            _LOG.error("requests cannot be counted: %s", error)
            return
        if hits > self._most:
            errors = [FieldError("requests", f"at most {self._most} in {self._period_s} s", "more")]
            seconds = min(max(1, math.ceil(ends - now)), self._period_s)
            raise Problem(429, "too many requests", errors, {"Retry-After": str(seconds)})

    def _hit(self, client: str, now: float) -> tuple[int, float]:
        """The client's requests in its open period, with this one, and when the period ends."""
        with self._using:
            self._counts.execute(_FORGET, (now,))
            ((hits, ends),) = self._counts.execute(_COUNT, (client, now + self._period_s)).fetchall()
        return hits, ends


@cache
def shared_counts() -> str:
    """Path of the file in which this process and those forked from it count; removed when this process ends.

    gunicorn's master calls this before the fork; a worker that calls it first gets a file of its own. The file is
    created and closed here: SQLite's connections do not survive a fork, and workers that create it together collide.
    Raises OSError or sqlite3.Error where nothing can be written.
    """
    folder = mkdtemp(prefix="helmet-service-rates-")
    remove_at_end(folder)
    path = f"{folder}/counts.sqlite"
    with closing(sqlite3.connect(path)) as counts:
        counts.executescript(_SETUP)
    return path


def remove_at_end(folder: str) -> None:
    """Remove a folder when this process ends, but not when a process forked from it does."""
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: str, maker: int) -> None:
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)
