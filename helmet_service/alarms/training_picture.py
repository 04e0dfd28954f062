"""A false alarm -> a labelled picture that teaches the network better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from helmet_service.alarms.alarm import FalseReason
from pose.data.labels import HELMET, WHOLE_HEAD, HeadLabel, Labels
from pose.pictures.strokes import Edges

LeftOut = Literal["not required", "other", "head blurred", "no head", "somebody else in the way", "no picture"]

_MARGIN: Final = 1.0  # longer sides of the person's box around it: what is found there is found by its surroundings


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPicture:
    """pixels: (H, W, 3) uint8 BGR, a part of the alarm's picture; labels: in its pixels."""

    pixels: NDArray[np.uint8]
    labels: Labels


def training_picture(
    pixels: NDArray[np.uint8], facts: Mapping[str, Any], reason: FalseReason
) -> TrainingPicture | LeftOut:
    """What a false alarm teaches, or why it teaches nothing.

    pixels, facts: of its evidence. `wears_helmet`: the part around the person, whose head is the only one there, with a
    helmet. `nobody_there`: the part around the place, in which nobody is and no head. Other people whom the network saw
    are cut off, because nobody has said what they wear.
    """
    if reason not in ("wears_helmet", "nobody_there"):
        return "not required" if reason == "not_required" else "other"
    if facts["head_blurred"]:
        return "head blurred"
    box, head = _edges(facts["person"]["box"]), facts["person"]["head_box"]
    is_worn = reason == "wears_helmet"
    if is_worn and head is None:
        return "no head"
    others = [_of_other(other, head_alone=is_worn) for other in facts["others"]]
    wanted = _wanted(box, pixels)
    part = clear_part(wanted, _within(_edges(head) if is_worn else box, wanted), others)
    if part is None:
        return "somebody else in the way"
    left, top, right, bottom = part
    heads = (HeadLabel((head[0] - left, head[1] - top, head[2], head[3]), HELMET),) if is_worn else ()
    cut = pixels[top:bottom, left:right]
    return TrainingPicture(cut, _labels(cut, heads, f"{facts['camera']}/{facts['alarm']}", people_complete=not is_worn))


def clear_part(wanted: Edges, kept: Edges, others: Sequence[Edges]) -> tuple[int, int, int, int] | None:
    """The part of a picture, in whole pixels, that holds `kept` and nothing of others; None where there is none.

    wanted: at most this much. Each of the others is cut off on the side where least is lost.
    """
    part = _outwards(wanted)
    for other in map(_outwards, others):
        if other[0] < part[2] and part[0] < other[2] and other[1] < part[3] and part[1] < other[3]:
            left, top, right, bottom = part
            cut = [(other[2], top, right, bottom), (left, other[3], right, bottom)]
            cut += [(left, top, other[0], bottom), (left, top, right, other[1])]
            holding = [each for each in cut if _holds(each, kept)]
            if not holding:
                return None
            part = max(holding, key=lambda each: (each[2] - each[0]) * (each[3] - each[1]))
    return part


def _holds(part: Edges, kept: Edges) -> bool:
    return part[0] <= kept[0] and part[1] <= kept[1] and part[2] >= kept[2] and part[3] >= kept[3]


def _outwards(edges: Edges) -> tuple[int, int, int, int]:
    return math.floor(edges[0]), math.floor(edges[1]), math.ceil(edges[2]), math.ceil(edges[3])


def _wanted(box: Edges, pixels: NDArray[np.uint8]) -> Edges:
    height, width = pixels.shape[:2]
    margin = _MARGIN * max(box[2] - box[0], box[3] - box[1])
    left, top, right, bottom = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    return max(left, 0), max(top, 0), min(right, width), min(bottom, height)


def _within(inner: Edges, outer: Edges) -> Edges:
    return max(inner[0], outer[0]), max(inner[1], outer[1]), min(inner[2], outer[2]), min(inner[3], outer[3])


def _of_other(other: Mapping[str, Any], *, head_alone: bool) -> Edges:
    return _edges(other["head_box"] if head_alone and other["head_box"] else other["box"])


def _edges(sides: Sequence[float]) -> Edges:
    left, top, width, height = sides
    return left, top, left + width, top + height


def _labels(cut: NDArray[np.uint8], heads: tuple[HeadLabel, ...], origin: str, *, people_complete: bool) -> Labels:
    return Labels(
        width=cut.shape[1],
        height=cut.shape[0],
        people=(),
        people_complete=people_complete,
        ignore=(),
        heads=heads,
        heads_complete=True,
        boxes=WHOLE_HEAD,
        person_boxes=(),
        origin=origin,
    )
