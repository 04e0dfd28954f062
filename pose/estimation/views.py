"""All looks at one picture: at the whole, again at small or unsure people, at more scales, in overlapping tiles."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimation.estimator import Estimate, Estimator, in_order
from pose.estimation.head_frames import HeadFrame, own_heads
from pose.estimation.preprocess import HIGHEST, STEP, Placement
from pose.estimation.second_look import BATCHES, INPUT, SecondLook, Square, batches, choose, cut, judged, matches
from pose.skeleton import Person, clipped, moved

# Shares of the estimator's height. A short list, because each is compiled on its own, at every width. Smaller scales
# find hardly anybody more (docs/measured/accuracy.md).
SCALES: Final = (1.0, 1.5, 2.0)
MOST_TILES: Final = 8  # columns, and rows

_OVERLAP: Final = 0.25  # share of a tile's side: a person on a border is whole in one of the tiles or in the picture
# Chosen on 100 pictures of tune-site, at full size and smaller on large canvases (docs/measured/accuracy.md). Averaging
# fields over scales instead of merging people found a fifth to a half fewer of the small people.
_NEAR: Final = 0.08  # of the larger skeleton's diagonal: distance below which two keypoints are the same
_SHARED: Final = 0.5  # of the keypoints that both have: share of same ones from which two skeletons are one person
_SAME_HEAD: Final = 0.5  # of the larger head's size: distance below which two heads are the same
# Of the input's height: the look at the whole finds larger skeletons (or heads without one) better than other looks.
_SMALL: Final = 1 / 8


@dataclass(frozen=True, slots=True)
class Views:
    """Which looks to take at a picture: always one at the whole, and these.

    scales: shares of the estimator's height: 1 and others of `SCALES`. tiles: columns and rows of overlapping tiles,
    each looked at with the estimator's full height; 1 x 1: none. squares: most squares of a second look
    (`pose.estimation.second_look`), which is taken only without further scales and tiles.
    Raises ValueError for anything else.
    """

    scales: tuple[float, ...] = (1.0,)
    tiles: tuple[int, int] = (1, 1)
    squares: int = 0

    def __post_init__(self) -> None:
        if 1 not in self.scales or not set(self.scales) <= set(SCALES) or len(set(self.scales)) < len(self.scales):
            expected = f"1 and others of {', '.join(f'{scale:g}' for scale in SCALES)}, each once"
            raise ValueError(f"scales: expected {expected}, got {', '.join(f'{scale:g}' for scale in self.scales)}")
        columns, rows = self.tiles
        if not (1 <= columns <= MOST_TILES and 1 <= rows <= MOST_TILES):
            raise ValueError(f"tiles: expected 1 to {MOST_TILES} columns and rows, got {columns} x {rows}")

    @property
    def cost(self) -> float:
        """The cost without squares, in runs of the network over the whole picture at the estimator's height."""
        columns, rows = self.tiles
        return sum(scale * scale for scale in self.scales) + (columns * rows if columns * rows > 1 else 0)

    @property
    def several(self) -> bool:
        """Whether there are further scales or tiles."""
        return self.cost > 1


class ViewsEstimator(Estimator):
    """An estimator that always takes the same looks, to measure them."""

    def __init__(self, estimator: Estimator, views: Views) -> None:
        super().__init__(estimator.model, estimator.runtime, estimator.height, estimator.headwear)
        self._whole, self._views = estimator, views

    def __call__(self, picture: NDArray[np.uint8], size: tuple[int, int] | None = None) -> Estimate:
        """Find everybody in an upright (H, W, 3) uint8 BGR picture, as `look` does."""
        return look(self._whole, picture, self._views, size)


