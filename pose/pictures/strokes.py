"""The palette of all drawings, and what they are made of: lines, boxes, symbols and labels.

Lines have a black outline, so that they show on any background, except in small pictures, which it would fill.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
Edges = tuple[float, float, float, float]
"""Of a box: left, top, right, bottom, in pixels."""
Place = tuple[int, int]
"""The x and y of a pixel."""

# BGR, from the palette of Okabe and Ito, "Color Universal Design" (2008): distinct for every kind of colour vision.
RIGHT: Final[Colour] = (167, 121, 204)
LEFT: Final[Colour] = (233, 180, 86)
MIDDLE: Final[Colour] = (255, 255, 255)
BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
FINGERS: Final[tuple[Colour, ...]] = ((0, 159, 230), (66, 228, 240), (115, 158, 0), LEFT, RIGHT)
"""From the thumb to the little finger."""
MAGENTA: Final[Colour] = (255, 0, 255)


@dataclass(frozen=True, slots=True)
class Sign:
    """What is said of a head: by a colour, and by a symbol for those who cannot tell colours apart.

    symbol: its strokes, each a line through points in the unit square, y downwards.
    """

    colour: Colour
    symbol: tuple[tuple[tuple[float, float], ...], ...]


HELMETED: Final = Sign((115, 158, 0), (((0.14, 0.52), (0.4, 0.8), (0.86, 0.2)),))
BARE: Final = Sign((0, 94, 213), (((0.2, 0.2), (0.8, 0.8)), ((0.8, 0.2), (0.2, 0.8))))
UNSURE: Final = Sign(
    (66, 228, 240),
    (
        ((0.26, 0.32), (0.32, 0.18), (0.5, 0.1), (0.68, 0.18), (0.74, 0.32), (0.66, 0.46), (0.5, 0.56), (0.5, 0.68)),
        ((0.5, 0.89), (0.5, 0.9)),
    ),
)

_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_FRACTION_BITS: Final = 4  # of the coordinates that OpenCV draws with


def line_width(pixels: Pixels) -> int:
    """The line width in pixels that is visible in a picture (H, W, 3): 1 up to 640x360, 2 up to 1280x720."""
    height, width = pixels.shape[:2]
    return math.ceil(math.sqrt(height * width) / 480)


def draw_lines(painted: Pixels, lines: Sequence[tuple[Place, Place, Colour]], width: int) -> None:
    """Draw lines of so many pixels in their colours; no line's outline covers another one."""
    for start, end, _ in lines if width > 1 else ():
        cv2.line(painted, start, end, BLACK, width + 2, cv2.LINE_AA)
    for start, end, colour in lines:
        cv2.line(painted, start, end, colour, width, cv2.LINE_AA)


def inks(colour: Colour, width: int) -> tuple[tuple[Colour, int], ...]:
    """The colours and widths to draw a line with, one after the other: its outline, then the line itself."""
    return ((BLACK, width + 2), (colour, width)) if width > 1 else ((colour, width),)


def draw_box(painted: Pixels, edges: Edges, colour: Colour, width: int) -> None:
    """Draw a box, clipped to the picture, with lines of so many pixels; nothing when it lies outside."""
    corners = corner_pixels(painted, edges)
    if corners:
        for ink, thick in inks(colour, width):
            cv2.rectangle(painted, corners[:2], corners[2:], ink, thick)


def draw_dashed_box(painted: Pixels, edges: Edges, colour: Colour, width: int) -> None:
    """As `draw_box`, dashed."""
    corners = corner_pixels(painted, edges)
    if not corners:
        return
    left, top, right, bottom = corners
    dash = 4 * width
    dashes = [((x, y), (min(x + dash, right), y)) for x in range(left, right + 1, 2 * dash) for y in (top, bottom)] + [
        ((x, y), (x, min(y + dash, bottom))) for y in range(top, bottom + 1, 2 * dash) for x in (left, right)
    ]
    for ink, thick in inks(colour, width):
        for start, end in dashes:
            cv2.line(painted, start, end, ink, thick)


def corner_pixels(painted: Pixels, edges: Edges) -> tuple[int, int, int, int] | None:
    """A box's first and last pixel in the picture (left, top, right, bottom); None when it lies outside."""
    height, width = painted.shape[:2]
    left, right = max(edges[0], 0), min(edges[2], width)
    top, bottom = max(edges[1], 0), min(edges[3], height)
    if left >= right or top >= bottom:
        return None
    return int(left), int(top), math.ceil(right) - 1, math.ceil(bottom) - 1


def draw_signed_box(painted: Pixels, edges: Edges, sign: Sign) -> None:
    """Draw a box in the sign's colour, and the sign above its left corner, or inside where the picture ends there."""
    corners = corner_pixels(painted, edges)
    if corners:
        draw_box(painted, edges, sign.colour, line_width(painted))
        _, side = label_size(painted, "0", None)
        _draw_sign(painted, sign, (corners[0], max(corners[1] - side, 0)), side)


def _draw_sign(painted: Pixels, sign: Sign, corner: Place, side: int) -> None:
    """Draw a sign's symbol in black on a square of its colour; corner: the square's top left pixel."""
    left, top = corner
    cv2.rectangle(painted, corner, (left + side - 1, top + side - 1), sign.colour, cv2.FILLED)
    inner, scale = np.array(corner) + side * 0.12, side * 0.76
    strokes = [((np.array(line) * scale + inner) * 2**_FRACTION_BITS).astype(np.int32) for line in sign.symbol]
    cv2.polylines(painted, strokes, False, BLACK, max(1, round(side / 7)), cv2.LINE_AA, _FRACTION_BITS)


def label_size(painted: Pixels, text: str, sign: Sign | None) -> tuple[int, int]:
    """The width and height in pixels of a label with this text and, if there is a sign, its symbol before it."""
    margin = line_width(painted) + 1
    (width, height), _ = cv2.getTextSize(text, _FONT, _font_scale(painted), _stroke(painted))
    height += 2 * margin
    return width + 2 * margin + (height if sign else 0), height


def draw_label(painted: Pixels, text: str, sign: Sign | None, corner: Place) -> None:
    """Draw a label in black on the sign's colour, or on white; corner: its top left pixel."""
    (left, top), (width, height) = corner, label_size(painted, text, sign)
    cv2.rectangle(painted, corner, (left + width - 1, top + height - 1), sign.colour if sign else WHITE, cv2.FILLED)
    if sign:
        _draw_sign(painted, sign, corner, height)
    margin = line_width(painted) + 1
    foot = left + margin + (height if sign else 0), top + height - margin - 1
    cv2.putText(painted, text, foot, _FONT, _font_scale(painted), BLACK, _stroke(painted), cv2.LINE_AA)


def _stroke(painted: Pixels) -> int:
    return max(1, line_width(painted) // 2)


def _font_scale(painted: Pixels) -> float:
    """Capitals of 13 pixels at 1280x720, never under 8."""
    height, width = painted.shape[:2]
    return max(0.4, math.sqrt(height * width) / 1500)
