"""A file of hats, one picture a line, joined to the pictures of an archive."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from helmet_service.check.archive import Fields, Part
from pose.errors import described


def read_hats(path: Path) -> dict[str, Fields]:
    """What is asked of each picture, by the picture's name.

    A line is {"picture": name, "hats": [...]}, and may hold what else `/v1/compliance` takes; that is checked with the
    picture. Raises ValueError for a line that names no picture, or one that another line has named.
    """
    by_name: dict[str, Fields] = {}
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                name, asked = _read_line(line, f"{path}, line {number}")
                if name in by_name:
                    raise ValueError(f"{path}, line {number}: expected each picture once, got {name} again")
                by_name[name] = asked
    return by_name


def give(parts: Iterable[Part], hats: dict[str, Fields]) -> list[Part]:
    """The parts with what is asked of their pictures, which is taken out of `hats`: each line is for one picture."""
    return [replace(part, given=tuple(hats.pop(name, None) for name in part.source.names())) for part in parts]


def _read_line(line: str, where: str) -> tuple[str, Fields]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{where}: expected JSON, got: {error}") from error
    name = asked.pop("picture", None) if isinstance(asked, dict) else None
    if name is None or not isinstance(name, str):
        raise ValueError(f'{where}: expected {{"picture": name, "hats": [...]}}, got {described(asked)}')
    return name, asked
