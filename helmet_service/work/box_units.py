"""The boxes of a request against the size of its picture: units and picture may be the wrong ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from helmet_service.http.problems import refusal
from helmet_service.verdicts.boxes import Box

BOXES: Final = "a list of {left, top, width, height, score}"
"""What errors say that a request's hats, vests and boxes of hands are."""
# A share may reach beyond the picture by half of it; no detector boxes a hat of 1.5 pixels.
_LARGEST_SHARE: Final = 1.5
# In a smaller picture a box of a pixel or two may be meant in pixels.
_SMALL_SIDE: Final = 32


def check_boxes(boxes: Mapping[str, Sequence[Box]], width: int, height: int) -> list[str]:
    """`warnings` of answers: for each list of boxes of which more than half have their centre outside.

    boxes: by key of the request, which ends with an s. width, height: of the upright picture, in pixels.
    Raises Problem 422 when all boxes of a list are shares of the picture's size: as pixels they would match nobody.
    """
    for key, given in boxes.items():
        if min(width, height) > _SMALL_SIDE and any(box.area > 0 for box in given) and all(map(_may_be_share, given)):
            got = f"normalised boxes: no number is beyond 1.5, and the picture has {width}x{height} pixels"
            raise refusal(422, key, "boxes in pixels of the upright picture", got)
    outside = [key for key, given in boxes.items() if _most_outside(given, width, height)]
    kinds = ["" if key == "boxes" else f"{key.removesuffix('s')} " for key in outside]
    return [f"most {kind}boxes lie outside the picture" for kind in kinds]


def _may_be_share(box: Box) -> bool:
    return all(abs(number) <= _LARGEST_SHARE for number in (box.left, box.top, box.width, box.height))


def _most_outside(boxes: Sequence[Box], width: int, height: int) -> bool:
    centres = [box.centre for box in boxes]
    outside = [centre for centre in centres if not (0 <= centre[0] <= width and 0 <= centre[1] <= height)]
    return 2 * len(outside) > len(boxes)
