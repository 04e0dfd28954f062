"""The queue between server and consumer: it carries ids of jobs, in a SQLite file or in Redis."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from huey.storage import BaseStorage, RedisStorage, SqliteStorage
from redis import ConnectionPool
from redis.exceptions import RedisError

_LOG: Final = logging.getLogger(__name__)
_NAME: Final = "helmet-videos"
_PATIENCE_S: Final = 2.0  # for Redis: requests wait for it
Answer = TypeVar("Answer")


class JobQueue:
    """Ids of jobs that wait, first come, first served.

    It only says sooner what the jobs' folders say too (`Jobs.recover`): while it cannot be used, nothing is lost.
    address: `redis://...`; "": a SQLite file in `folder`.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._opened: BaseStorage | None = None
        self.works = True

    def put(self, job_id: str) -> None:
        """Add a job's id."""
        self._try(lambda storage: storage.enqueue(job_id.encode()))

    def take(self) -> str | None:
        """Take the id that has waited for longest; None without one."""
        taken = self._try(lambda storage: storage.dequeue())
        return None if taken is None else bytes(taken).decode()

    def waiting(self) -> set[str] | None:
        """All ids in the queue; None when it cannot be read."""
        return self._try(lambda storage: {bytes(item).decode() for item in storage.enqueued_items()})

    def _try(self, call: Callable[[BaseStorage], Answer]) -> Answer | None:
        """None when the queue cannot be used."""
        try:
            answer = call(self._storage())
        except (RedisError, sqlite3.Error) as error:
            if self.works:
                _LOG.warning("the queue of video jobs cannot be used, consumers look at the jobs' folders: %s", error)
            self.works = False
            return None
        self.works = True
        return answer

    def _storage(self) -> BaseStorage:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> BaseStorage:
        if not self._address:
            return SqliteStorage(_NAME, str(self._folder / "queue.sqlite"), strict_fifo=True)
        timeouts = {"socket_timeout": _PATIENCE_S, "socket_connect_timeout": _PATIENCE_S}
        return RedisStorage(_NAME, blocking=False, connection_pool=ConnectionPool.from_url(self._address, **timeouts))
