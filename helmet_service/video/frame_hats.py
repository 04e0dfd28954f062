"""The hats of a video's frames, from a file of JSON lines, read when their frame comes."""

from __future__ import annotations

import json
from pathlib import Path

from helmet_service.verdicts.boxes import Hat
from helmet_service.work.judging import hats_of


class FrameHats:
    """Lines `{"frame": number, "hats": [{left, top, width, height, score}]}` in any order; of two of a frame the last
    counts. path: a file whose lines were checked when it came; without one, no frame has any hats.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places = _places(path) if path.exists() else {}

    def of(self, frame: int) -> list[Hat] | None:
        """The hats of a frame; None where no line tells."""
        if frame not in self._places:
            return None
        with self._path.open("rb") as file:
            file.seek(self._places[frame])
            return hats_of(json.loads(file.readline())["hats"])


def _places(path: Path) -> dict[int, int]:
    """Where each frame's line begins, in bytes."""
    places, place = {}, 0
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                places[json.loads(line)["frame"]] = place
            place += len(line)
    return places