def look(
    estimator: Estimator,
    picture: NDArray[np.uint8],
    views: Views,
    size: tuple[int, int] | None = None,
    between: Callable[[], None] = lambda: None,
    *,
    headwear: bool = True,
    hands: bool = False,
) -> Estimate:
    """Find everybody in an upright (H, W, 3) uint8 BGR picture.

    size: width and height of the original of which `picture` is a smaller copy, without further scales and tiles;
    keypoints lie in the original. between: called between two looks; its error ends them.
    headwear: then see what the people wear on their heads, where the model has a classifier of that. hands: then find
    their hands, where it has a network for that.
    The estimate's timings are the sums over all looks.
    """
    estimate = _look(estimator, picture, views, size, between)
    shrunk = 1.0 if size is None else picture.shape[1] / size[0]
    if estimator.headwear is not None and headwear:
        between()
        people, spent = estimator.headwear(picture, estimate.people, shrunk)
        estimate = replace(_later(estimate, spent), people=people)
    if estimator.hands is not None and hands:
        between()
        started = time.perf_counter()
        found = estimator.hands.in_people(picture, estimate.people, shrunk)
        estimate = replace(_later(estimate, 1e3 * (time.perf_counter() - started)), hands=found)
    return estimate


def _later(estimate: Estimate, spent_ms: float) -> Estimate:
    """The estimate after the network's further milliseconds."""
    timings = estimate.timings_ms | {"network": estimate.timings_ms["network"] + spent_ms}
    return replace(estimate, timings_ms=timings)


def _look(
    estimator: Estimator,
    picture: NDArray[np.uint8],
    views: Views,
    size: tuple[int, int] | None,
    between: Callable[[], None],
) -> Estimate:
    if views.several:
        return _look_all_over(estimator, picture, views, between)
    joining, second = estimator.model.joining, estimator.model.second_look
    if joining is None or second is None or not views.squares:
        return estimator(picture, size)
    lenient = replace(estimator.model, joining=replace(joining, person=second.candidate))
    lenient_estimator = Estimator(lenient, estimator.runtime, estimator.height)
    twice = look_twice(lenient_estimator, second, picture, views.squares, size, between)
    once, confirmed = judged(twice.first.people, twice.again, second, joining.person)
    return replace(
        twice.first,
        people=in_order([*once, *confirmed]),
        looks=1 + twice.squares,
        confirmed=len(confirmed),
        dropped=len(twice.again) - len(confirmed),
    )


@dataclass(frozen=True, slots=True)
class Twice:
    """The people of two looks, before they are judged.

    first: all candidates of the first look, with the times of both looks. squares: how many were looked at. again:
    index of each person who was looked at again -> the person that the second look found, or None.
    """

    first: Estimate
    squares: int
    again: Mapping[int, Person | None]


def look_twice(
    estimator: Estimator,
    second: SecondLook,
    picture: NDArray[np.uint8],
    most: int,
    size: tuple[int, int] | None = None,
    between: Callable[[], None] = lambda: None,
) -> Twice:
    """Look at the whole picture, then at `most` squares of it at most.

    estimator: one that accepts every candidate of this second look. size, between: see `look`.
    """
    first = estimator(picture, size)
    squares = choose(first.people, first.scale, second)[:most]
    shrunk = 1.0 if size is None else picture.shape[1] / size[0]
    timings, seen = dict(first.timings_ms), list[tuple[Person, ...]]()
    for batch in batches(squares):
        between()
        found, spent = _look_again(estimator, picture, shrunk, batch)
        seen += found
        timings = {name: ms + spent[name] for name, ms in timings.items()}
    return Twice(replace(first, timings_ms=timings), len(squares), matches(first.people, squares, seen))


def _look_again(
    estimator: Estimator, picture: NDArray[np.uint8], shrunk: float, squares: Sequence[Square]
) -> tuple[list[tuple[Person, ...]], dict[str, float]]:
    """The people in each square, in pixels of the original, and the milliseconds of this one run.

    shrunk: pixels of the given picture per pixel of the original.
    """
    started = time.perf_counter()
    height, width = (side / shrunk for side in picture.shape[:2])
    answers = estimator.runtime.run(np.stack([cut(picture, square, shrunk) for square in squares]))
    answered = time.perf_counter()
    people = []
    for each, square in zip(answers, squares, strict=True):
        found = estimator.people(each, Placement(INPUT, INPUT, INPUT, INPUT, square.scale, square.scale))
        placed = (moved(person, square.left, square.top) for person in found)
        people.append(tuple(clipped(person, width, height) for person in placed))
    grouped = time.perf_counter()
    return people, {"network": 1e3 * (answered - started), "grouping": 1e3 * (grouped - answered)}


