"""A second look at small or unsure people, each in an enlarged square, that confirms and refines them or drops them.

With it the first look may accept everybody who could be a person: ghosts such as pipes and shadows seldom look like
people twice (docs/measured/grouping.md). Neighbours share a square, and squares go through the network in batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pose.estimation.head_frames import HeadFrame, fit_head, own_heads
from pose.estimation.preprocess import cut_out
from pose.skeleton import Person

T = TypeVar("T")

INPUT: Final = 256  # pixels of a square's sides at the network, whatever the estimator's height
# Squares in one run: a short list, because each size is compiled on its own.
BATCHES: Final = (4, 2, 1)
_HEAD_AT: Final = (0.5, 0.3)  # shares of a square's side: the place of its person's head, with room for the body below
# A square also serves other people whose head lies between these shares of its side and has about the same size.
_FROM, _TO = np.array([0.2, 0.15]), np.array([0.8, 0.5])
_ALIKE: Final = (0.6, 1.6)
# Distance of a head of the second look from one of the first, in sizes of the larger, below which they are the same.
_SAME_HEAD: Final = 0.8


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Who is looked at again, and how both looks join; a model's `pose.json` has its values.

    `python -m benchmarks.second_look` fits them on labelled pictures.

    candidate: least evidence of a person in either look. sure: evidence from which people are looked at again only if
    their head is tiny.
    small, tiny: head sizes, in pixels of the network's input, below which unsure and sure people are looked at again.
    side: of a square, in head sizes.
    constant, skeleton, head, skeleton_again, head_again: the log-odds of a head are the constant plus each other factor
    times a score: of the first look's skeleton and peak, and of the second look's; a missing one has the score 0.
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
        """The probability that a head is there, from both looks; again: None where the second look found nobody."""
        odds = self.constant + self.skeleton * _skeleton_score(first) + self.head * _peak_score(first)
        if again is not None:
            odds += self.skeleton_again * _skeleton_score(again) + self.head_again * _peak_score(again)
        return float(expit(odds))


@dataclass(frozen=True, slots=True)
class Square:
    """A square part of the picture that is looked at again.

    left, top: its corner; side: its length; all in pixels of the picture. people: indices of the first look's people
    that it serves.
    """

    left: float
    top: float
    side: float
    people: tuple[int, ...]

    @property
    def scale(self) -> float:
        """Network-input pixels per picture pixel."""
        return INPUT / self.side


def choose(people: Sequence[Person], scale: float, second: SecondLook) -> list[Square]:
    """The squares in which people of the first look are looked at again, that of the least certain person first.

    scale: network-input pixels per picture pixel.
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
    """The square around a head; heads: its side in head sizes."""
    side = heads * head.size
    return Square(head.x - _HEAD_AT[0] * side, head.y - _HEAD_AT[1] * side, side, ())


def _holds(square: Square, own: HeadFrame, other: HeadFrame) -> bool:
    """Whether the square of `own` shows the other head as well as a square of its own would."""
    at = (np.array([other.x, other.y]) - (square.left, square.top)) / square.side
    within = bool((at >= _FROM).all() and (at <= _TO).all())
    return within and _ALIKE[0] <= other.size / own.size <= _ALIKE[1]


def batches(items: Sequence[T], sizes: Sequence[int] = BATCHES) -> Iterator[Sequence[T]]:
    """Squares or other items in their order, divided into as few runs as these sizes allow; largest first, 1 last."""
    done = 0
    while done < len(items):
        size = next(size for size in sizes if size <= len(items) - done)
        yield items[done : done + size]
        done += size


def cut(picture: NDArray[np.uint8], square: Square, shrunk: float = 1.0) -> NDArray[np.uint8]:
    """(INPUT, INPUT, 3) uint8 BGR: the square enlarged, with mid-grey beyond the picture's edges.

    shrunk: pixels of the given picture per pixel of the original, in which the square lies.
    """
    corner = (square.left * shrunk, square.top * shrunk)
    return cut_out(picture, corner, square.scale / shrunk, (INPUT, INPUT))


def matches(
    first: Sequence[Person], squares: Sequence[Square], seen: Sequence[Sequence[Person]]
) -> dict[int, Person | None]:
    """Index of each person who was looked at again -> the person that the second look found, or None.

    seen: the people in each square, in pixels of the picture. The match is one-to-one in each square; people with more
    evidence choose first.
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
    """The distance of two heads' centres, in sizes of the larger."""
    return float(np.hypot(one.x - other.x, one.y - other.y)) / max(one.size, other.size)


def _refined(first: Person, again: Person, square: Square) -> Person:
    """The second look's person, with the first look's keypoints outside the square."""
    at = first.keypoints[:, :2] - (square.left, square.top)
    beyond = first.seen & ((at < 0) | (at > square.side)).any(axis=1) & ~again.seen
    keypoints = np.where(beyond[:, None], first.keypoints, again.keypoints)
    scale = min(square.scale, 1.0)  # enlarging adds no detail
    if not again.seen.any():
        return replace(first, head=again.head, scale=scale)
    return replace(again, keypoints=keypoints, scale=scale)


def judged(
    first: Sequence[Person], again: Mapping[int, Person | None], second: SecondLook, bar: float
) -> tuple[list[Person], list[Person]]:
    """The people after both looks: those who were looked at once, and those whom the second look confirmed.

    bar: least evidence of people with a head who were looked at once.
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
    # two people of the first look may be the same in the second
    own = own_heads([*once, *twice])[len(once) :]
    return once, [person for person, head in zip(twice, own, strict=True) if head]


def _skeleton_score(person: Person) -> float:
    return person.score if person.seen.any() else 0.0


def _peak_score(person: Person) -> float:
    return person.head.score if person.head else 0.0
