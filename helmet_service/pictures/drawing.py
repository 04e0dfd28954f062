"""Draws verdicts on a picture: people in the colour of their status, head frames, hats, and labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import Judgement, Verdict
from pose.estimation.head_frames import HeadFrame
from pose.pictures.drawing import Colour, draw_skeletons, line_width
from pose.skeleton import Person

_BLACK: Final[Colour] = (0, 0, 0)
_WHITE: Final[Colour] = (255, 255, 255)

# BGR. The green is bluish and the three differ in lightness (WCAG 2 relative luminance 0.29, 0.16, 0.53), so that
# people without red-green vision can tell them apart; labels name the status too.
STATUS_COLOURS: Final[dict[str, Colour]] = {
    "helmet": (120, 168, 0),
    "no_helmet": (61, 38, 215),
    "unknown": (0, 176, 255),
}
WORN_HAT: Final[Colour] = (255, 255, 0)
OWN_HAT: Final[Colour] = (255, 0, 255)
LOOSE_HAT: Final[Colour] = _WHITE

_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_HEAD_BREADTH: Final = 0.75  # of its height; for drawing only


@dataclass(frozen=True, slots=True)
class _Label:
    """A text about a box; ink: its colour, fill: the colour behind it."""

    text: str
    about: Box
    fill: Colour
    ink: Colour


def annotate(
    pixels: NDArray[np.uint8],
    people: Sequence[Person],
    judgement: Judgement,
    hats: Sequence[Hat],
    own: Sequence[Hat] = (),
) -> NDArray[np.uint8]:
    """A copy of the picture, (H, W, 3) uint8 BGR, with skeletons, boxes and head frames by status, hats, and labels.

    hats: the request's; own: those that the model saw itself, magenta. A worn hat is a thin box, any other a dashed one
    with its reason. A label larger than the picture is left out.
    """
    painted = draw_skeletons(pixels, people)
    width = line_width(pixels)
    for verdict in judgement.people:
        colour = STATUS_COLOURS[verdict.status]
        _draw_box(painted, verdict.box, colour, width)
        if verdict.head:
            _draw_head(painted, verdict.head, colour, width)
    worn = {verdict.hat for verdict in judgement.people}
    for given, worn_colour, loose_colour in ((hats, WORN_HAT, LOOSE_HAT), (own, OWN_HAT, OWN_HAT)):
        for hat in given:
            if hat.index in worn:
                _draw_box(painted, hat.box, worn_colour, width)
            else:
                _draw_dashed_box(painted, hat.box, loose_colour, width)
    _draw_labels(painted, judgement, [*hats, *own])
    return painted


def draw_hats(pixels: NDArray[np.uint8], helmets: Iterable[Box], bare: Iterable[Box]) -> NDArray[np.uint8]:
    """A copy of the picture, (H, W, 3) uint8 BGR, with boxes around helmeted and bare heads, coloured by status."""
    painted = pixels.copy()
    for boxes, status in ((helmets, "helmet"), (bare, "no_helmet")):
        for box in boxes:
            _draw_box(painted, box, STATUS_COLOURS[status], line_width(pixels))
    return painted


def _corners(painted: NDArray[np.uint8], box: Box) -> tuple[int, int, int, int] | None:
    """The box's first and last pixel in the picture (left, top, right, bottom); None when it lies outside."""
    height, width = painted.shape[:2]
    left, right = max(box.left, 0), min(box.right, width)
    top, bottom = max(box.top, 0), min(box.bottom, height)
    if left >= right or top >= bottom:
        return None
    return int(left), int(top), int(np.ceil(right)) - 1, int(np.ceil(bottom)) - 1


def _draw_box(painted: NDArray[np.uint8], box: Box, colour: Colour, width: int) -> None:
    corners = _corners(painted, box)
    if corners:
        cv2.rectangle(painted, corners[:2], corners[2:], colour, width)


def _draw_dashed_box(painted: NDArray[np.uint8], box: Box, colour: Colour, width: int) -> None:
    corners = _corners(painted, box)
    if not corners:
        return
    left, top, right, bottom = corners
    dash = 4 * width
    for x in range(left, right + 1, 2 * dash):
        for y in (top, bottom):
            cv2.line(painted, (x, y), (min(x + dash, right), y), colour, width)
    for y in range(top, bottom + 1, 2 * dash):
        for x in (left, right):
            cv2.line(painted, (x, y), (x, min(y + dash, bottom)), colour, width)


