"""A picture and its human labels -> the labels plus skeletons by teachers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from pose.data.labels import TEACHER, TOP_DOWN, Labels
from pose.estimation.estimator import Estimator
from pose.label.decisions import (
    enlarged,
    first_try,
    is_new,
    open_boxes,
    open_heads,
    second_try,
    window,
    with_boxed,
    with_confirmed,
    with_open_regions,
    with_unconfirmed,
)
from pose.label.heads import FEWEST, cleared, on_heads
from pose.label.joining import Skeleton, join, join_people, within
from pose.label.top_down import TopDown
from pose.skeleton import posed, to_coco

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]


class Labeller:
    """Runs teachers, joins their skeletons and compares them with human labels.

    teachers: fields networks, at least one. top_down: runs on everybody whom they find, on boxed people, and on boxed
    heads without a skeleton; None: on nobody.
    """

    def __init__(self, teachers: Sequence[Estimator], top_down: TopDown | None) -> None:
        self._teachers = teachers
        self._top_down = top_down

    def __call__(self, picture: Picture, labels: Labels) -> Labels:
        """The labels, plus skeletons after the people that they have; picture: (H, W, 3) uint8 BGR.

        Existing labels stay. Where everybody is labelled or ignored, only heads without a skeleton get one.
        """
        complete = labels.people_complete
        if complete and not len(open_heads(labels)):
            return labels
        found = [person for person in self._found(picture) if is_new(person, labels)]
        if complete:
            found = on_heads(found, open_heads(labels))
        found = self._asked_again(picture, found)
        labels = with_confirmed(labels, found)
        if self._top_down is not None:
            labels = with_confirmed(labels, _bodies(self._top_down, picture, open_heads(labels)))
            labels = with_boxed(labels, _in_boxes(self._top_down, picture, open_boxes(labels)))
        return labels if complete else with_open_regions(with_unconfirmed(labels, found))

    def see(self, picture: Picture) -> list[Skeleton]:
        """Everybody whom the networks find in a picture, without regard to labels."""
        return self._asked_again(picture, self._found(picture))

    def _found(self, picture: Picture) -> list[Skeleton]:
        return reduce(join_people, (_seen(teacher, picture) for teacher in self._teachers))

    def _asked_again(self, picture: Picture, people: Sequence[Skeleton]) -> list[Skeleton]:
        if self._top_down is None:
            return list(people)
        return [join(person, _look(self._top_down, picture, window(person))) for person in people]


def _look(top_down: TopDown, picture: Picture, box: Floats) -> Skeleton:
    seen = within(Skeleton(top_down(picture, box), 0.0, TOP_DOWN), picture.shape[1], picture.shape[0])
    return replace(seen, score=float(seen.keypoints[:, 2].mean()))


def _bodies(top_down: TopDown, picture: Picture, heads: Floats) -> list[Skeleton]:
    """A skeleton for each boxed head (n, 4)."""
    people = []
    for head in heads:
        first = _look(top_down, picture, first_try(head))
        again = _look(top_down, picture, second_try(head, first.keypoints))
        people.append(replace(again, keypoints=cleared(again.keypoints, head)))
    return people


def _in_boxes(top_down: TopDown, picture: Picture, boxes: Floats) -> list[Skeleton]:
    """Skeletons for boxed people (n, 4), with at least `FEWEST` sure keypoints."""
    seen = [_look(top_down, picture, enlarged(box)) for box in boxes]
    return [person for person in seen if person.sure.sum() >= FEWEST]


def _seen(teacher: Estimator, picture: Picture) -> list[Skeleton]:
    people = posed(teacher(picture).people)
    found = [Skeleton(to_coco(each.keypoints).astype(np.float64), each.score, TEACHER) for each in people]
    inside = [within(each, picture.shape[1], picture.shape[0]) for each in found]
    return [each for each in inside if each.sure.any()]
