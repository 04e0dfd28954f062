"""Small JSON objects in a file of the folder of counts: all workers see them at once, and a killed one leaves them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

BYTES_A_RECORD: Final = 256
_NOBODYS: Final = -1  # memory that has no file


def folder_of_counts() -> Path | None:
    """The folder that a service's workers share (server/folders.py); None for a process without others."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(folder) if folder else None


class Records:
    """Places for records; a place is written by one thread at a time.

    path: of the file, which is made with its full size, because a process that writes to a hole when the disk is full
    is killed (SIGBUS); None: only this process sees them. OSError when the disk has no room.
    """

    def __init__(self, path: Path | None, places: int) -> None:
        size = places * BYTES_A_RECORD
        if path is None:
            self._memory = mmap(_NOBODYS, size)
            return
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(file, 0, size)
            self._memory = mmap(file, size)
        finally:
            os.close(file)

    def write(self, place: int, record: Json) -> None:
        """Put the record in this place; ValueError for one that is too long."""
        text = json.dumps(record).encode()
        if len(text) > BYTES_A_RECORD:
            raise ValueError(f"record: expected at most {BYTES_A_RECORD} bytes of JSON, got {len(text)}")
        start = place * BYTES_A_RECORD
        self._memory[start : start + BYTES_A_RECORD] = text.ljust(BYTES_A_RECORD)

    def read(self) -> list[Json]:
        """All records, in the order of their places."""
        return list(_records_in(self._memory[:]))


def read_records(path: Path) -> list[Json]:
    """The records in another process's file; none where it has just been removed."""
    try:
        return list(_records_in(path.read_bytes()))
    except FileNotFoundError:
        return []


def _records_in(data: bytes) -> Iterator[Json]:
    for start in range(0, len(data), BYTES_A_RECORD):
        text = data[start : start + BYTES_A_RECORD].strip(b" \0")
        if text:
            try:
                yield json.loads(text)
            except ValueError:  # another process is writing it
                continue