def _look_all_over(
    estimator: Estimator, picture: NDArray[np.uint8], views: Views, between: Callable[[], None]
) -> Estimate:
    """Look at the whole at several scales and in tiles; the estimate's scale is that of the finest look."""
    whole = estimator(picture)
    between()
    estimates, looks = [whole], [whole.people]
    small = _SMALL * estimator.height / whole.scale
    for other, (left, top, right, bottom) in _further(estimator, picture, views):
        estimates.append(other(picture[top:bottom, left:right]))
        people = (moved(person, left, top) for person in estimates[-1].people)
        looks.append(tuple(person for person in people if _diagonal(person) < small))
        between()
    return Estimate(
        people=in_order(merged(looks)),
        scale=max(estimate.scale for estimate in estimates),
        timings_ms={name: sum(e.timings_ms[name] for e in estimates) for name in whole.timings_ms},
        looks=len(estimates),
    )


def warm(estimator: Estimator, views: Views) -> Iterator[str]:
    """Run the network once at each input size that these looks need, so that no request waits for a compilation.

    Yields each compiled size as text.
    """
    for each in (estimator, *at_scales(estimator, views)):
        for width in each.warm():
            yield f"{width}x{each.height}"
    if estimator.model.second_look and views.squares:
        for size in BATCHES:
            estimator.runtime.run(np.zeros((size, INPUT, INPUT, 3), np.uint8))
            yield f"{size} squares"
    if estimator.headwear is not None:
        estimator.headwear.warm()
        yield "crops of heads"
    if estimator.hands is not None:
        estimator.hands.warm()
        yield "crops of hands"


def at_scales(estimator: Estimator, views: Views) -> list[Estimator]:
    """The same network at the further scales of these looks, at most `HIGHEST` pixels high."""
    heights = [STEP * round(scale * estimator.height / STEP) for scale in views.scales if scale > 1]
    return [Estimator(estimator.model, estimator.runtime, min(HIGHEST, height)) for height in heights]


def merged(looks: Sequence[Sequence[Person]]) -> list[Person]:
    """Each person once, with the highest score of all looks; two people of one look are never the same."""
    found = [
        (person, head, number)
        for number, people in enumerate(looks)
        for person, head in zip(people, own_heads(people), strict=True)
    ]
    kept: list[tuple[Person, HeadFrame | None, int]] = []
    for person, head, number in sorted(found, key=lambda each: -each[0].score):
        others = [(other, its_head) for other, its_head, its_number in kept if its_number != number]
        if not any(_same_head(head, its_head) or _same_points(person, other) for other, its_head in others):
            kept.append((person, head, number))
    return [person for person, _, _ in kept]


def _same_head(one: HeadFrame | None, other: HeadFrame | None) -> bool:
    if one is None or other is None:
        return False
    return float(np.hypot(one.x - other.x, one.y - other.y)) < _SAME_HEAD * max(one.size, other.size)


def _same_points(person: Person, other: Person) -> bool:
    both = person.seen & other.seen
    if not both.any():
        return False
    away = np.linalg.norm(person.keypoints[both, :2] - other.keypoints[both, :2], axis=1)
    return bool(np.mean(away <= _NEAR * max(_diagonal(person), _diagonal(other))) >= _SHARED)


def _diagonal(person: Person) -> float:
    return float(np.linalg.norm(np.ptp(person.outline, axis=0)))


def _further(
    estimator: Estimator, picture: NDArray[np.uint8], views: Views
) -> Iterator[tuple[Estimator, tuple[int, int, int, int]]]:
    """The estimator and region (left, top, right, bottom in pixels) of each look after the first."""
    height, width = picture.shape[:2]
    for higher in at_scales(estimator, views):
        yield higher, (0, 0, width, height)
    columns, rows = views.tiles
    if columns * rows > 1:
        for top, bottom in _spans(height, rows):
            for left, right in _spans(width, columns):
                yield estimator, (left, top, right, bottom)


def _spans(length: int, count: int) -> Iterator[tuple[int, int]]:
    """Start and end of `count` overlapping pieces of `length` pixels."""
    piece = length / (count - _OVERLAP * (count - 1))
    for index in range(count):
        start = index * piece * (1 - _OVERLAP)
        yield int(start), max(int(start) + 1, min(length, round(start + piece)))
