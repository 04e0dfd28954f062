"""Made-up moving pictures: what people wear over time, as verdicts at any frame rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Status, Verdict
from helmet_service.verdicts.voting import VOTING, Votes, vote
from pose.skeleton import Person
from tests.pose.people import standing

RATES = (1, 2, 5, 10, 30)
OTHER: dict[Status, Status] = {"helmet": "no_helmet", "no_helmet": "helmet"}


def verdict(status: Status, confidence: float | None = 0.99, person: int = 0) -> Verdict:
    sure = None if status == "unknown" else confidence
    return Verdict(person, status, "low_confidence", sure, None, Box(0, 0, 10, 10), 0.1, None)


def frame(*statuses: Status, at_s: float = 0.0) -> JudgedCase:
    """People side by side, who walk to the right."""
    people = tuple(Person(standing(200 + 300 * place + 20 * at_s, 300, 20), 0.9) for place in range(len(statuses)))
    return JudgedCase(people, Judgement(tuple(verdict(each, person=at) for at, each in enumerate(statuses)), ()))


def times(rate: float, seconds: float) -> list[float]:
    return [number / rate for number in range(round(seconds * rate))]


def worn_at(worn: Sequence[tuple[float, Status]], at_s: float) -> Status:
    """worn: what somebody wears, each from its second on."""
    return [status for start, status in worn if start <= at_s][-1]


def votes_on(verdicts: Iterable[tuple[float, Verdict]]) -> Iterator[Votes]:
    """The votes after each verdict of one track, at its second."""
    votes: Votes | None = None
    for at_s, each in verdicts:
        votes = vote(votes, each, at_s, VOTING)
        yield votes


def doubtful(
    worn: Sequence[tuple[float, Status]], rate: float, seconds: float, seed: int
) -> Iterator[tuple[float, Verdict]]:
    """Verdicts of any confidence on somebody, of which single ones are lost and single ones wrong.

    Wrong ones are at least five seconds apart, four from a change, and none beside a lost one: at one frame a second
    nobody could tell.
    """
    random = np.random.default_rng(seed)
    before, wrong_s = "lost", -5.0
    for at_s in times(rate, seconds):
        if before == "right" and random.random() < 0.2:
            before = "lost"
            continue
        status, before = worn_at(worn, at_s), "right" if before != "right" or random.random() < 0.7 else "wrong"
        if before == "wrong" and at_s - wrong_s >= 5 and all(abs(at_s - start) >= 4 for start, _ in worn):
            status, wrong_s = OTHER[status], at_s
        yield at_s, verdict(status, random.uniform(0.8, 0.99))
