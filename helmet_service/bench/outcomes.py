"""Verdicts beside labels: the outcomes of each picture, and figures over pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from helmet_service.bench.scenes import Scene
from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Verdict
from pose.measuring.measures import HEAD_SIZES, MIN_LABEL_PX, pair_heads
from pose.skeleton import Person

Status = Literal["helmet", "no_helmet", "unknown"]
Floats = NDArray[np.float64]

ROUNDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict on a head, paired with a label or not.

    label: the label's index in the scene, None without one. truth: the label's status. size: the label's longer side,
    else the head's size, in pixels.
    """

    verdict: Verdict
    label: int | None
    truth: Status | None
    size: float

    @property
    def right(self) -> bool:
        """Whether the verdict has the label's status; False without a label."""
        return self.verdict.status == self.truth


@dataclass(frozen=True, slots=True)
class Label:
    """A labelled head that counts: its index in the scene, its status, its longer side in pixels."""

    index: int
    truth: Status
    size: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture under one condition: people, hats and judgement, the outcomes, and the labels that count."""

    people: tuple[Person, ...]
    hats: tuple[Hat, ...]
    judgement: Judgement
    outcomes: tuple[Outcome, ...]
    labels: tuple[Label, ...]

    @property
    def missed(self) -> tuple[Label, ...]:
        """Labels that no verdict was paired with."""
        found = {outcome.label for outcome in self.outcomes}
        return tuple(label for label in self.labels if label.index not in found)


def compare(scene: Scene, case: JudgedCase) -> Judged:
    """Pair the verdicts that have a head with the scene's labels (`pose.measuring.measures.pair_heads`)."""
    judged = [(verdict, verdict.head) for verdict in case.judgement.people if verdict.head is not None]
    centres = np.array([(head.x, head.y) for _, head in judged], float).reshape(-1, 2)
    pairing = pair_heads(centres, scene.heads, scene.ignore)
    truths: list[Status] = ["helmet" if worn else "no_helmet" for worn in scene.worn]
    sizes = scene.heads[:, 2:].max(axis=1, initial=0).tolist()
    labels = {index: Label(index, truths[index], sizes[index]) for index in pairing.labels.tolist()}
    paired = [(judged[head][0], labels[label]) for head, label in pairing.pairs.tolist()]
    outcomes = [Outcome(verdict, label.index, label.truth, label.size) for verdict, label in paired]
    outcomes += [Outcome(judged[ghost][0], None, None, judged[ghost][1].size) for ghost in pairing.ghosts.tolist()]
    return Judged(case.people, case.hats, case.judgement, tuple(outcomes), tuple(labels.values()))


@dataclass(frozen=True, slots=True)
class Measure:
    """A share of counts (keys of `_counts`) in percent, or without `of` a count per 100 pictures."""

    heading: str
    count: str
    of: str | None = None


MEASURES: Final = {
    "heads_found": Measure("heads found %", "found", "labels"),
    "right_of_all": Measure("right of all %", "right", "labels"),
    "right_of_found": Measure("right of found %", "right", "found"),
    "right_of_judged": Measure("right of judged %", "right", "judged"),
    "unknown_of_found": Measure("unknown of found %", "unknown", "found"),
    "bare_caught_of_found": Measure("bare heads caught, % of found", "bare_caught", "bare_found"),
    "bare_caught_of_all": Measure("bare heads caught, % of all", "bare_caught", "bare"),
    "alarm_precision": Measure("alarm precision %", "bare_caught", "alarms"),
    "stray_alarms_per_100": Measure("stray alarms per 100 pictures", "stray_alarms"),
    "ghosts_per_100": Measure("ghosts per 100 pictures", "ghosts"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure, in percent or per 100 pictures, and its 95 % bootstrap interval over pictures."""

    value: float
    low: float
    high: float


Part = Callable[[float, float | None], bool]
"""Whether a head is part of what is measured, by its size in pixels and its lean in degrees (None: a label's)."""


def of_size(low: float, high: float) -> Part:
    """Heads and labels from `low` to below `high` pixels."""
    return lambda size, _: low <= size < high


def leaning(low: float, high: float) -> Part:
    """Heads that lean by `low` to below `high` degrees from upright; no labels, as they do not say how heads lean."""
    return lambda _, lean: lean is not None and low <= lean < high


EVERYTHING: Final = of_size(0, math.inf)
PARTS: Final = {
    **{name.replace("_", " "): of_size(*HEAD_SIZES[name]) for name in ("12_20px", "20_32px", "32_64px", "over_64px")},
    "head upright within 20 degrees": leaning(0, 20),
    "head leaning by 20 to 45 degrees": leaning(20, 45),
    "head leaning by more": leaning(45, 181),
}


def figures(pictures: Sequence[Judged], part: Part = EVERYTHING) -> dict[str, Figure]:
    """The measures of a part of the heads; those with a denominator of 0 are missing."""
    counts = [_counts(picture, part) for picture in pictures]
    drawn = np.random.default_rng(0).multinomial(len(counts), [1 / len(counts)] * len(counts), ROUNDS)
    measured = {}
    for name, measure in MEASURES.items():
        parts = np.array([(count[measure.count], count[measure.of] if measure.of else 1) for count in counts], float)
        if parts[:, 1].sum() == 0:
            continue
        sums = drawn @ parts
        shares = 100 * sums[sums[:, 1] > 0, 0] / sums[sums[:, 1] > 0, 1]
        bounds = np.percentile(shares, (2.5, 97.5))
        measured[name] = Figure(float(100 * parts[:, 0].sum() / parts[:, 1].sum()), float(bounds[0]), float(bounds[1]))
    return measured


def _lean(outcome: Outcome) -> float:
    head = outcome.verdict.head
    return math.degrees(math.acos(max(-1.0, min(1.0, -head.up[1])))) if head else 0.0


def _counts(picture: Judged, part: Part) -> dict[str, int]:
    labels = [label.truth for label in picture.labels if part(label.size, None)]
    outcomes = [outcome for outcome in picture.outcomes if part(outcome.size, _lean(outcome))]
    found = [outcome for outcome in outcomes if outcome.truth is not None]
    bare = [outcome for outcome in found if outcome.truth == "no_helmet"]
    unknown = sum(outcome.verdict.status == "unknown" for outcome in found)
    return {
        "labels": len(labels),
        "found": len(found),
        "right": sum(outcome.right for outcome in found),
        "judged": len(found) - unknown,
        "unknown": unknown,
        "bare": labels.count("no_helmet"),
        "bare_found": len(bare),
        "bare_caught": sum(outcome.right for outcome in bare),
        "alarms": sum(outcome.verdict.status == "no_helmet" for outcome in found),
        "stray_alarms": sum(is_stray_alarm(outcome) for outcome in outcomes),
        "ghosts": len(outcomes) - len(found),
    }


def is_stray_alarm(outcome: Outcome) -> bool:
    """Whether this is an alarm on a head without a label, and large enough to have been labelled."""
    return outcome.truth is None and outcome.verdict.status == "no_helmet" and outcome.size >= MIN_LABEL_PX
