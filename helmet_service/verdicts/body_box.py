"""The box around a person and its share of the picture."""

from __future__ import annotations

import numpy as np

from helmet_service.verdicts.boxes import Box
from pose.head_frames import HeadFrame
from pose.skeleton import Person


def body_box(person: Person, head: HeadFrame | None, width: int, height: int) -> Box:
    """The smallest box around the found keypoints and the head, clipped to a picture of `width` x `height` pixels.

    The head counts as a disc of its size. A person without any point has an empty box at the origin.
    """
    corners = [person.points.astype(np.float64)]
    if head is not None:
        centre = np.array([head.x, head.y])
        corners += [centre[None] - head.size / 2, centre[None] + head.size / 2]
    points = np.concatenate(corners)
    if not len(points):
        return Box(0.0, 0.0, 0.0, 0.0)
    left, top = np.clip(points.min(axis=0), 0, (width, height))
    right, bottom = np.clip(points.max(axis=0), 0, (width, height))
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def area_share(box: Box, width: int, height: int) -> float:
    """The box's share of the picture's area, in [0, 1] for a clipped box."""
    return box.area / (width * height)
