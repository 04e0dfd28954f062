"""A video job: what it says of itself, and which states follow which."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

State = Literal["queued", "running", "done", "failed", "cancelled"]
STATES: Final[tuple[State, ...]] = get_args(State)
MOST_DEATHS: Final = 3

_NEXT: Final[Mapping[State, frozenset[State]]] = {
    "queued": frozenset({"queued", "running", "cancelled"}),
    "running": frozenset({"running", "queued", "done", "failed", "cancelled"}),
    "done": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}


class JobGoneError(Exception):
    """The job was cancelled, removed or finished by another process."""


@dataclass(frozen=True, slots=True)
class Job:
    """What `job.json` says; times are seconds since 1970.

    owner: name of the key that made it, "" without keys. request: as loaded at POST. facts: of the video, as
    `pose.video.probe` prints them. frames: worked through so far. error: one line, of a failed job. deaths: how often
    its process ended without a word. heard_s: when it last said something. kernel: which one runs its process.
    purged: the folder was removed.
    """

    id: str
    owner: str
    request: Mapping[str, Any]
    facts: Mapping[str, Any]
    created_s: float
    heard_s: float
    state: State = "queued"
    frames: int = 0
    frames_total: int | None = None
    eta_s: float | None = None
    summary: Mapping[str, Any] | None = None
    error: str | None = None
    deaths: int = 0
    kernel: str = ""
    purged: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether it stays as it is."""
        return not _NEXT[self.state]

    @property
    def progress(self) -> float:
        """The share of its frames that are worked through, from 0 to 1; 1 once it is done."""
        if self.state == "done":
            return 1.0
        return min(1.0, self.frames / self.frames_total) if self.frames_total else 0.0

    def public(self) -> dict[str, Any]:
        """The job object of the wire format."""
        return {
            "id": self.id,
            "state": self.state,
            "progress": round(self.progress, 4),
            "frames": self.frames,
            "frames_total": self.frames_total,
            "eta_s": None if self.eta_s is None else round(self.eta_s, 1),
            "summary": self.summary,
            "error": self.error,
        }

    def become(self, state: State, **changes: Any) -> Job:  # noqa: ANN401
        """The job in another state, or in the same one with changes; JobGoneError where that does not follow."""
        if state not in _NEXT[self.state]:
            raise JobGoneError(f"job {self.id}: expected one that can be {state}, got one that is {self.state}")
        left = self.eta_s if state == self.state else None
        return replace(self, state=state, heard_s=time.time(), **({"eta_s": left} | changes))

    def died(self, how: str) -> Job:
        """The job after its process ended without a word: queued again, or failed when that happened too often."""
        deaths = self.deaths + 1
        if deaths < MOST_DEATHS:
            return self.become("queued", deaths=deaths)
        return self.become("failed", deaths=deaths, error=f"its process died {deaths} times, at last {how}")


def frames_in(facts: Mapping[str, Any]) -> int | None:
    """How many frames a video has, about; None where it does not say."""
    counted: int = facts["frames"] or round((facts["duration_s"] or 0.0) * (facts["rate"] or 0.0))
    return counted or None
