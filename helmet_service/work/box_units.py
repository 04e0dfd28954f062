"""Boxes of a request beside the size of their picture: shares in the place of pixels, and boxes of another picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from helmet_service.http.problems import refusal
from helmet_service.verdicts.boxes import Box

# A share that reaches beyond the picture by half of it is still one; no detector boxes a hat of 1.5 pixels.
_LARGEST_SHARE: Final = 1.5
# In a picture this small a box of a pixel or two may be meant as it is.
_SMALL_SIDE: Final = 32


def refuse_shares(field: str, boxes: Sequence[Box], width: int, height: int) -> None:
    """Problem 422 when all boxes are normalised by the picture's size, which judges everybody as without any.

    field: where they came in. width, height: the upright picture's, in pixels; one with a side of up to 32 is taken as
    it comes, and so are boxes without any area.
    """
    if min(width, height) > _SMALL_SIDE and any(box.area > 0 for box in boxes) and all(map(_may_be_shares, boxes)):
        got = f"normalised boxes: no number is beyond 1.5, and the picture has {width}x{height} pixels"
        raise refusal(422, field, "boxes in pixels of the upright picture", got)


def warnings_of(boxes: Mapping[str, Sequence[Box]], width: int, height: int) -> list[str]:
    """`warnings` of `/v1/compliance`: what is answered all the same, but is likely a mistake; sizes in pixels.

    boxes: by key of the request, which ends with an s.
    """
    outside = (name for name, given in boxes.items() if _most_outside(given, width, height))
    return [f"most {name.removesuffix('s')} boxes lie outside the picture" for name in outside]


def _may_be_shares(box: Box) -> bool:
    return all(abs(number) <= _LARGEST_SHARE for number in (box.left, box.top, box.width, box.height))


def _most_outside(boxes: Sequence[Box], width: int, height: int) -> bool:
    """Whether more than half of the boxes have their centre outside."""
    centres = [box.centre for box in boxes]
    outside = [centre for centre in centres if not (0 <= centre[0] <= width and 0 <= centre[1] <= height)]
    return 2 * len(outside) > len(boxes)
