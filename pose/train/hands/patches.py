"""Labelled pictures -> patches around hands, labelled by the teacher, and around what shows no hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.data.labels import HUMAN, PersonLabel
from pose.data.shards import LabelledPicture
from pose.estimation.estimator import Estimator
from pose.estimation.hands import HandSquare, cut_hand, forearm_square
from pose.hands import ARMS, HAND_KEYPOINTS, Side
from pose.skeleton import Person, from_coco
from pose.train.hands.teacher import Consensus, HandTeacher, to_square

SIDE: Final = 224  # pixels of a patch's sides
SPAN: Final = 1.7  # squares that a patch's side covers: room to move, turn and scale the crop inside
CLEAR: Final = (0.6, 0.08, 24.0)
"""What makes a hand clear: the least share of the teacher's looks that see it, how far they are at most apart, and the
least pixels of its longer side."""

_SURE: Final = (0.3, 0.12, 10.0)  # the same of a hand that is worth learning from
_WRISTS_APART: Final = 0.6  # of the hand's size, between the teacher's and the label's; beyond, it is another hand
_NO_HAND: Final = 0.1  # presence up to which the teacher is sure that no hand is there
_SURE_KEYPOINT: Final = 0.3  # a teacher's confidence from which an arm's keypoint is there
_VISIBLE: Final = 2.0  # COCO's `v` of a keypoint that is seen
_SMALLEST: Final = 20.0  # pixels of a square's side
_ELSEWHERE: Final = 2  # places a picture that show no hand
_SIZES: Final = (24.0, 200.0)  # pixels of the squares there
_AWAY: Final = 1.0  # squares from all wrists


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Squares around places of pictures.

    pixels: (n, SIDE, SIDE, 3) uint8 BGR, cut by `cut_hand`. keypoints: (n, 21, 2) float32 x, y in shares of the
    square in the patch's middle; NaN where no hand is. left: (n,) bool, whether the hand is a left one. sizes: (n,) the
    longer side of the hand's box, in pixels of its picture; of a square without a hand, its side. clear: (n,) bool.
    """

    pixels: NDArray[np.uint8]
    keypoints: NDArray[np.float32]
    left: NDArray[np.bool_]
    sizes: NDArray[np.float64]
    clear: NDArray[np.bool_]

    @property
    def hands(self) -> NDArray[np.bool_]:
        """Which show a hand, (n,) bool."""
        hands: NDArray[np.bool_] = ~np.isnan(self.keypoints[:, 0, 0])
        return hands


def joined(groups: Sequence[Patches]) -> Patches:
    """All patches of several groups."""
    return Patches(**{name: np.concatenate([getattr(each, name) for each in groups]) for name in _ARRAYS})


def drawn(patches: Patches, most: int) -> Patches:
    """Random ones, at most so many."""
    chosen = np.random.default_rng(0).permutation(len(patches.left))[:most]
    return Patches(**{name: getattr(patches, name)[chosen] for name in _ARRAYS})


_ARRAYS: Final = tuple(part.name for part in fields(Patches))


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """keypoints: in shares of the square."""

    square: HandSquare
    keypoints: NDArray[np.float32]
    left: bool = False
    size: float = 0.0
    clear: bool = False


def patches_of(
    pictures: Iterable[LabelledPicture], teacher: HandTeacher, estimator: Estimator | None = None
) -> Patches:
    """The patches of all pictures: hands at the ends of arms, and places away from these.

    estimator: finds the people of pictures that label none, as serving does; None: these pictures have none.
    """
    generator = np.random.default_rng(0)
    cut: list[NDArray[np.uint8]] = []
    places: list[_Place] = []
    for picture in pictures:
        people = _people(picture, estimator)
        at_arms = list(_at_arms(picture, people, teacher))
        chosen = [*at_arms, *_elsewhere(picture, people, at_arms, teacher, generator)]
        cut += (cut_hand(picture.pixels, wider(place.square), SIDE) for place in chosen)
        places += chosen
    return Patches(
        pixels=np.array(cut, np.uint8).reshape(-1, SIDE, SIDE, 3),
        keypoints=np.array([place.keypoints for place in places], np.float32).reshape(-1, len(HAND_KEYPOINTS), 2),
        left=np.array([place.left for place in places], bool),
        sizes=np.array([place.size or place.square.size for place in places], float),
        clear=np.array([place.clear for place in places], bool),
    )


