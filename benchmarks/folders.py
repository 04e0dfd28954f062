"""The folders of labelled pictures and peer networks, from PICTURES_DIR and PEERS_DIR."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def folder(variable: str) -> Path | None:
    """The folder that an environment variable names; None, and a line on stderr, when it is unset or missing."""
    value = os.environ.get(variable)
    if value and Path(value).is_dir():
        return Path(value)
    print(f"skipped: {variable} is {value or 'not set'}, expected a folder", file=sys.stderr)
    return None
