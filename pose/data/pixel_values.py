"""Keypoints and boxes in JSON, read in pixels of the upright picture; shares of the picture are refused."""

from __future__ import annotations

from typing import Final

from pose.data.json_values import Box, WrongValueError, box, items, number
from pose.errors import described

Keypoint = tuple[float, float, float]
"""x, y in pixels and COCO's visibility or a confidence; 0 where the keypoint is not labelled."""
Keypoints = tuple[Keypoint, ...]

_LARGEST_SHARE: Final = 1.5  # pixels: labels that all lie nearer to the origin are shares of the picture
_FEWEST_KEYPOINTS: Final = 3  # labelled keypoints that are needed to recognise shares
_LARGEST_CONFIDENCE: Final = 1.5  # peaks of a teacher's heatmaps overshoot 1 a little; anything larger is an error


def keypoints(value: object, name: str, count: int = 17) -> Keypoints:
    """`count` triples, each a list of its own or all in one list."""
    given = items(value, name)
    nested = bool(given) and isinstance(given[0], list)
    if len(given) != (count if nested else 3 * count):
        raise WrongValueError(name, f"{count} times x, y, visibility", f"a list of {len(given)}")
    triples = given if nested else [given[start : start + 3] for start in range(0, len(given), 3)]
    points = tuple(_keypoint(triple, f"{name}[{index}]") for index, triple in enumerate(triples))
    labelled = [point for point in points if point[2] > 0]
    if len(labelled) >= _FEWEST_KEYPOINTS and all(max(abs(x), abs(y)) <= _LARGEST_SHARE for x, y, _ in labelled):
        raise _shares(name)
    return points


def _keypoint(value: object, name: str) -> Keypoint:
    if not isinstance(value, list) or len(value) != 3:
        raise WrongValueError(name, "x, y, visibility", described(value))
    x, y, seen = (number(each, name) for each in value)
    if seen < 0:
        raise WrongValueError(name, "a visibility or confidence of at least 0", described(value[2]))
    return x, y, seen


def check_visibility(points: Keypoints, name: str) -> None:
    """WrongValueError unless every third value is COCO's visibility: 0, 1 or 2."""
    for index, (_, _, seen) in enumerate(points):
        if seen not in (0, 1, 2):
            raise WrongValueError(f"{name}[{index}]", "visibility 0, 1 or 2 of a human label", described(seen))


def check_confidence(points: Keypoints, name: str) -> None:
    """WrongValueError unless every third value may be a teacher's confidence."""
    for index, (_, _, confidence) in enumerate(points):
        if confidence > _LARGEST_CONFIDENCE:
            raise WrongValueError(f"{name}[{index}]", "a teacher's confidence of 0..1", described(confidence))


def pixel_box(value: object, name: str) -> Box:
    """A box, possibly without area."""
    read = box(value, name)
    if read[2] * read[3] > 0 and max(read) <= _LARGEST_SHARE:
        raise _shares(name)
    return read


def _shares(name: str) -> WrongValueError:
    return WrongValueError(name, "pixels", f"shares of the picture: nothing lies beyond {_LARGEST_SHARE}")
