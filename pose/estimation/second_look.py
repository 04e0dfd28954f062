"""A second look at people who are small or unsure: each in an enlarged square, which confirms and refines them or not.

The first look may then take everybody who could be one: ghosts of a few pixels, pipes and shadows, seldom look like
people twice (docs/measured/grouping.md). Neighbours share a square, and squares go through the network in batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pose.estimation.head_frames import HeadFrame, fit_head, own_heads
from pose.estimation.preprocess import cut_out
from pose.skeleton import Person

INPUT: Final = 256  # pixels of a square's sides at the network, whatever the estimator's height
# Squares in one run: a short list, because each size is compiled apart.
BATCHES: Final = (4, 2, 1)
_HEAD_AT: Final = (0.5, 0.3)  # of a square's side: where the head lies that it is for, as bodies are below heads
# Who else lies in a square is looked at in it: a head between these shares of its side, of about the same size.
_FROM, _TO = np.array([0.2, 0.15]), np.array([0.8, 0.5])
_ALIKE: Final = (0.6, 1.6)
# How near, in sizes of the larger, a head of the second look is to one of the first to be the same.
_SAME_HEAD: Final = 0.8


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Who is looked at again, and how both looks join; a model's own values stand in its `pose.json`.

    They are fitted on labelled pictures (`python -m benchmarks.second_look`).

    candidate: least evidence of a person in either look. sure: evidence from which only those are whose heads are tiny.
    small, tiny: sizes in pixels of the network's input below which heads are looked at again, of the unsure and of all.
    side: of a square, in head sizes.
    constant, skeleton, head, skeleton_again, head_again: the log-odds that a head is there are their sum, each but the
    first times a score: the first look's skeleton's and peak's, the second look's; what was not seen counts 0.
    person: least probability of a person who was looked at again.
    """

    candidate: float
    sure: float
    small: float
    tiny: float
    side: float
    constant: float
    skeleton: float
    head: float
    skeleton_again: float
    head_again: float
    person: float

    def evidence(self, first: Person, again: Person | None) -> float:
        """The probability that a head is there, from both looks; again: None where the second saw nobody."""
        odds = self.constant + self.skeleton * _skeleton_score(first) + self.head * _peak_score(first)
        if again is not None:
            odds += self.skeleton_again * _skeleton_score(again) + self.head_again * _peak_score(again)
        return float(expit(odds))


@dataclass(frozen=True, slots=True)
class Square:
    """A part of the picture that is looked at again.

    left, top: its corner, side: all in pixels of the picture. people: whom it is for, places among the first look's.
    """

    left: float
    top: float
    side: float
    people: tuple[int, ...]

    @property
    def scale(self) -> float:
        """Network-input pixels a picture pixel."""
        return INPUT / self.side


def choose(people: Sequence[Person], scale: float, second: SecondLook) -> list[Square]:
    """The squares in which people of the first look are looked at again, the most doubtful person's first.

    scale: network-input pixels a picture pixel.
    """
    heads = {
        place: head
        for place, person in enumerate(people)
        if person.evidence is not None
        and second.candidate <= person.evidence
        and (head := fit_head(person)) is not None
        and head.size * scale < (second.small if person.evidence < second.sure else second.tiny)
    }
    left = sorted(heads, key=lambda place: abs((people[place].evidence or 0.0) - second.person))
    squares: list[Square] = []
    while left:
        square = _around(heads[left[0]], second.side)
        inside = [place for place in left if place == left[0] or _holds(square, heads[left[0]], heads[place])]
        squares.append(replace(square, people=tuple(inside)))
        left = [place for place in left if place not in inside]
    return squares


def _around(head: HeadFrame, heads: float) -> Square:
    """The square around a head, so many of its sizes wide."""
    side = heads * head.size
    return Square(head.x - _HEAD_AT[0] * side, head.y - _HEAD_AT[1] * side, side, ())


