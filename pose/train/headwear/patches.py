"""Labelled pictures -> patches around heads and around what a network takes for heads, to train on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.data.labels import HUMAN, WHOLE_HEAD
from pose.data.shards import LabelledPicture
from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import HeadFrame, at_peak, fit_head
from pose.estimation.headwear import cut_head
from pose.measuring.measures import pair_heads
from pose.skeleton import HEAD_KEYPOINTS, HeadPeak, Person, from_coco
from pose.train.headwear.network import KINDS

SIDE: Final = 112  # pixels of a patch's sides
SPAN: Final = 3.5  # head sizes that a patch's side covers: room to move, turn and scale the crop inside
HELMET, BARE, NO_HEAD = range(len(KINDS))

_WEAKEST: Final = 0.01  # evidence from which a place where no head is labelled is worth learning from
_DOUBTFUL: Final = 0.4  # evidence from which such a place may be a head that the labels miss
_SMALLEST: Final = 7.0  # pixels of a labelled head's longer side
_SAME_SIZE: Final = (0.5, 1.7)  # of a found head's size to its label's; beyond, the crop shows something else
_VISIBLE: Final = 2  # COCO's `v` of a keypoint that is seen
_BACKGROUND: Final = 3  # random places a picture
_LARGEST: Final = 100.0  # pixels of the greatest head size at such a place
_CLEAR: Final = 1.2  # box heights between a labelled head and a place where no head is


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Squares around places of pictures.

    pixels: (n, SIDE, SIDE, 3) uint8 BGR, cut by `cut_head`. kinds: (n,) indices into `KINDS`. sizes: (n,) of the heads
    in pixels of their pictures. found: (n,) bool, whether a network found the head there, as in service; the other
    places are labels' or random.
    """

    pixels: NDArray[np.uint8]
    kinds: NDArray[np.intp]
    sizes: NDArray[np.float64]
    found: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Place:
    """evidence: of the person whom the network found there; 0 where it was not asked."""

    head: HeadFrame
    kind: int
    evidence: float = 0.0


def patches_of(pictures: Iterable[LabelledPicture], estimator: Estimator, *, doubtful: bool = False) -> Patches:
    """The patches of all pictures whose labels box every whole head.

    estimator: finds heads, and what looks like one. doubtful: the labels miss real heads, so that nothing is learned
    from places without a label that the network is rather sure of.
    """
    generator, lenient = np.random.default_rng(0), _lenient(estimator)
    most = _DOUBTFUL if doubtful else 1.0
    cut: list[NDArray[np.uint8]] = []
    places: list[_Place] = []
    for picture in pictures:
        if picture.labels.heads_complete and picture.labels.boxes == WHOLE_HEAD:
            found = _found(picture, lenient)
            learned = (place for place in found if place.kind != NO_HEAD or place.evidence <= most)
            chosen = [*_labelled(picture), *learned, *_background(picture, found, generator)]
            cut += (cut_head(picture.pixels, place.head, SIDE, SPAN) for place in chosen)
            places += chosen
    return _patches(cut, places)


def bare_people(pictures: Iterable[LabelledPicture]) -> Patches:
    """The heads of people with keypoints by people, as bare ones: pictures of everyday life show hardly any helmets."""
    cut: list[NDArray[np.uint8]] = []
    places: list[_Place] = []
    for picture in pictures:
        for label in picture.labels.people:
            keypoints = from_coco(np.array(label.keypoints, np.float32))
            head = fit_head(Person(keypoints, 1.0)) if label.source == HUMAN else None
            if head and head.size >= _SMALLEST and (keypoints[list(HEAD_KEYPOINTS), 2] == _VISIBLE).any():
                cut.append(cut_head(picture.pixels, head, SIDE, SPAN))
                places.append(_Place(head, BARE))
    return _patches(cut, places)


def _patches(cut: Sequence[NDArray[np.uint8]], places: Sequence[_Place]) -> Patches:
    return Patches(
        pixels=np.array(cut, np.uint8).reshape(-1, SIDE, SIDE, 3),
        kinds=np.array([place.kind for place in places], np.intp),
        sizes=np.array([place.head.size for place in places], float),
        found=np.array([place.evidence > 0 for place in places], bool),
    )


def _lenient(estimator: Estimator) -> Estimator:
    """One that reports everything with a little evidence; ValueError where the model does not join heads."""
    if estimator.model.joining is None:
        raise ValueError(f"{estimator.model.network.parent}: expected a model that joins heads, got none")
    joining = replace(estimator.model.joining, person=_WEAKEST)
    return Estimator(replace(estimator.model, joining=joining), estimator.runtime, estimator.height)


def _labelled(picture: LabelledPicture) -> Iterator[_Place]:
    for (left, top, width, height), helmeted in zip(picture.heads.tolist(), picture.helmeted.tolist(), strict=True):
        size = max(width, height)
        if size >= _SMALLEST:
            peak = HeadPeak(left + width / 2, top + height / 2, size, float(helmeted), float(not helmeted))
            yield _Place(at_peak(peak), HELMET if helmeted else BARE)


def _found(picture: LabelledPicture, lenient: Estimator) -> list[_Place]:
    """What the network takes for heads: those of labels, and those where no label is near."""
    people = [(head, person.evidence or 0.0) for person in lenient(picture.pixels).people if (head := fit_head(person))]
    centres = np.array([(head.x, head.y) for head, _ in people], float).reshape(-1, 2)
    pairing = pair_heads(centres, picture.heads, picture.ignore)
    longer = picture.heads[:, 2:].max(axis=1, initial=0)
    places = [
        _Place(people[head][0], HELMET if picture.helmeted[label] else BARE, people[head][1])
        for head, label in pairing.pairs.tolist()
        if _SAME_SIZE[0] < people[head][0].size / longer[label] < _SAME_SIZE[1]
    ]
    clear = _are_clear(centres, picture.heads)
    ghosts = (people[ghost] for ghost in pairing.ghosts.tolist() if clear[ghost])
    return places + [_Place(head, NO_HEAD, evidence) for head, evidence in ghosts]


def _background(picture: LabelledPicture, found: Sequence[_Place], generator: np.random.Generator) -> Iterator[_Place]:
    """Random places where neither a label nor a found head is; sizes are log-uniform."""
    height, width = picture.pixels.shape[:2]
    spots = generator.random((_BACKGROUND, 2)) * (width, height)
    sizes = np.exp(generator.uniform(math.log(_SMALLEST), math.log(_LARGEST), _BACKGROUND))
    taken = np.array([(p.head.x - p.head.size, p.head.y - p.head.size, *(2 * p.head.size,) * 2) for p in found], float)
    boxes = np.concatenate([picture.heads, picture.ignore, taken.reshape(-1, 4)])
    for (x, y), size, clear in zip(spots.tolist(), sizes.tolist(), _are_clear(spots, boxes).tolist(), strict=True):
        if clear:
            yield _Place(HeadFrame(x, y, size, (0.0, -1.0), 0.0), NO_HEAD)


def _are_clear(points: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of (n, 2) points are further than `_CLEAR` heights from the centres of all boxes (m, 4), (n,) bool."""
    away = np.linalg.norm(points[:, None] - (boxes[:, :2] + boxes[:, 2:] / 2), axis=2)
    clear: NDArray[np.bool_] = (away > _CLEAR * boxes[:, 2:].max(axis=1, initial=0)).all(axis=1)
    return clear
