"""Draws contact sheets of people whom teachers labelled, for visual inspection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.data.labels import BARE, HELMET, Labels, PersonLabel
from pose.data.shards import LabelledPicture
from pose.estimation.preprocess import cut_out
from pose.label.joining import SURE
from pose.pictures import strokes
from pose.pictures.drawing import draw_skeletons
from pose.skeleton import Person, from_coco

Picture = NDArray[np.uint8]

COLUMNS: Final = 6
ROWS: Final = 4
PANEL: Final = 240  # pixels a side
MOST: Final = 20  # sheets
_AROUND: Final = 1.5  # of a person's box
_SIGNS: Final = {HELMET: strokes.HELMETED, BARE: strokes.BARE}


def sheets(pictures: Iterable[LabelledPicture], people: int) -> Iterator[Picture]:
    """Up to `MOST` sheets of an even selection of the people with a `by`; people: their number.

    A panel shows sure keypoints as skeletons (right purple, left blue), unsure ones as yellow dots, boxes of helmeted
    (green, tick) and bare (orange, cross) heads, and dashed ones of `ignore` regions.
    """
    every = max(1, -(-people // (MOST * COLUMNS * ROWS)))
    given = ((picture, person) for picture in pictures for person in picture.labels.people if person.by)
    panels = (_panel(picture, person) for picture, person in islice(given, 0, None, every))
    while tiles := list(islice(panels, COLUMNS * ROWS)):
        yield _sheet(tiles)


def _sheet(tiles: Sequence[Picture]) -> Picture:
    filled = [*tiles, *[np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)]
    rows = [np.hstack(filled[start : start + COLUMNS]) for start in range(0, len(filled), COLUMNS)]
    return np.vstack(rows).astype(np.uint8)


def _panel(picture: LabelledPicture, person: PersonLabel) -> Picture:
    """The labels around one person, under that person's origin and score."""
    left, top, width, height = person.box
    side = max(width, height) * _AROUND
    corner, scale = np.array([left + (width - side) / 2, top + (height - side) / 2]), PANEL / side
    part = cut_out(picture.pixels, (float(corner[0]), float(corner[1])), scale, (PANEL, PANEL))
    _draw_boxes(part, picture.labels, corner, scale)
    keypoints = np.array([each.keypoints for each in picture.labels.people], np.float32)
    keypoints[..., :2] = (keypoints[..., :2] - corner) * scale
    unsure = (keypoints[..., 2] > 0) & (keypoints[..., 2] < SURE)
    for x, y, _ in keypoints[unsure]:
        cv2.circle(part, (round(float(x)), round(float(y))), 2, strokes.UNSURE.colour, -1, cv2.LINE_AA)
    keypoints[unsure] = 0
    part = draw_skeletons(part, [Person(from_coco(each), 1.0) for each in keypoints])
    strokes.draw_label(part, f"{person.by} {person.score or 0:.2f}", None, (0, 0))
    return part


def _draw_boxes(part: Picture, labels: Labels, corner: NDArray[np.float64], scale: float) -> None:
    for head in labels.heads:
        strokes.draw_signed_box(part, _edges(head.box, corner, scale), _SIGNS[head.kind])
    for box in labels.ignore:
        strokes.draw_dashed_box(part, _edges(box, corner, scale), strokes.MAGENTA, 1)


def _edges(box: Sequence[float], corner: NDArray[np.float64], scale: float) -> strokes.Edges:
    """The edges in a panel of a box (left, top, width, height) of the picture."""
    left, top = (np.array(box[:2]) - corner) * scale
    return float(left), float(top), float(left + box[2] * scale), float(top + box[3] * scale)
