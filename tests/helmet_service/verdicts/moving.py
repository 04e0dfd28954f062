"""Made-up moving pictures: verdicts of people over time, at any frame rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Status, Verdict
from helmet_service.verdicts.watching import Watched, Watcher
from pose.skeleton import Person
from tests.pose.people import standing

RATES = (1, 2, 5, 10, 30)


def verdict(status: Status, confidence: float | None = 0.95, person: int = 0) -> Verdict:
    sure = None if status == "unknown" else confidence
    reasons = {"helmet": "hat_on_head", "no_helmet": "bare_head", "unknown": "low_confidence"}
    return Verdict(person, status, reasons[status], sure, None, Box(0, 0, 10, 10), 0.1, None)


def frame(*statuses: Status, at_s: float = 0.0) -> JudgedCase:
    """People side by side, who walk to the right."""
    people = tuple(Person(standing(200 + 300 * place + 20 * at_s, 300, 20), 0.9) for place in range(len(statuses)))
    return JudgedCase(people, Judgement(tuple(verdict(each, person=at) for at, each in enumerate(statuses)), ()))


def times(rate: float, seconds: float) -> list[float]:
    return [number / rate for number in range(round(seconds * rate))]


def watch(statuses: Sequence[tuple[float, Status]]) -> list[Watched]:
    """One person, whose verdicts are these at these seconds."""
    watcher = Watcher()
    return [watcher.step(frame(status, at_s=at_s), at_s) for at_s, status in statuses]


def noisy(
    worn: Sequence[tuple[float, Status]], rate: float, seconds: float, seed: int, wrong: float
) -> Iterator[tuple[float, Status]]:
    """The verdicts of one person who wears what `worn` says from each of its seconds on; a share of them is wrong."""
    random = np.random.default_rng(seed)
    for at_s in times(rate, seconds):
        status = [status for start, status in worn if start <= at_s][-1]
        if random.random() < wrong:
            status = "no_helmet" if status == "helmet" else "helmet"
        yield at_s, status
