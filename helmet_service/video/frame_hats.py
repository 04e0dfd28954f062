"""The hats of a video's frames, from a file of JSON lines, read when their frame comes."""

from __future__ import annotations

import json
from pathlib import Path

from helmet_service.verdicts.boxes import Hat
from helmet_service.video.seen import hats_of


class FrameHats:
    """Lines `{"frame": number, "hats": [{left, top, width, height, score}]}` in any order; of two of a frame the last
    counts. path: a file whose lines were checked when it came; without one, no frame has any hats.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb") if path.exists() else None
        self._places: dict[int, int] = {}
        place = 0
        for line in self._file or ():
            if line.strip():
                self._places[json.loads(line)["frame"]] = place
            place += len(line)

    def of(self, frame: int) -> list[Hat] | None:
        """The hats of a frame; None where no line tells."""
        if self._file is None or frame not in self._places:
            return None
        self._file.seek(self._places[frame])
        return hats_of(json.loads(self._file.readline())["hats"])
