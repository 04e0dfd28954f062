"""Trouble with a disk, as an answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from helmet_service.http.problems import overloaded

_LOG: Final = logging.getLogger(__name__)


@contextmanager
def needing_disk(setting: str, kept: str) -> Iterator[None]:
    """Problem 503 for an OSError, which only the log explains.

    setting: that names the folder. kept: what is written there, in words.
    """
    try:
        yield
    except OSError as error:
        _LOG.error("%s: %s", setting, error)
        raise overloaded("no_disk", f"a disk to write {kept} to", "none") from error
