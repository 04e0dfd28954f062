"""The verdicts of one track so far -> one that a single wrong picture does not change, whatever the frame rate.

What is summed are log-odds of a helmet against a bare head (sequential analysis: Wald 1945), so that surer verdicts
count more. The sum decays, so that people may put helmets on and off. Time weighs, not frames: neighbouring frames show
the same, right or wrong. When a status began is Page's estimate of a change ("Continuous Inspection Schemes",
Biometrika 1954).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from helmet_service.verdicts.calibration import log_odds, probability
from helmet_service.verdicts.judge import Status, Verdict

Worn = Literal["helmet", "no_helmet"]


@dataclass(frozen=True, slots=True)
class VotingRules:
    """The thresholds of a vote, chosen on made-up verdicts by `python -m benchmarks.voting --choose`.

    memory_s: after this time a verdict counts by 1/e of what it did, in seconds.
    picture_s: the frames of this time count together as much as one picture, in seconds.
    least_frame, surest_frame: what the confidence of a frame counts as, at least and at most: what all frames say is
    said at last, however unsure they are; and a frame in twenty-five may be wrong, however sure it is.
    steady_s: how long a status must have been seen before it is said, in seconds: one, less what frames come early.
    steady_frames: in how many frames.
    min_helmet, min_alarm: the probability from which either is said.
    keep: the probability from which a status is kept that was said before.
    longest_gap_s: a status that no frame has shown for so long has ended, in seconds.
    longest_run: so many pictures outweigh a status, however long it was seen.
    surest: the highest probability that is stated.
    """

    memory_s: float = 2.0
    picture_s: float = 1.0
    least_frame: float = 0.9
    surest_frame: float = 0.96
    steady_s: float = 0.9
    steady_frames: int = 2
    min_helmet: float = 0.9
    min_alarm: float = 0.95
    keep: float = 0.55
    longest_gap_s: float = 4.0
    longest_run: float = 2.0
    surest: float = 0.99


VOTING: Final = VotingRules()


@dataclass(frozen=True, slots=True)
class Run:
    """The frames that show one status, until as many show the other one.

    since_s: when it began, in the middle between the first frame that shows it and the last that shows the other one.
    last_s: when the last frame showed it. frames: how many did. total: by how many pictures they outnumber the others.
    """

    since_s: float
    last_s: float
    frames: int = 0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Votes:
    """What the frames of a track say so far, up to that of `at_s`; times in seconds.

    status, since_s: what is said, and since when it is so. total: the decayed sum of log-odds of a helmet. last: those
    of the last frame. frames: how many were judged. runs: of the statuses that the last frames show.
    """

    at_s: float
    since_s: float
    status: Status = "unknown"
    total: float = 0.0
    last: float = 0.0
    frames: int = 0
    runs: Mapping[Worn, Run] = field(default_factory=dict)

    def confidence(self, rules: VotingRules) -> float | None:
        """The probability that the status is right; None for `unknown`."""
        return None if self.status == "unknown" else min(probability(abs(self.total)), rules.surest)


def vote(votes: Votes | None, verdict: Verdict, at_s: float, rules: VotingRules) -> Votes:
    """The votes after one more frame's verdict. votes: None for a track's first frame; at_s: later than its last."""
    before = votes or Votes(at_s, at_s)
    wait = at_s - before.at_s
    weight, now = _weight(wait, rules), _evidence(verdict, rules)
    # A frame speaks for half of the time to each of its neighbours.
    total = before.total * math.exp(-wait / rules.memory_s) + weight * (before.last + now) / 2
    runs = _runs(before.runs, weight, now, at_s, rules)
    after = replace(before, at_s=at_s, total=total, last=now, frames=before.frames + 1, runs=runs)
    status, since_s = _said(after, rules)
    return replace(after, status=status, since_s=since_s)


_BOTH: Final[tuple[Worn, Worn]] = ("helmet", "no_helmet")
_SIGNS: Final[dict[Worn, int]] = {"helmet": 1, "no_helmet": -1}


def _weight(wait: float, rules: VotingRules) -> float:
    """Of the evidence between two frames, in pictures: as much as decays meanwhile, at most 1."""
    share = (1 - math.exp(-wait / rules.memory_s)) / (1 - math.exp(-rules.picture_s / rules.memory_s))
    return min(share, 1.0)


def _evidence(verdict: Verdict, rules: VotingRules) -> float:
    """The log-odds of a helmet in one frame; 0 where it cannot be judged."""
    if verdict.status == "unknown":
        return 0.0
    confidence = max(verdict.confidence or 0.0, rules.least_frame)
    return _SIGNS[verdict.status] * log_odds(min(confidence, rules.surest_frame))


def _runs(before: Mapping[Worn, Run], weight: float, now: float, at_s: float, rules: VotingRules) -> dict[Worn, Run]:
    """The runs of both statuses after a frame that speaks for as many pictures; now: its log-odds of a helmet."""
    fresh = {worn: run for worn, run in before.items() if at_s - run.last_s <= rules.longest_gap_s}
    if now == 0:
        return fresh
    shown, other = _BOTH if now > 0 else _BOTH[::-1]
    last_s = fresh[other].last_s if other in fresh else at_s
    run = fresh.get(shown, Run((last_s + at_s) / 2, at_s))
    runs = {shown: Run(run.since_s, at_s, run.frames + 1, min(run.total + weight, rules.longest_run))}
    if other in fresh and fresh[other].total > weight:
        runs[other] = replace(fresh[other], total=fresh[other].total - weight)
    return runs


def _said(votes: Votes, rules: VotingRules) -> tuple[Status, float]:
    """The status that these votes allow, and since when it is so."""
    worn: Worn = "helmet" if votes.total > 0 else "no_helmet"
    sure, run = probability(abs(votes.total)), votes.runs.get(worn)
    if votes.status == worn and sure >= rules.keep:
        return worn, votes.since_s
    if run and sure >= _least(worn, rules) and _is_steady(run, votes.at_s, rules):
        return worn, run.since_s
    return "unknown", votes.since_s if votes.status == "unknown" else votes.at_s


def _least(worn: Worn, rules: VotingRules) -> float:
    return rules.min_helmet if worn == "helmet" else rules.min_alarm


def _is_steady(run: Run, at_s: float, rules: VotingRules) -> bool:
    return run.frames >= rules.steady_frames and at_s - run.since_s >= rules.steady_s
