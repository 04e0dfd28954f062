"""The pictures and facts of alarms as files: `WATCH_DIR/evidence/ALARM_ID/`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from helmet_service.alarms.database import EVIDENCE
from helmet_service.shared_files import sync_folder
from helmet_service.verdicts.boxes import Box

EvidenceFile = Literal["picture.jpg", "annotated.jpg", "alarm.json"]

_UNFINISHED: Final = "unfinished-"


@dataclass(frozen=True, slots=True)
class Evidence:
    """picture: a JPEG, and annotated: the same with the alarm drawn on it. facts: what `alarm.json` says.

    person: the alarmed one's box, in shares of the picture's width and height.
    """

    picture: bytes
    annotated: bytes
    facts: Mapping[str, Any]
    person: Box


class EvidenceFolder:
    """The evidence in a folder (WATCH_DIR). Ids are those of alarms in the database, never text from outside."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVIDENCE

    def file(self, alarm: str, name: EvidenceFile) -> Path:
        """Where a file of an alarm is, if it has any."""
        return self._path / alarm / name

    def write(self, alarm: str, evidence: Evidence) -> int:
        """Write what is not there yet: after a crash, all of it or nothing is. Returns how many bytes it has."""
        content: dict[EvidenceFile, bytes] = {
            "picture.jpg": evidence.picture,
            "annotated.jpg": evidence.annotated,
            "alarm.json": json.dumps(evidence.facts, ensure_ascii=False).encode(),
        }
        if not (self._path / alarm).exists():
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = self._path / f"{_UNFINISHED}{alarm}"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(mode=0o700)
            for name, data in content.items():
                _write(unfinished / name, data)
            sync_folder(unfinished)
            unfinished.rename(self._path / alarm)
            sync_folder(self._path)
        return sum(map(len, content.values()))

    def keep_only(self, alarms: Collection[str]) -> None:
        """Remove the evidence of all alarms but these, and what a crash left."""
        if self._path.exists():
            for folder in self._path.iterdir():
                if folder.name not in alarms and folder.is_dir():
                    shutil.rmtree(folder)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
