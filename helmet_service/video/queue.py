"""The queue between server and consumer: it carries ids of jobs, in a SQLite file or in Redis."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Final

from huey.storage import BaseStorage, RedisStorage, SqliteStorage
from redis.exceptions import RedisError

_LOG: Final = logging.getLogger(__name__)
_NAME: Final = "helmet-videos"


class JobQueue:
    """Ids of jobs that wait, first come, first served.

    It only says sooner what the jobs' folders say too (`Jobs.recover`): what cannot be written or read is logged, and
    nothing is lost. address: `redis://...`; "": a SQLite file in `folder`.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._opened: BaseStorage | None = None

    def put(self, job_id: str) -> None:
        """Add a job's id."""
        try:
            self._storage().enqueue(job_id.encode())
        except (RedisError, sqlite3.Error) as error:
            _LOG.warning("the queue of videos cannot be written, a consumer will find job %s later: %s", job_id, error)

    def take(self) -> str | None:
        """Take the id that has waited for longest; None without one."""
        try:
            taken = self._storage().dequeue()
        except (RedisError, sqlite3.Error) as error:
            _LOG.warning("the queue of videos cannot be read: %s", error)
            return None
        return None if taken is None else bytes(taken).decode()

    def waiting(self) -> set[str] | None:
        """All ids in the queue; None when it cannot be read."""
        try:
            return {bytes(item).decode() for item in self._storage().enqueued_items()}
        except (RedisError, sqlite3.Error) as error:
            _LOG.warning("the queue of videos cannot be read: %s", error)
            return None

    def _storage(self) -> BaseStorage:
        if self._opened is None:
            self._opened = (
                RedisStorage(_NAME, url=self._address, blocking=False)
                if self._address
                else SqliteStorage(_NAME, str(self._folder / "queue.sqlite"), strict_fifo=True)
            )
        return self._opened
