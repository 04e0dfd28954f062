"""Makes people in pictures unrecognisable: heads lose their detail for good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from pose.estimation.head_frames import FRONT, fit_head
from pose.pictures.strokes import Pixels, corner_pixels
from pose.skeleton import HEAD_KEYPOINTS, Person

# Of the blurred disc, in head sizes: it covers the face (the middle 80 %) of 98 % of the labelled heads of 20 pixels or
# more in a third of dev-site; with 1.4 of 96 %.
_DIAMETER: Final = 1.6
_CELLS: Final = 4  # across a disc: enough to see that a head is there
_USUAL_SIZE: Final = 0.04  # of a head, at least, in longer sides of the picture, where none can be fitted


def blur_heads(pixels: Pixels, people: Sequence[Person]) -> Pixels:
    """A copy of the picture, (H, W, 3) uint8 BGR, with the heads of all these people blurred and nothing else changed.

    A disc around the head keeps the mean colours of 4 x 4 cells, smoothed. Where no head can be fitted, the disc lies
    around the seen head keypoints; people without any have no head to blur.
    """
    blurred = pixels.copy()
    for person in people:
        place = head_place(person, max(pixels.shape))
        if place:
            _blur_disc(blurred, *place)
    return blurred


def head_place(person: Person, longer_side: float) -> tuple[float, float, float] | None:
    """A head's centre x, y and size in pixels, rather too large than too small; None without any sign of a head.

    longer_side: of the picture, in pixels.
    """
    head = fit_head(person)
    if head:
        return head.x, head.y, head.size
    seen = person.seen
    face = [point for point in HEAD_KEYPOINTS if seen[point]]
    if not face:
        return None
    # A distance looks shorter, never longer, where it points towards the camera: that of the eyes in a profile is 0.
    sizes = [
        math.dist(person.keypoints[a, :2], person.keypoints[b, :2]) / math.dist(FRONT[a], FRONT[b])
        for a in face
        for b in FRONT
        if seen[b] and a != b
    ]
    x, y = person.keypoints[face, :2].mean(axis=0).tolist()
    return x, y, max([*sizes, _USUAL_SIZE * longer_side])


def _blur_disc(pixels: Pixels, x: float, y: float, head_size: float) -> None:
    radius = head_size * _DIAMETER / 2
    corners = corner_pixels(pixels, (x - radius, y - radius, x + radius, y + radius))
    if not corners:
        return
    left, top, right, bottom = corners
    part = pixels[top : bottom + 1, left : right + 1]
    height, width = part.shape[:2]
    cells = [max(1, round(_CELLS * side / (2 * radius))) for side in (width, height)]
    means = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(means, (width, height), interpolation=cv2.INTER_LINEAR)
    disc = np.zeros((height, width), np.uint8)
    cv2.circle(disc, (round(x) - left, round(y) - top), math.ceil(radius), 1, cv2.FILLED)
    cv2.copyTo(smooth, disc, part)
