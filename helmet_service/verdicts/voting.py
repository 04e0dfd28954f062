"""The verdicts of one track so far -> one that a single wrong picture does not change, whatever the frame rate.

What is summed are log-odds of a helmet against a bare head (sequential analysis: Wald 1945), so that surer verdicts
count more. The sum decays, so that people may put helmets on and off. Time weighs, not frames: neighbouring frames show
the same, right or wrong. When a status began is Page's estimate of a change ("Continuous Inspection Schemes",
Biometrika 1954).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

from helmet_service.verdicts.calibration import log_odds, probability
from helmet_service.verdicts.judge import Status, Verdict

Worn = Literal["helmet", "no_helmet"]


@dataclass(frozen=True, slots=True)
class VotingRules:
    """The thresholds of a vote; what they do: `python -m benchmarks.tracking`.

    memory_s: after this time a verdict counts by 1/e of what it did, in seconds.
    picture_s: the frames of this time count together as much as one picture, in seconds.
    surest_frame: what a frame's confidence counts as at most: a frame in twenty may be wrong, however sure.
    unstated: the confidence of a verdict that states none, as the legacy rule's.
    steady_s: how long a status must have been seen before it is said, in seconds: one, less what frames come early.
    steady_frames: in how many frames.
    min_helmet, min_alarm: the probability from which either is said.
    keep: the probability from which a status is kept that was said before.
    surest: the highest probability that is stated.
    """

    memory_s: float = 2.0
    picture_s: float = 1.0
    surest_frame: float = 0.95
    unstated: float = 0.8
    steady_s: float = 0.9
    steady_frames: int = 2
    min_helmet: float = 0.7
    min_alarm: float = 0.8
    keep: float = 0.55
    surest: float = 0.99


@dataclass(frozen=True, slots=True)
class Run:
    """The evidence for one status since it last was outweighed.

    since_s, last_s: when the first and the last frame showed it. frames: how many did. total: log-odds.
    """

    since_s: float
    last_s: float
    frames: int = 0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Votes:
    """What the frames of a track say so far, up to that of `at_s`; times in seconds.

    total: the decayed sum of log-odds of a helmet. last: those of the last frame. runs: of the statuses that the last
    frames show. status, since_s: what is said, and since when it is so. frames: how many were judged.
    """

    at_s: float
    since_s: float
    status: Status = "unknown"
    total: float = 0.0
    last: float = 0.0
    frames: int = 0
    runs: dict[Worn, Run] = field(default_factory=dict)

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
    runs = {
        worn: run
        for worn, sign in _SIGNS.items()
        if (run := _continued(before.runs.get(worn), weight, sign * now, at_s, rules))
    }
    after = replace(before, at_s=at_s, total=total, last=now, frames=before.frames + 1, runs=runs)
    status, since_s = _said(after, rules)
    return replace(after, status=status, since_s=since_s)


_SIGNS: dict[Worn, int] = {"helmet": 1, "no_helmet": -1}


def _weight(wait: float, rules: VotingRules) -> float:
    """Of the evidence between two frames, in pictures: as much as decays meanwhile, at most 1."""
    share = (1 - math.exp(-wait / rules.memory_s)) / (1 - math.exp(-rules.picture_s / rules.memory_s))
    return min(share, 1.0)


def _evidence(verdict: Verdict, rules: VotingRules) -> float:
    """The log-odds of a helmet in one frame; 0 where it cannot be judged."""
    if verdict.status == "unknown":
        return 0.0
    confidence = rules.unstated if verdict.confidence is None else verdict.confidence
    return _SIGNS[verdict.status] * log_odds(min(confidence, rules.surest_frame))


def _continued(run: Run | None, weight: float, now: float, at_s: float, rules: VotingRules) -> Run | None:
    """now: the frame's log-odds of the run's status."""
    if run is not None and (run.total + weight * now < 0 or at_s - run.last_s > rules.memory_s):
        run = None
    if now <= 0:
        return run and replace(run, total=run.total + weight * now)
    run = run or Run(at_s, at_s)
    most = 2 * log_odds(rules.surest_frame)  # so that two pictures outweigh whatever was before
    return Run(run.since_s, at_s, run.frames + 1, min(run.total + weight * now, most))


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
