"""False alarms of a camera and day by the voting model: `python -m benchmarks.alarm_rates [--days 10]`.

It needs no pictures. People who wear a helmet stand before a camera at one frame a second, of whose frames a share is
wrongly judged bare, either alone or in runs. Their verdicts go through the vote and the alarm machine, as in the watch.
A Markdown table has the alarms of a camera and day on which somebody is always in the picture, by the default rules and
by longer ones.
What it rests on: frames that follow each other are wrong independently of each other, or in runs of that mean length.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.voting import LOST, UNKNOWN
from helmet_service.alarms.machine import SeenFrame, States, step
from helmet_service.cameras.camera import AlarmRules, Steady
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.judge import Status, Verdict
from helmet_service.verdicts.voting import VOTING, Votes, vote

WRONG: Final = (0.002, 0.005, 0.01, 0.02, 0.05)  # shares of frames
RUNS: Final = (1.0, 2.0, 3.0)  # frames, in the mean; 1: each alone
ON: Final = (AlarmRules().on, Steady(5, 6, 5.0), Steady(8, 10, 8.0))  # what it takes to begin an alarm
DAY_S: Final = 86400
VISIT_S: Final = 60  # as long as somebody stays; then somebody else comes
HEAD: Final = Verdict(0, "helmet", "hat_on_head", 0.9, None, Box(0, 0, 1, 1), 0.0, None)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=10, help="simulated for each row (default: 10)")
    days = parser.parse_args().days
    named = " | ".join(f"{on.frames} of {on.of}, {on.seconds:g} s" for on in ON)
    print(f"| frames wrongly bare % | in runs of | {named} |\n|---|---|" + "---|" * len(ON))
    for run in RUNS:
        for wrong in WRONG:
            counts = [alarms(wrong, run, days, AlarmRules(on=on)) / days for on in ON]
            print(
                f"| {100 * wrong:.1f} | {run:g} | " + " | ".join(f"{count:.2f}" for count in counts) + " |", flush=True
            )


def alarms(wrong: float, run: float, days: int, rules: AlarmRules) -> int:
    """How many alarms such a share of wrong frames causes in so many days."""
    return sum(_alarms_of_visit(wrong, run, seed, rules) for seed in range(days * DAY_S // VISIT_S))


def _alarms_of_visit(wrong: float, run: float, seed: int, rules: AlarmRules) -> int:
    votes: Votes | None = None
    states: States = {}
    count = 0
    for at_s, verdict in _verdicts(wrong, run, seed):
        bare = {}
        if verdict is not None:
            votes = vote(votes, verdict, at_s, VOTING)
            if votes.status == "no_helmet":
                bare = {(0, ""): votes.confidence(VOTING) or 0.0}
        states, changes = step(states, SeenFrame(at_s, bare, (0,)), rules)
        count += sum(change.kind == "alarm_on" for change in changes)
    return count


def _verdicts(wrong: float, run: float, seed: int) -> Iterator[tuple[float, Verdict | None]]:
    """The verdicts of somebody's frames, None where he is not seen."""
    random = np.random.default_rng((seed, round(1000 * run)))
    is_bare = _runs(wrong, run, random)
    draws = random.random((VISIT_S, 2))
    confidences = random.uniform(0.8, 0.99, VISIT_S)
    for number, (lost, unknown) in enumerate(draws):
        status: Status = "unknown" if unknown < UNKNOWN else "no_helmet" if is_bare[number] else "helmet"
        confidence = None if status == "unknown" else float(confidences[number])
        yield float(number), None if lost < LOST else replace(HEAD, status=status, confidence=confidence)


def _runs(share: float, run: float, random: np.random.Generator) -> list[bool]:
    """Which frames are wrong: so many in the mean, in runs of such a mean length."""
    stays = share if run == 1 else 1 - 1 / run
    begins = share * (1 - stays) / (1 - share)
    states, state = [], False
    for draw in random.random(VISIT_S):
        state = bool(draw < (stays if state else begins))
        states.append(state)
    return states


if __name__ == "__main__":
    main()
