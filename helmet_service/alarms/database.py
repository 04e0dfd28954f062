"""The SQLite file of alarms, events and deliveries, shared by the watch and the servers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_BUSY_S: Final = 10.0  # longer than any of our transactions


@contextmanager
def transaction(folder: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """One transaction on `alarms.db` of a folder (WATCH_DIR), on disk when the block ends; rolled back by an exception.

    schema: `create table if not exists` and the like, for the tables that the block uses. A connection a transaction:
    they are few, and threads and processes need no rules about who has which.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / "alarms.db", timeout=_BUSY_S, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.execute("pragma foreign_keys=on")
        connection.execute("begin immediate")
        for statement in schema.split(";"):
            connection.execute(statement)
        yield connection
        connection.execute("commit")
    finally:
        connection.close()
