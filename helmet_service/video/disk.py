"""Trouble with the disk of video jobs, as an answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from helmet_service.http.problems import overloaded

_LOG: Final = logging.getLogger(__name__)


@contextmanager
def needing_disk() -> Iterator[None]:
    """Problem 503 for an OSError, which only the log explains."""
    try:
        yield
    except OSError as error:
        _LOG.error("VIDEO_DIR: %s", error)
        raise overloaded("no_disk", "a disk to write videos to", "none") from error