def wider(square: HandSquare) -> HandSquare:
    """The square that a patch shows."""
    return replace(square, size=SPAN * square.size)


def _people(picture: LabelledPicture, estimator: Estimator | None) -> list[Person]:
    if picture.labels.people or estimator is None:
        return [_person(label) for label in picture.labels.people]
    return list(estimator(picture.pixels).people)


def _at_arms(picture: LabelledPicture, people: Sequence[Person], teacher: HandTeacher) -> Iterator[_Place]:
    for person in people:
        for side, (_, wrist) in ARMS.items():
            square = forearm_square(person, side)
            if square and square.size >= _SMALLEST:
                seen = teacher.consensus(picture.pixels, square)
                if is_like(seen, *_SURE) and _is_at(person.keypoints[wrist, :2], seen):
                    yield _hand(seen, square, side)
                elif seen.presence <= _NO_HAND:
                    yield _no_hand(square)


def is_like(seen: Consensus, least_seen: float, most_apart: float, least_size: float) -> bool:
    """Whether enough looks agree well enough on a hand that is large enough."""
    return seen.seen >= least_seen and seen.apart <= most_apart and seen.size >= least_size


def _is_at(wrist: NDArray[np.float32], seen: Consensus) -> bool:
    return float(np.hypot(*(seen.keypoints[0] - wrist))) <= _WRISTS_APART * seen.size


def _hand(seen: Consensus, square: HandSquare, side: Side) -> _Place:
    return _Place(square, to_square(seen.keypoints, square), side == "left", seen.size, is_like(seen, *CLEAR))


def _no_hand(square: HandSquare) -> _Place:
    return _Place(square, np.full((len(HAND_KEYPOINTS), 2), np.nan, np.float32))


def _person(label: PersonLabel) -> Person:
    """With those keypoints alone that are surely seen."""
    keypoints = np.array(label.keypoints, np.float32)
    keypoints[keypoints[:, 2] < (_VISIBLE if label.source == HUMAN else _SURE_KEYPOINT)] = 0
    return Person(from_coco(keypoints), 1.0)


def _elsewhere(
    picture: LabelledPicture,
    people: Sequence[Person],
    at_arms: Sequence[_Place],
    teacher: HandTeacher,
    generator: np.random.Generator,
) -> Iterator[_Place]:
    """Squares in any direction, at other keypoints or anywhere, where the teacher sees no hand either."""
    known = np.concatenate([np.zeros((0, 2), np.float32), *(person.points for person in people)])
    taken = _taken(picture, people, at_arms)
    height, width = picture.pixels.shape[:2]
    for number in range(_ELSEWHERE):
        at_keypoint = number % 2 == 0 and len(known)
        x, y = known[generator.integers(len(known))] if at_keypoint else generator.random(2) * (width, height)
        size, turn = math.exp(generator.uniform(*np.log(_SIZES))), generator.uniform(0, 2 * math.pi)
        square = HandSquare(float(x), float(y), size, (math.sin(turn), -math.cos(turn)))
        away = np.linalg.norm(taken - (x, y), axis=1)
        if (away > _AWAY * size).all() and teacher.look(picture.pixels, square).presence <= _NO_HAND:
            yield _no_hand(square)


def _taken(picture: LabelledPicture, people: Sequence[Person], at_arms: Sequence[_Place]) -> NDArray[np.float32]:
    """Wrists, hidden ones too, and the keypoints of hands, (n, 2) in pixels."""
    labelled = [from_coco(np.array(label.keypoints, np.float32)) for label in picture.labels.people]
    everybody = [*labelled, *(person.keypoints for person in people)]
    wrists = [each[wrist, :2] for each in everybody for _, wrist in ARMS.values() if each[wrist, 2] > 0]
    hands = [place.square.to_picture(place.keypoints) for place in at_arms if place.size]
    return np.concatenate([np.array(wrists, np.float32).reshape(-1, 2), *hands])
