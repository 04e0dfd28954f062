"""The SQLite file of alarms, events and deliveries, shared by the watch and the servers."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from helmet_service.http.request_ids import new_request_id
from helmet_service.shared_files import locked

EVIDENCE: Final = "evidence"  # beside the file: a folder for each alarm

_LOG: Final = logging.getLogger(__name__)
_FILE: Final = "alarms.db"
_BUSY_S: Final = 10.0  # longer than any of our transactions
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SET_ASIDE: Final = (f"{_FILE}-journal", _FILE, EVIDENCE)  # the journal first: it would be applied to a new file


class StoreError(OSError):
    """What is kept of alarms cannot be read or written now: the disk is full, say. Later it may work: try again."""


@contextmanager
def transaction(folder: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """One transaction on `alarms.db` of a folder (WATCH_DIR), on disk when the block ends; rolled back by an exception.

    schema: `create table if not exists` and the like, for the tables that the block uses. A connection a transaction:
    they are few, and threads and processes need no rules about who has which. StoreError for trouble with the disk,
    also of the block's own files. A damaged database is put away, with the evidence, into a folder `damaged-ID` beside
    it: the next transaction begins a new one.
    """
    with _trouble_told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(folder / _FILE) as connection:
            # Rows can be read, and removed, on a full disk: a log of writes would need room even to be read.
            connection.execute("pragma journal_mode=persist")
            connection.execute("pragma synchronous=full")
            connection.execute("pragma foreign_keys=on")
            connection.execute("begin immediate")
            _execute_all(connection, schema)
            yield connection
            connection.execute("commit")


@contextmanager
def reading(folder: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """One state of the database; empty tables where there is no file. See `transaction`."""
    path = folder / _FILE
    with _trouble_told(folder), _opened(path if path.exists() else ":memory:") as connection:
        connection.execute("begin")
        _execute_all(connection, schema)
        yield connection
        connection.execute("commit")


@contextmanager
def _opened(path: Path | str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def _execute_all(connection: sqlite3.Connection, schema: str) -> None:
    for statement in schema.split(";"):
        connection.execute(statement)


@contextmanager
def _trouble_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(f"{folder}: {error}") from error
    except sqlite3.DatabaseError as error:
        if not _says_damaged(error):
            raise
        _set_aside(folder)
        raise StoreError(f"{folder / _FILE}: {error}") from error


def _says_damaged(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED  # the upper bits say more of the same


def _set_aside(folder: Path) -> None:
    """Put a damaged database away, once for all processes that see it."""
    try:
        with locked(folder):
            if not _is_damaged(folder / _FILE):
                return
            aside = folder / f"damaged-{new_request_id()}"
            aside.mkdir(mode=0o700)
            for name in _SET_ASIDE:
                if (folder / name).exists():
                    (folder / name).rename(aside / name)
    except OSError as error:
        raise StoreError(f"{folder}: {error}") from error
    _LOG.error("%s is damaged; it lies in %s now, with the evidence, and a new one begins", _FILE, aside)


def _is_damaged(path: Path) -> bool:
    try:
        with _opened(path) as connection:
            said: str = connection.execute("pragma integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return _says_damaged(error)
    return said != "ok"
