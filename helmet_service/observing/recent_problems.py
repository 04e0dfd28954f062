"""Which kinds of refusals and faults there were of late, over all workers: for `/v1/status`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Final

import psutil

from helmet_service.observing.shared_records import BYTES_A_RECORD, Json, Records, read_records

_KINDS: Final = 64  # of each worker; a new one takes the place of the one that was seen least recently
BYTES_A_WORKER: Final = _KINDS * BYTES_A_RECORD
_MOST_TOLD: Final = 20
_ENDED_S: Final = 600.0  # for so long, problems of a worker that has ended are told

Kind = tuple[str, int, str]  # route, status and reason


class RecentProblems:
    """Notes this worker's refusals and faults by kind, and tells those of all workers.

    Each worker has a file of its own in the folder, so that noting takes no lock of another process.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._own = folder and folder / f"problems_{os.getpid()}.bin"
        if self._own:
            self._own.unlink(missing_ok=True)  # of an ended process with our number
        self._records = Records(self._own, _KINDS)
        self._noted: dict[Kind, tuple[int, int]] = {}  # place and count, the most recently seen last
        self._noting = threading.Lock()

    def note(self, route: str, status: int, reason: str, request_id: str) -> None:
        """Count a request that was refused or that failed, and why (`Problem.reason`).

        route: its rule (`other`: no route of ours), which holds nothing that the client sent.
        """
        kind = (route, status, reason)
        with self._noting:
            noted = self._noted.pop(kind, None)
            place, count = noted or (self._free_place(), 0)
            self._noted[kind] = place, count + 1
            record = {
                "route": route, "status": status, "reason": reason,
                "count": count + 1, "last_s": time.time(), "request_id": request_id,
            }  # fmt: skip
            self._records.write(place, record)

    def told(self) -> list[Json]:
        """The 20 kinds of all workers that were seen last, the latest first."""
        kinds: dict[Kind, Json] = {}
        for record in sorted([*self._records.read(), *self._others()], key=itemgetter("last_s"), reverse=True):
            kind = record["route"], record["status"], record["reason"]
            if kind in kinds:
                kinds[kind]["count"] += record["count"]
            else:
                kinds[kind] = record
        return list(kinds.values())[:_MOST_TOLD]

    def _free_place(self) -> int:
        if len(self._noted) < _KINDS:
            return len(self._noted)
        return self._noted.pop(next(iter(self._noted)))[0]

    def _others(self) -> Iterator[Json]:
        """What other workers noted. The file of one that has ended is removed once nothing in it is told any more."""
        for path in self._folder.glob("problems_*.bin") if self._folder else ():
            if path == self._own:
                continue
            records = read_records(path)
            if not psutil.pid_exists(int(path.stem.removeprefix("problems_"))):
                records = [record for record in records if record["last_s"] > time.time() - _ENDED_S]
                if not records:
                    path.unlink(missing_ok=True)
            yield from records
