"""Measures how well a network's head fields find heads, without skeletons: their peaks against labelled head boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final

import numpy as np

from pose.data.json_values import Box
from pose.data.shards import LabelledPicture
from pose.measuring.measures import Drawn, HasPixels, Measure, box_measure, head_measure, pair_heads
from pose.skeleton import KEYPOINTS, HeadPeak, Person

SURE: Final = 0.5  # score from which a peak counts as found or as a ghost

# The labels that count for each average precision, and the score that ranks the peaks.
_KINDS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[HeadPeak], float]]]] = {
    "peaks_AP50": (("helmet", "head"), attrgetter("score")),
    "helmeted_peaks_AP50": (("helmet",), attrgetter("helmeted")),
    "bare_peaks_AP50": (("head",), attrgetter("bare")),
}
_FOUND: Final = {
    "heads_found": "peaks_found",
    "heads_found_12_20px": "peaks_found_12_20px",
    "heads_found_over_20px": "peaks_found_over_20px",
    "ghosts_per_100": "ghost_peaks_per_100",
    "ghosts_over_20px_per_100": "ghost_peaks_over_20px_per_100",
}


def peak_measure(pictures: Sequence[LabelledPicture], heads: Sequence[Sequence[HeadPeak]]) -> Measure:
    """The average precision of peaks of each kind and of all (0..100), and figures of `head_measure` for sure peaks.

    heads: each picture's peaks, weak ones too. Precision is COCO's at an IoU of 0.5, of squares of the longer side,
    because fields have no other side. Labels that do not count for heads do not count here.
    """
    measures = [_average_precision(name, pictures, heads) for name in _KINDS]
    sure = [[_alone(head) for head in found if head.score >= SURE] for found in heads]
    found = head_measure(pictures, sure)

    def figures(drawn: Drawn) -> dict[str, float]:
        values = {name: value for measure in measures for name, value in measure(drawn).items()}
        return values | {_FOUND[name]: value for name, value in found(drawn).items() if name in _FOUND}

    return figures


def _alone(head: HeadPeak) -> Person:
    return Person(np.zeros((len(KEYPOINTS), 3), np.float32), head.score, head, head.score)


def _average_precision(name: str, pictures: Sequence[LabelledPicture], heads: Sequence[Sequence[HeadPeak]]) -> Measure:
    kinds, score = _KINDS[name]
    found = [[(_square(head.x, head.y, head.size), score(head)) for head in peaks] for peaks in heads]
    return box_precision(name, pictures, [_labels(picture, kinds) for picture in pictures], found)


def box_precision(
    name: str,
    pictures: Sequence[HasPixels],
    labels: Sequence[Iterable[tuple[Box, bool]]],
    found: Sequence[Iterable[tuple[Box, float]]],
) -> Measure:
    """The average precision at an IoU of 0.5 of boxes [left, top, width, height], 0..100, under this name.

    labels: of each picture, boxes and whether each is excluded from the count. found: boxes and their scores.
    """
    results = [
        {"image_id": number, "category_id": 1, "score": score, "bbox": list(box)}
        for number, boxes in enumerate(found, 1)
        for box, score in boxes
    ]
    labelled = ((number, box, crowd) for number, boxes in enumerate(labels, 1) for box, crowd in boxes)
    annotations = [
        {
            "id": place,
            "image_id": number,
            "category_id": 1,
            "iscrowd": int(crowd),
            "bbox": list(box),
            "area": box[2] * box[3],
        }
        for place, (number, box, crowd) in enumerate(labelled, 1)
    ]
    return box_measure(name, pictures, annotations, results)


def _labels(picture: LabelledPicture, kinds: Sequence[str]) -> Iterator[tuple[Box, bool]]:
    """The squares around the labelled heads of these kinds, and whether each is excluded from the count."""
    counting = set(pair_heads(np.zeros((0, 2)), picture.heads, picture.ignore).labels.tolist())
    for place, head in enumerate(picture.labels.heads):
        if head.kind in kinds:
            left, top, width, height = head.box
            yield _square(left + width / 2, top + height / 2, max(width, height)), place not in counting
    for box in picture.labels.ignore:
        yield box, True


def _square(x: float, y: float, side: float) -> Box:
    return x - side / 2, y - side / 2, side, side
