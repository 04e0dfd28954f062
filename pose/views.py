"""Several looks at one picture, at more scales and in overlapping tiles: for small people in wide pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimator import Estimate, Estimator, in_order
from pose.head_frames import HeadFrame, own_heads
from pose.preprocess import HIGHEST, STEP
from pose.skeleton import Person

# Of the estimator's height. A short list, because each is compiled apart, at every width. Smaller ones find hardly
# anybody more (docs/benchmarks.md).
SCALES: Final = (1.0, 1.5, 2.0)
MOST_TILES: Final = 8  # columns, and rows

_OVERLAP: Final = 0.25  # of a tile's side: who stands on a border is whole in one of the tiles or in the picture
# Chosen on 100 pictures of tune-site, as they are and smaller on large canvases (docs/benchmarks.md). In fields
# averaged over scales a fifth to a half fewer of the small were found than by merging people.
_NEAR: Final = 0.08  # of the larger skeleton's diagonal: two findings of one keypoint
_SHARED: Final = 0.5  # of the keypoints that both have: two skeletons of one person
_SAME_HEAD: Final = 0.5  # of the larger head's size: two findings of one head
# Of the input's height: whose skeleton, or head where there is no other, is larger there, the look at the whole sees
# better.
_SMALL: Final = 1 / 8


@dataclass(frozen=True, slots=True)
class Views:
    """Which looks to take at a picture: always one at the whole, and those that are named here.

    scales: of the estimator's height, 1 and further ones of `SCALES`. tiles: columns and rows of overlapping tiles,
    each looked at with the estimator's full height; 1 x 1 is none.
    Raises ValueError for anything else.
    """

    scales: tuple[float, ...] = (1.0,)
    tiles: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        if 1 not in self.scales or not set(self.scales) <= set(SCALES) or len(set(self.scales)) < len(self.scales):
            expected = f"1 and others of {', '.join(f'{scale:g}' for scale in SCALES)}, each once"
            raise ValueError(f"scales: expected {expected}, got {', '.join(f'{scale:g}' for scale in self.scales)}")
        columns, rows = self.tiles
        if not (1 <= columns <= MOST_TILES and 1 <= rows <= MOST_TILES):
            raise ValueError(f"tiles: expected 1 to {MOST_TILES} columns and rows, got {columns} x {rows}")

    @property
    def cost(self) -> float:
        """What they cost, in runs of the network over the whole picture at the estimator's height."""
        columns, rows = self.tiles
        return sum(scale * scale for scale in self.scales) + (columns * rows if columns * rows > 1 else 0)

    @property
    def several(self) -> bool:
        """Whether there is more than the look at the whole."""
        return self.cost > 1


class ViewsEstimator(Estimator):
    """An estimator that always takes the same looks: for measuring them."""

    def __init__(self, estimator: Estimator, views: Views) -> None:
        super().__init__(estimator.model, estimator.runtime, estimator.height)
        self._whole, self._views = estimator, views

    def __call__(self, picture: NDArray[np.uint8], size: tuple[int, int] | None = None) -> Estimate:
        """Find everybody in an upright (H, W, 3) uint8 BGR picture, none of a reduced size."""
        if size is not None and size != (picture.shape[1], picture.shape[0]):
            raise ValueError(f"size: expected that of the picture itself, got {size}")
        return look(self._whole, picture, self._views)


def look(
    estimator: Estimator, picture: NDArray[np.uint8], views: Views, between: Callable[[], None] = lambda: None
) -> Estimate:
    """Find everybody in an upright (H, W, 3) uint8 BGR picture with several looks, one after the other.

    between: called after each look; what it raises ends them.
    The estimate's `scale` is that of the finest look, its timings are those of all.
    """
    whole = estimator(picture)
    between()
    estimates, looks = [whole], [whole.people]
    small = _SMALL * estimator.height / whole.scale
    for one, (left, top, right, bottom) in _further(estimator, picture, views):
        estimates.append(one(picture[top:bottom, left:right]))
        people = (_moved(person, left, top) for person in estimates[-1].people)
        looks.append(tuple(person for person in people if _diagonal(person) < small))
        between()
    return Estimate(
        people=in_order(merged(looks)),
        scale=max(estimate.scale for estimate in estimates),
        timings_ms={name: sum(e.timings_ms[name] for e in estimates) for name in whole.timings_ms},
    )


def at_scales(estimator: Estimator, views: Views) -> list[Estimator]:
    """The same network at the further scales of these looks, none higher than an input may be."""
    heights = [STEP * round(scale * estimator.height / STEP) for scale in views.scales if scale > 1]
    return [Estimator(estimator.model, estimator.runtime, min(HIGHEST, height)) for height in heights]


def merged(looks: Sequence[Sequence[Person]]) -> list[Person]:
    """Of several looks' findings of one person the surest; two people of one look are always two."""
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
    """Who looks at what beside the whole at its usual height: left, top, right, bottom in pixels."""
    height, width = picture.shape[:2]
    for higher in at_scales(estimator, views):
        yield higher, (0, 0, width, height)
    columns, rows = views.tiles
    if columns * rows > 1:
        for top, bottom in _spans(height, rows):
            for left, right in _spans(width, columns):
                yield estimator, (left, top, right, bottom)


def _spans(length: int, count: int) -> Iterator[tuple[int, int]]:
    """Start and end of `count` overlapping pieces of so many pixels."""
    piece = length / (count - _OVERLAP * (count - 1))
    for index in range(count):
        start = index * piece * (1 - _OVERLAP)
        yield int(start), max(int(start) + 1, min(length, round(start + piece)))


def _moved(person: Person, left: int, top: int) -> Person:
    keypoints = person.keypoints.copy()
    keypoints[person.seen, :2] += (left, top)
    head = person.head and replace(person.head, x=person.head.x + left, y=person.head.y + top)
    return replace(person, keypoints=keypoints, head=head)
