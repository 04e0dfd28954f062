"""Files that several processes share: replaced whole, locked by whoever changes them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def replace_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file so that readers, and a machine that loses power, see the old one or the whole new one."""
    replace_file(path, json.dumps(content).encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that readers, and a machine that loses power, see the old one or the whole new one."""
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a machine that loses power."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, for the moment of a change; FileNotFoundError when the folder is gone."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def try_lock(path: Path) -> int | None:
    """Lock a file, which is made when it is missing; None when a process holds the lock.

    Returns an open file: the lock is held until every process that has it open has closed it or ended.
    FileNotFoundError when the folder is gone.
    """
    opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    return opened
