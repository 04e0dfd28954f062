"""Frames as the network sees them, for the measurements of what never moves, and rules to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.still_streams import Pixels
from helmet_service.verdicts.case import Case, JudgedCase, judge_case
from helmet_service.verdicts.judge import Judgement
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.still import STILL
from helmet_service.verdicts.watching import Voted, Watched
from pose.estimation.estimator import Estimator

NOBODY: Final = JudgedCase((), Judgement((), ()))
RULES: Final = {"": STILL, ", by pictures alone": replace(STILL, strong=1.1)}
"""By name: as they are, and without regard to how clearly the network sees somebody."""


@dataclass(frozen=True, slots=True)
class Seer:
    """The network, and verdicts by what it sees alone."""

    estimator: Estimator

    def judge(self, pixels: Pixels) -> JudgedCase:
        """A frame's people and verdicts."""
        height, width = pixels.shape[:2]
        found = self.estimator(pixels)
        return judge_case(Case(found.people, None, width, height, found.scale), Rules(), trust="model")


def as_bare(judged: JudgedCase, at_s: float, tracks: Sequence[int] | None = None) -> Watched:
    """The frame as if everybody were bare, and had been for long. tracks: None: everybody is somebody new."""
    verdicts = judged.judgement.people
    own = tracks or [round(at_s) * 1000 + place for place in range(len(verdicts))]
    return Watched(at_s, judged, tuple(Voted(track, "no_helmet", 0.9, at_s, 9) for track in own))


def size_of(pixels: Pixels) -> tuple[int, int]:
    """Width and height."""
    return pixels.shape[1], pixels.shape[0]
