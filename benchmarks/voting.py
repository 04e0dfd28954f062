"""Measures votes on made-up verdicts over time: `python -m benchmarks.voting [--choose]`.

It needs no pictures. It prints two Markdown tables for several frame rates: how many people who wear a helmet are
alarmed about when a share of their frames is wrong, by single frames and by votes; and how long it takes until somebody
who takes the helmet off is. `--choose` prints both for thresholds of which one is changed at a time.

Wrong frames come alone, or in runs as long as a head is blurred or behind something. A frame's confidence says nothing
of whether it is wrong. A tenth of the frames is `unknown`, and one in twenty is lost.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.judge import Status, Verdict
from helmet_service.verdicts.voting import VOTING, Votes, VotingRules, vote

RATES: Final = (1, 2, 5, 10, 30)  # frames a second
PEOPLE: Final = 200  # of each kind
SECONDS: Final = 30  # that each of them is seen
WRONG: Final = (0.02, 0.05, 0.1)  # shares of the frames
RUN_S: Final = 0.3  # the mean length of a run of wrong frames
UNKNOWN: Final = 0.1
LOST: Final = 0.05
CHANGED_WRONG: Final = 0.05  # of people who take their helmet off
CHOICES: Final = {
    "memory_s": (1.0, 3.0, 4.0),
    "picture_s": (0.5, 2.0),
    "least_frame": (0.6, 0.8),
    "surest_frame": (0.99,),
    "min_alarm": (0.8, 0.9, 0.97),
    "keep": (0.5, 0.7),
    "longest_gap_s": (2.0, 8.0),
    "longest_run": (1.0, 4.0),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """People alike: the frame rate, the share of wrong frames, the mean length of their runs (0: they come alone)."""

    rate: int
    wrong: float
    run_s: float


@dataclass(frozen=True, slots=True)
class Said:
    """One frame: its own status, and the votes so far."""

    at_s: float
    status: Status
    votes: Votes


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--choose", action="store_true", help="compare changed thresholds")
    if parser.parse_args().choose:
        print_choices()
    else:
        print_alarms()
        print_changes()


def print_alarms() -> None:
    """The share of helmeted people who are alarmed about at least once."""
    print("| wrong frames | frames a second | alarmed about by frames % | by votes % | voted unknown % of the time |")
    print("|---|---|---|---|---|")
    for run_s in (0.0, RUN_S):
        for wrong in WRONG:
            for rate in RATES:
                framed, voted, unknown = alarms(Kind(rate, wrong, run_s), VOTING)
                how = f"in runs of {run_s} s" if run_s else "alone"
                print(f"| {wrong:.0%}, {how} | {rate} | {framed:.1f} | {voted:.1f} | {unknown:.1f} |")


def print_changes() -> None:
    """How soon, and how rightly, it is told that a helmet was taken off."""
    print("\n| frames a second | seconds until said, median | 95th percentile | `since_s` right within 1 s % |")
    print("|---|---|---|---|")
    for rate in RATES:
        median, late, right = changes(Kind(rate, CHANGED_WRONG, RUN_S), VOTING)
        print(f"| {rate} | {median:.1f} | {late:.1f} | {right:.1f} |")


def print_choices() -> None:
    """Both at one and ten frames a second, for each changed threshold."""
    print(
        "| at 1, at 10 frames a second | alarmed about % | median seconds until said | `since_s` right within 1 s % |"
    )
    print("|---|---|---|---|")
    steps = ((name, value) for name, values in CHOICES.items() for value in values)
    rules = {"as they are": VOTING} | {f"{name} {value}": replace(VOTING, **{name: value}) for name, value in steps}
    for name, each in rules.items():
        alarmed = [alarms(Kind(rate, WRONG[-1], RUN_S), each)[1] for rate in (1, 10)]
        told = [changes(Kind(rate, CHANGED_WRONG, RUN_S), each) for rate in (1, 10)]
        cells = (alarmed, [median for median, *_ in told], [right for *_, right in told])
        print(f"| {name} | " + " | ".join(", ".join(f"{value:.1f}" for value in cell) for cell in cells) + " |")


def alarms(kind: Kind, rules: VotingRules) -> tuple[float, float, float]:
    """% of helmeted people whom a frame or a vote calls bare, and % of their frames that are voted unknown."""
    people = [said(kind, math.inf, rules, seed) for seed in range(PEOPLE)]
    framed = [any(frame.status == "no_helmet" for frame in frames) for frames in people]
    voted = [any(frame.votes.status == "no_helmet" for frame in frames) for frames in people]
    unknown = [np.mean([frame.votes.status == "unknown" for frame in frames]) for frames in people]
    return tuple(100 * float(np.mean(shares)) for shares in (framed, voted, unknown))  # type: ignore[return-value]


def changes(kind: Kind, rules: VotingRules) -> tuple[float, float, float]:
    """Seconds until somebody without a helmet is called bare, median and 95th percentile; % of right `since_s`."""
    waits, right = [], []
    for seed in range(PEOPLE):
        off_s = SECONDS / 2 + float(np.random.default_rng(seed).random())
        told = [frame for frame in said(kind, off_s, rules, seed) if frame.votes.status == "no_helmet"]
        after = [frame for frame in told if frame.at_s > off_s]
        waits.append(after[0].at_s - off_s if after else SECONDS)
        right.append(bool(after) and abs(after[0].votes.since_s - off_s) <= 1)
    return float(np.median(waits)), float(np.percentile(waits, 95)), 100 * float(np.mean(right))


def said(kind: Kind, off_s: float, rules: VotingRules, seed: int) -> list[Said]:
    """The frames of somebody who takes the helmet off at this time."""
    votes, frames = None, []
    for at_s, verdict in verdicts(kind, off_s, seed):
        votes = vote(votes, verdict, at_s, rules)
        frames.append(Said(at_s, verdict.status, votes))
    return frames


def verdicts(kind: Kind, off_s: float, seed: int) -> Iterator[tuple[float, Verdict]]:
    """The verdicts of somebody's frames."""
    random = np.random.default_rng((seed, kind.rate))
    count = SECONDS * kind.rate
    wrong, unknown = (_runs(count, share, kind, random) for share in (kind.wrong, UNKNOWN))
    for number in np.flatnonzero(random.random(count) >= LOST):
        at_s = float(number) / kind.rate
        is_bare = (at_s >= off_s) != wrong[number]
        status: Status = "unknown" if unknown[number] else "no_helmet" if is_bare else "helmet"
        confidence = None if unknown[number] else float(random.uniform(0.8, 0.99))
        yield at_s, Verdict(0, status, "low_confidence", confidence, None, Box(0, 0, 1, 1), 0.0, None)


def _runs(count: int, share: float, kind: Kind, random: np.random.Generator) -> Sequence[bool]:
    """Which of so many frames are among this share of them."""
    change = 1 - math.exp(-1 / (kind.rate * kind.run_s)) if kind.run_s else 1.0
    state, states = False, []
    for renewed, chosen in zip(random.random(count) < change, random.random(count) < share, strict=True):
        state = bool(chosen) if renewed else state
        states.append(state)
    return states


if __name__ == "__main__":
    main()
