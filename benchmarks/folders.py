"""Where labelled pictures and peer networks lie: folders that PICTURES_DIR and PEERS_DIR name."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def folder(variable: str) -> Path | None:
    """The folder that an environment variable names, or None, after saying so, when it is unset or not there."""
    value = os.environ.get(variable)
    if value and Path(value).is_dir():
        return Path(value)
    print(f"skipped: {variable} is {value or 'not set'}, expected a folder", file=sys.stderr)
    return None
