"""How well the model boxes helmeted and bare heads itself: average precision of its boxes against the labelled ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from helmet_service.bench.outcomes import Figure, Judged
from helmet_service.bench.scenes import Scene
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.own_hats import around_head, around_helmet, own_shares
from helmet_service.verdicts.rules import Rules
from pose.data.json_values import Box as Sides
from pose.measuring.measures import Measure, intervals, pair_heads
from pose.measuring.peak_measures import box_precision

HELMETS: Final = "helmets_AP50"
BARE_HEADS: Final = "bare_heads_AP50"


def own_boxes(scenes: Sequence[Scene], judged: Sequence[Judged], rules: Rules) -> dict[str, Figure]:
    """The figures of `own_box_measure` on all pictures, those that exist."""
    measure = own_box_measure(scenes, judged, rules)
    values, bounds = measure(np.arange(len(scenes))), intervals(measure, len(scenes))
    return {name: Figure(values[name], *bounds[name]) for name in values}


def own_box_measure(scenes: Sequence[Scene], judged: Sequence[Judged], rules: Rules) -> Measure:
    """The average precision of both kinds of boxes (COCO's at an IoU of 0.5), 0..100; only of kinds with labels.

    Everybody with headwear has a box of each kind, with its probability as score; nobody: no figures. judged: the
    people of each scene.
    """
    measures = []
    for kind, name in enumerate((HELMETS, BARE_HEADS)):
        found = [list(_found(picture, kind, rules)) for picture in judged]
        labels = [list(_labels(scene, helmeted=name == HELMETS)) for scene in scenes]
        if any(found) and any(not crowd for boxes in labels for _, crowd in boxes):
            measures.append(box_precision(name, scenes, labels, found))
    return lambda drawn: {name: value for measure in measures for name, value in measure(drawn).items()}


def _found(picture: Judged, kind: int, rules: Rules) -> Iterator[tuple[Sides, float]]:
    around = (around_helmet, around_head)[kind]
    for verdict in picture.judgement.people:
        person, head = picture.people[verdict.person], verdict.head
        if head is not None and person.headwear is not None:
            yield _sides(around(person, head, rules)), own_shares(person.headwear, head, rules)[kind]


def _labels(scene: Scene, *, helmeted: bool) -> Iterator[tuple[Sides, bool]]:
    """The labelled heads of one kind, and the regions to ignore, each with whether it is excluded from the count."""
    counting = set(pair_heads(np.zeros((0, 2)), scene.heads, scene.ignore).labels.tolist())
    for place in np.flatnonzero(scene.worn == helmeted).tolist():
        left, top, width, height = scene.heads[place].tolist()
        yield (left, top, width, height), place not in counting
    for left, top, width, height in scene.ignore.tolist():
        yield (left, top, width, height), True


def _sides(box: Box) -> Sides:
    return box.left, box.top, box.width, box.height
