"""The box around a person and its share of the picture."""

from __future__ import annotations

from helmet_service.verdicts.boxes import Box
from pose.estimation.head_frames import HeadFrame
from pose.skeleton import Person


def body_box(person: Person, head: HeadFrame | None, width: int, height: int) -> Box:
    """The smallest box around the found keypoints and the head, clipped to a picture of `width` x `height` pixels.

    The head counts as a disc of its size, or as its box where nothing else of the person was seen. A person without any
    point has an empty box at the origin.
    """
    points = person.outline.tolist()
    if head is not None:
        half = head.size / 2
        points += [(head.x - half, head.y - half), (head.x + half, head.y + half)]
    if not points:
        return Box(0.0, 0.0, 0.0, 0.0)
    xs, ys = zip(*points, strict=True)
    left, right = _within(min(xs), width), _within(max(xs), width)
    top, bottom = _within(min(ys), height), _within(max(ys), height)
    return Box(left, top, right - left, bottom - top)


def _within(place: float, length: int) -> float:
    return min(max(place, 0.0), float(length))


def area_share(box: Box, width: int, height: int) -> float:
    """The box's share of the picture's area, in [0, 1] for a clipped box."""
    return box.area / (width * height)