def _holds(square: Square, own: HeadFrame, other: HeadFrame) -> bool:
    """Whether the other head is seen in the square of this one as well as in its own."""
    at = (np.array([other.x, other.y]) - (square.left, square.top)) / square.side
    within = bool((at >= _FROM).all() and (at <= _TO).all())
    return within and _ALIKE[0] <= other.size / own.size <= _ALIKE[1]


def batches(squares: Sequence[Square]) -> Iterator[Sequence[Square]]:
    """The squares in their order, in as few runs as `BATCHES` allow."""
    done = 0
    while done < len(squares):
        size = next(size for size in BATCHES if size <= len(squares) - done)
        yield squares[done : done + size]
        done += size


def cut(picture: NDArray[np.uint8], square: Square, shrunk: float = 1.0) -> NDArray[np.uint8]:
    """(INPUT, INPUT, 3) uint8 BGR: the square enlarged, with mid-grey beyond the picture's edges.

    shrunk: pixels of the given picture a pixel of that in which the square lies.
    """
    corner = (square.left * shrunk, square.top * shrunk)
    return cut_out(picture, corner, square.scale / shrunk, (INPUT, INPUT))


def matches(
    first: Sequence[Person], squares: Sequence[Square], seen: Sequence[Sequence[Person]]
) -> dict[int, Person | None]:
    """Of everybody who was looked at again, by the place among the first look's, what the second look saw, if anything.

    seen: the people in each square, in pixels of the picture. One-to-one in each square, the surest choosing first.
    """
    found: dict[int, Person | None] = {}
    for square, people in zip(squares, seen, strict=True):
        free = [(person, head) for person, head in zip(people, own_heads(people), strict=True) if head]
        for place in sorted(square.people, key=lambda place: -(first[place].evidence or 0.0)):
            own = fit_head(first[place])
            near = [(_apart(own, head), index) for index, (_, head) in enumerate(free)] if own else []
            away, index = min(near, default=(_SAME_HEAD, -1))
            found[place] = _refined(first[place], free.pop(index)[0], square) if away < _SAME_HEAD else None
    return found


def _apart(one: HeadFrame, other: HeadFrame) -> float:
    """How far two heads' centres are apart, in sizes of the larger."""
    return float(np.hypot(one.x - other.x, one.y - other.y)) / max(one.size, other.size)


def _refined(first: Person, again: Person, square: Square) -> Person:
    """The second look's person, with what the first saw of it beyond the square."""
    at = first.keypoints[:, :2] - (square.left, square.top)
    beyond = first.seen & ((at < 0) | (at > square.side)).any(axis=1) & ~again.seen
    keypoints = np.where(beyond[:, None], first.keypoints, again.keypoints)
    scale = min(square.scale, 1.0)  # what is enlarged further has no more pixels
    if not again.seen.any():
        return replace(first, head=again.head, scale=scale)
    return replace(again, keypoints=keypoints, scale=scale)


def judged(
    first: Sequence[Person], again: Mapping[int, Person | None], second: SecondLook, bar: float
) -> tuple[list[Person], list[Person]]:
    """Who is there after both looks: those who were looked at once, and whom the second look confirmed.

    bar: least evidence of those with a head who were looked at once.
    """
    once: list[Person] = []
    twice: list[Person] = []
    for place, person in enumerate(first):
        if place in again:
            evidence = second.evidence(person, again[place])
            if evidence >= second.person:
                twice.append(replace(again[place] or person, evidence=evidence))
        elif person.evidence is None or person.evidence >= bar:
            once.append(person)
    # two of the first look may be one in the second
    own = own_heads([*once, *twice])[len(once) :]
    return once, [person for person, head in zip(twice, own, strict=True) if head]


def _skeleton_score(person: Person) -> float:
    return person.score if person.seen.any() else 0.0


def _peak_score(person: Person) -> float:
    return person.head.score if person.head else 0.0
