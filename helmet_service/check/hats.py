"""A file with hats for the pictures of an archive, one picture a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from helmet_service.check.archive import Part, Request
from pose.errors import described


def read_hats(path: Path) -> dict[str, Request]:
    """The requests in a file, by their pictures' names.

    A line is {"picture": name, "hats": [...]}, with any other keys of `/v1/compliance`; these are validated later, with
    the picture. Raises ValueError for a line without a picture's name, and for a name that comes twice.
    """
    by_name: dict[str, Request] = {}
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                name, asked = _read_line(line, f"{path}, line {number}")
                if name in by_name:
                    raise ValueError(f"{path}, line {number}: expected each picture once, got {name} again")
                by_name[name] = asked
    return by_name


def give(parts: Iterable[Part], hats: dict[str, Request]) -> list[Part]:
    """The parts with their pictures' requests, which are taken out of `hats`: a line is for the first of its name."""
    return [replace(part, given=tuple(hats.pop(name, None) for name in part.source.names())) for part in parts]


def _read_line(line: str, where: str) -> tuple[str, Request]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{where}: expected JSON, got: {error}") from error
    name = asked.pop("picture", None) if isinstance(asked, dict) else None
    if name is None or not isinstance(name, str):
        raise ValueError(f'{where}: expected {{"picture": name, "hats": [...]}}, got {described(asked)}')
    return name, asked
