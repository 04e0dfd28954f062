"""Counts the contents of a labelled shard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pose.data.labels import JOINED, TEACHER, TOP_DOWN, Labels
from pose.label.decisions import open_heads
from pose.label.joining import SURE

_KINDS: Final = {JOINED: "joined", TEACHER: "one fields network", TOP_DOWN: "top-down network"}


@dataclass(slots=True)
class Summary:
    """Counts over pictures; people by the networks that found them, or None for people labelled before."""

    pictures: int = 0
    people: Counter[str | None] = field(default_factory=Counter)
    unconfirmed: int = 0
    unsure: int = 0
    heads: int = 0
    open_heads: int = 0
    ignored: int = 0

    def add(self, labels: Labels) -> None:
        """Count one picture."""
        given = [person for person in labels.people if person.by]
        self.pictures += 1
        self.people.update(person.by for person in labels.people)
        self.unconfirmed += sum(not person.confirmed for person in given)
        self.unsure += sum(0 < confidence < SURE for person in given for _, _, confidence in person.keypoints)
        self.heads += len(labels.heads)
        self.open_heads += len(open_heads(labels))
        self.ignored += len(labels.ignore)

    @property
    def given(self) -> int:
        """How many people got a skeleton."""
        return sum(count for by, count in self.people.items() if by is not None)

    def lines(self) -> Iterator[str]:
        """The summary as text."""
        yield f"pictures                 {self.pictures:>7}"
        yield f"people labelled before   {self.people[None]:>7}"
        yield f"people by teachers       {self.given:>7}  {self.unconfirmed} of them on nothing that people boxed"
        for by, kind in _KINDS.items():
            yield f"  {kind:<23}{self.people[by]:>7}"
        yield f"  unsure keypoints       {self.unsure:>7}"
        yield f"heads without a skeleton {self.open_heads:>7}  of {self.heads} boxed"
        yield f"regions ignored          {self.ignored:>7}"
