"""Where the service writes: temporary files, and what its workers count."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final, NoReturn

COUNTS: Final = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client counts; set before it is imported, to anything
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  the folder's name there cannot be guessed, and it must not be there yet
_ROOM: Final = 32_000_000  # bytes


def refuse(reason: object) -> NoReturn:
    """End the process before it serves: one line, and EX_CONFIG of sysexits.h."""
    print(f"helmet-service cannot start: {reason}", file=sys.stderr)
    sys.exit(78)


def choose_folders() -> str:
    """Choose the folder for temporary files, and the metrics' folder inside the returned one: /dev/shm if it has room.

    A reload comes here again in the same process and keeps what was counted; every other start has a new folder.
    """
    memory_has_room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    try:
        tempfile.gettempdir()
    except OSError:  # a root that may only be read
        if not memory_has_room:
            refuse(f"TMPDIR: expected a folder to write to where {_MEMORY} has no room (32 MB), got none")
        tempfile.tempdir = str(_MEMORY)
    mine = f"helmet-service-{os.getpid()}-"
    if mine not in os.environ.get(COUNTS, ""):
        parent = _MEMORY if memory_has_room else Path(tempfile.gettempdir())
        os.environ[COUNTS] = str(parent / (mine + secrets.token_hex(8)))
    return str(Path(os.environ[COUNTS]).parent)


def make_folder_of_counts(needed: int) -> str:
    """Make it and return its path; without so many bytes of room the process ends."""
    folder = os.environ[COUNTS]
    try:
        os.mkdir(folder, 0o700)
    except OSError as error:
        refuse(error)
    if (free := shutil.disk_usage(folder).free) < needed:
        shutil.rmtree(folder)
        refuse(f"{folder}: expected {needed // 1000} kB of room for what workers count, got {free // 1000} kB")
    return folder
