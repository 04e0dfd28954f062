"""Counts the contents of a source, and lists what looks wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pose.fields import person_sizes
from pose.skeleton import KEYPOINTS
from pose.train.data.examples import ABSENT, TARGET, UNSURE, Example

_TINY_BOX = 4.0  # pixels: a smaller head is a labelling error


@dataclass(slots=True)
class Summary:
    """Counts over examples. Sizes are in pixels; odd: the names of pictures by what looks wrong."""

    pictures: int = 0
    people_incomplete: int = 0
    heads_incomplete: int = 0
    without_people: int = 0
    people: dict[str, int] = field(default_factory=lambda: {"human": 0, "teacher": 0})
    keypoints: dict[str, NDArray[np.int64]] = field(
        default_factory=lambda: {kind: np.zeros((len(KEYPOINTS), 3), np.int64) for kind in ("human", "teacher")}
    )
    helmeted: int = 0
    bare: int = 0
    ignored: int = 0
    people_sizes: list[float] = field(default_factory=list)
    head_sizes: list[float] = field(default_factory=list)
    odd: dict[str, list[str]] = field(default_factory=dict)

    def add(self, example: Example) -> None:
        """Count one example."""
        kind = "human" if example.human else "teacher"
        states = example.people[..., 2]
        self.pictures += 1
        self.people_incomplete += not example.people_complete
        self.heads_incomplete += not example.heads_complete
        self.without_people += not len(example.people)
        self.people[kind] += len(example.people)
        for column, state in enumerate((TARGET, UNSURE, ABSENT)):
            self.keypoints[kind][:, column] += (states == state).sum(axis=0)
        self.helmeted += int(example.helmeted.sum())
        self.bare += int((~example.helmeted).sum())
        self.ignored += len(example.ignore)
        self.people_sizes += person_sizes(example.people[(states == TARGET).any(axis=1)]).tolist()
        self.head_sizes += example.heads[:, 2:].max(axis=1, initial=0).tolist()
        for oddity in _oddities(example):
            self.odd.setdefault(oddity, []).append(example.name)

    def lines(self) -> Iterator[str]:
        """The summary as text."""
        yield f"pictures            {self.pictures:>7}  {self.without_people} of them without people"
        yield f"labels incomplete   {self.people_incomplete:>7}  of people, {self.heads_incomplete} of heads"
        human, teacher = self.people["human"], self.people["teacher"]
        yield f"people              {human + teacher:>7}  {human} labelled by people, {teacher} by a teacher"
        yield f"sizes of people              {_percentiles(self.people_sizes)}"
        yield f"heads               {self.helmeted + self.bare:>7}  {self.helmeted} helmeted, {self.bare} bare"
        yield f"sizes of heads               {_percentiles(self.head_sizes)}"
        yield f"regions ignored     {self.ignored:>7}"
        yield from self._keypoint_lines()
        for oddity, names in sorted(self.odd.items()):
            yield f"looks wrong: {oddity}: {len(names)} pictures, such as {', '.join(names[:3])}"

    def _keypoint_lines(self) -> Iterator[str]:
        yield f"{'keypoints':<18}{'by people:':>10}{'target':>9}{'absent':>9}{'by teacher:':>14}" + "".join(
            f"{name:>9}" for name in ("target", "unsure", "absent")
        )
        human, teacher = self.keypoints["human"], self.keypoints["teacher"]
        for name, by_people, by_teacher in zip(KEYPOINTS, human, teacher, strict=True):
            yield f"{name:<28}{by_people[0]:>9}{by_people[2]:>9}{'':>14}" + "".join(f"{n:>9}" for n in by_teacher)


def summarise(examples: Iterable[Example]) -> Summary:
    """Count all examples."""
    summary = Summary()
    for example in examples:
        summary.add(example)
    return summary


def _oddities(example: Example) -> Iterator[str]:
    height, width = example.pixels.shape[:2]
    labelled = example.people[..., 2] != ABSENT
    x, y = example.people[..., 0], example.people[..., 1]
    if (labelled & ((x < 0) | (y < 0) | (x > width) | (y > height))).any():
        yield "keypoints outside the picture"
    if not labelled.any(axis=1).all():
        yield "people without keypoints"
    corners = example.heads[:, :2] + example.heads[:, 2:]
    if (example.heads[:, :2] < -1).any() or (corners > (width + 1, height + 1)).any():
        yield "heads reaching out of the picture"
    if (example.heads[:, 2:].max(axis=1, initial=0) < _TINY_BOX).any() or (example.heads[:, 2:] <= 0).any():
        yield f"heads under {_TINY_BOX:.0f} pixels or without width or height"


def _percentiles(sizes: list[float]) -> str:
    if not sizes:
        return "none"
    low, middle, high = np.percentile(sizes, [5, 50, 95])
    return f"{low:.0f} to {high:.0f} pixels (5th and 95th percentile), median {middle:.0f}"
