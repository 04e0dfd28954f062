"""Decides which heads and people lack a skeleton, where to look for one, and which answers become labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.data.json_values import Box
from pose.data.labels import AREA, HUMAN, TEACHER, Labels, PersonLabel
from pose.label.heads import SMALLEST, covering, fits, head_of, hidden_body, pair_with_heads, regions_of
from pose.label.joining import SAME, Skeleton, similarity

Floats = NDArray[np.float64]

STRONG: Final = 0.5  # score from which a skeleton without a boxed head counts as a person

MARGIN: Final = 1.35  # ratio of a top-down network's window to the box around keypoints or a person
# Windows for a boxed head, in longer sides of its box: width, height and downward offset of the first try, and bounds
# of the second one's side.
_FIRST_WIDTH, _FIRST_HEIGHT, _FIRST_DOWN = 4.0, 8.0, 2.2
_LEAST, _MOST = 4.5, 14.0
_SECOND_POINTS: Final = 4  # keypoints of the first try that the second one needs
_SECOND_FOUND: Final = 0.2  # their least confidence


def outline(person: Skeleton) -> Floats:
    """The box (4,) left, top, width, height around a person's keypoints."""
    points = person.keypoints[person.keypoints[:, 2] > 0, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    return np.concatenate([low, high - low])


def first_try(head: Floats) -> Floats:
    """The first window (4,) in which to look for the body of a boxed head (4,)."""
    left, top, width, height = head
    side = max(width, height)
    wide, high = _FIRST_WIDTH * side, _FIRST_HEIGHT * side
    x, y = left + width / 2, top + height / 2 + _FIRST_DOWN * side
    return np.array([x - wide / 2, y - high / 2, wide, high])


def second_try(head: Floats, keypoints: Floats) -> Floats:
    """The second window (4,): around the head (4,) and the keypoints (17, 3) that the first try found."""
    found = keypoints[keypoints[:, 2] > _SECOND_FOUND]
    return first_try(head) if len(found) < _SECOND_POINTS else around(found, head)


def around(keypoints: Floats, head: Floats) -> Floats:
    """The square window (4,) around a person's keypoints (n, 3) and head (4,)."""
    side = float(head[2:].max())
    low = np.minimum(keypoints[:, :2].min(axis=0), head[:2])
    high = np.maximum(keypoints[:, :2].max(axis=0), head[:2] + head[2:])
    sides = np.clip(MARGIN * (high - low).max(), _LEAST * side, _MOST * side)
    return np.concatenate([(low + high - sides) / 2, [sides, sides]])


def enlarged(box: Floats) -> Floats:
    """The window (4,) for a boxed person (4,)."""
    left, top, width, height = box
    wide, high = MARGIN * width, MARGIN * height
    return np.array([left + (width - wide) / 2, top + (height - high) / 2, wide, high])


def window(person: Skeleton) -> Floats:
    """The window (4,) for a person found by a fields network, with room for a body that it did not find."""
    head = head_of(person.keypoints)
    if head is None:
        return enlarged(outline(person))
    box = np.array([head.x - head.size / 2, head.y - head.size / 2, head.size, head.size])
    return around(person.keypoints[person.keypoints[:, 2] > 0], box)


def _boxes(boxes: Iterable[Sequence[float]]) -> Floats:
    return np.array(list(boxes), np.float64).reshape(-1, 4)


def _keypoints(labels: Labels) -> list[Floats]:
    """The labelled people, (17, 3) each; human labels have the confidence 1."""
    people = [np.array(person.keypoints, np.float64) for person in labels.people]
    for person, keypoints in zip(labels.people, people, strict=True):
        if person.source == HUMAN:
            keypoints[:, 2] = keypoints[:, 2] > 0
    return people


def open_heads(labels: Labels) -> Floats:
    """The boxed heads without a skeleton, (n, 4), of at least `SMALLEST` pixels."""
    heads = _boxes(head.box for head in labels.heads)
    paired = pair_with_heads(_keypoints(labels), heads)
    return heads[[place for place in range(len(heads)) if place not in paired and heads[place, 2:].max() >= SMALLEST]]


def open_boxes(labels: Labels) -> Floats:
    """The boxed people without a skeleton, (n, 4): boxes that contain the middle of no labelled person."""
    boxes = _boxes(labels.person_boxes)
    middles = [outline(Skeleton(person, 1.0, TEACHER)) for person in _keypoints(labels) if (person[:, 2] > 0).any()]
    taken = [covering(middle, boxes) for middle in middles]
    return boxes[~np.any(taken, axis=0)] if taken else boxes


def is_new(person: Skeleton, labels: Labels) -> bool:
    """Whether the person is not labelled yet."""
    labelled = _keypoints(labels)
    alike = [max(similarity(person.keypoints, each), similarity(each, person.keypoints)) for each in labelled]
    return max(alike, default=0.0) < SAME


def with_confirmed(labels: Labels, people: Sequence[Skeleton]) -> Labels:
    """The labels, plus those of these people who are new and fit a boxed head without a skeleton.

    The `ignore` regions of these heads are removed.
    """
    new, heads = [person for person in people if is_new(person, labels)], open_heads(labels)
    paired = {head: new[place] for head, place in pair_with_heads([each.keypoints for each in new], heads).items()}
    paired = {head: person for head, person in paired.items() if fits(person, heads[head])}
    regions = _boxes(labels.ignore)
    theirs = [regions_of(outline(person), heads[head], regions) for head, person in paired.items()]
    gone = np.any([np.zeros(len(regions), bool), *theirs], axis=0)
    kept = tuple(region for region, goes in zip(labels.ignore, gone, strict=True) if not goes)
    return replace(_with(labels, paired.values(), confirmed=True), ignore=kept)


def with_boxed(labels: Labels, people: Sequence[Skeleton]) -> Labels:
    """The labels, plus the new ones of these people, whom people boxed."""
    return _with(labels, (person for person in people if is_new(person, labels)), confirmed=True)


def with_unconfirmed(labels: Labels, people: Sequence[Skeleton]) -> Labels:
    """The labels, plus the new ones of these people: with a strong score as a person, else as an `ignore` region.

    People inside an existing region are left out.
    """
    new = [person for person in people if is_new(person, labels)]
    new = [person for person in new if not covering(outline(person), _boxes(labels.ignore)).any()]
    weak = [_rounded(outline(person)) for person in new if person.score < STRONG]
    strong = (person for person in new if person.score >= STRONG)
    return replace(_with(labels, strong, confirmed=False), ignore=(*labels.ignore, *weak))


def _with(labels: Labels, people: Iterable[Skeleton], *, confirmed: bool) -> Labels:
    return replace(labels, people=(*labels.people, *(_as_label(person, confirmed) for person in people)))


def with_open_regions(labels: Labels) -> Labels:
    """The labels, plus an `ignore` region over each head and boxed person without a skeleton that no region covers.

    Where every head is boxed, everybody is then labelled or ignored.
    """
    regions = _boxes(labels.ignore)
    heads, people = open_heads(labels), open_boxes(labels)
    missing = [hidden_body(head) for head in heads if not covering(head, regions).any()]
    missing += [box for box in people if not covering(box, regions).any()]
    complete = labels.people_complete or labels.heads_complete
    return replace(labels, ignore=(*labels.ignore, *map(_rounded, missing)), people_complete=complete)


def _as_label(person: Skeleton, confirmed: bool) -> PersonLabel:
    box = _rounded(outline(person))
    return PersonLabel(
        keypoints=tuple((round(x, 1), round(y, 1), round(c, 2)) for x, y, c in person.keypoints.tolist()),
        source=TEACHER,
        box=box,
        area=round(AREA * box[2] * box[3], 1),
        by=person.by,
        score=round(person.score, 3),
        confirmed=confirmed,
    )


def _rounded(box: Floats) -> Box:
    left, top, width, height = np.round(box, 1).tolist()
    return left, top, width, height