def _draw_head(painted: NDArray[np.uint8], head: HeadFrame, colour: Colour, width: int) -> None:
    """An ellipse from chin to crown, and a tick from the crown upwards."""
    half = head.size / 2
    axes = round(half), round(half * _HEAD_BREADTH)
    turn = float(np.degrees(np.arctan2(head.up[1], head.up[0])))
    cv2.ellipse(painted, (int(head.x), int(head.y)), axes, turn, 0, 360, colour, width, cv2.LINE_AA)
    crown, above = (
        (int(head.x + head.up[0] * reach), int(head.y + head.up[1] * reach)) for reach in (half, 1.5 * half)
    )
    cv2.line(painted, crown, above, colour, width, cv2.LINE_AA)


def _draw_labels(painted: NDArray[np.uint8], judgement: Judgement, hats: Sequence[Hat]) -> None:
    """Draw each label where it covers no head, hat or earlier label, if there is room."""
    taken = [_around(verdict.head) for verdict in judgement.people if verdict.head]
    taken += [hat.box for hat in hats]
    scale, margin = _font_scale(painted), line_width(painted) + 1
    stroke = max(1, line_width(painted) // 2)
    for label in _labels(judgement, hats):
        (width, height), baseline = cv2.getTextSize(label.text, _FONT, scale, stroke)
        place = _place(painted, label.about, width + 2 * margin, height + baseline + 2 * margin, taken)
        if not place:
            continue
        taken.append(place)
        left, top, right, bottom = (int(edge) for edge in (place.left, place.top, place.right, place.bottom))
        cv2.rectangle(painted, (left, top), (right - 1, bottom - 1), label.fill, cv2.FILLED)
        foot = left + margin, bottom - margin - baseline
        cv2.putText(painted, label.text, foot, _FONT, scale, label.ink, stroke, cv2.LINE_AA)


def _font_scale(painted: NDArray[np.uint8]) -> float:
    """Capitals of 11 pixels at 1280x720, never under 8."""
    height, width = painted.shape[:2]
    return max(0.4, math.sqrt(height * width) / 1800)


def _labels(judgement: Judgement, hats: Sequence[Hat]) -> Iterator[_Label]:
    for verdict in judgement.people:
        ink = _WHITE if verdict.status == "no_helmet" else _BLACK
        yield _Label(_wording(verdict), verdict.box, STATUS_COLOURS[verdict.status], ink)
    boxes = {hat.index: hat.box for hat in hats}
    for loose in judgement.unmatched:
        yield _Label(loose.reason.replace("_", " "), boxes[loose.hat], LOOSE_HAT, _BLACK)


def _wording(verdict: Verdict) -> str:
    status = verdict.status.replace("_", " ")
    if verdict.status == "unknown":
        return f"{verdict.person} {status}: {verdict.reason.replace('_', ' ')}"
    if verdict.confidence is None:
        return f"{verdict.person} {status}"
    return f"{verdict.person} {status} {verdict.confidence:.0%}"


def _around(head: HeadFrame) -> Box:
    return Box(head.x - head.size / 2, head.y - head.size / 2, head.size, head.size)


def _place(painted: NDArray[np.uint8], about: Box, width: int, height: int, taken: Sequence[Box]) -> Box | None:
    """Where a label of width x height pixels goes: above its box, else in the nearest free row, else above anyway.

    None when the label is larger than the picture or its box lies outside.
    """
    rows, columns = painted.shape[:2]
    corners = _corners(painted, about)
    if width > columns or height > rows or not corners:
        return None
    left = min(corners[0], columns - width)
    wish = min(max(corners[1] - height, 0), rows - height)
    tops = sorted(range(wish % height, rows - height + 1, height), key=lambda top: abs(top - wish))
    places = [Box(left, top, width, height) for top in tops]
    return next((place for place in places if not any(_meet(place, other) for other in taken)), places[0])


def _meet(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
