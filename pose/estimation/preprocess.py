"""Picture -> network input, and points of the input -> points of the picture.

The picture is scaled to the input's height, or less when it would be wider than the widest canvas. It lies at the
canvas's top left corner; mid-grey, the network's zero, fills the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# A short list, because each width is compiled on its own; at other heights the widths scale too.
REFERENCE_HEIGHT: Final = 384
REFERENCE_WIDTHS: Final = (384, 512, 672, 896, 1152)
STEP: Final = 32  # pixels: the networks' deepest stride
HIGHEST: Final = 2048  # pixels: the greatest height of an input
GREY: Final = 128
# A picture up to 3 % wider than a canvas is shrunk onto it instead of taking the next one: 16:9 at height 384 is 683
# pixels wide, and 672 costs three quarters of 896.
SQUEEZE: Final = 0.97
# Below this scale bilinear interpolation skips pixels, and averaging avoids aliasing; above it, bilinear is sharper and
# takes an eighth of the time (docs/measured/accuracy.md).
AREA_BELOW: Final = 0.5


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies on the network's canvas; sizes in pixels.

    canvas_width, canvas_height: the network's input. width, height: the part of it that the picture covers.
    scale_x, scale_y: input pixels per picture pixel.
    """

    canvas_width: int
    canvas_height: int
    width: int
    height: int
    scale_x: float
    scale_y: float

    def to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(..., 2) x, y in the input -> x, y in the picture."""
        scale = np.array((self.scale_x, self.scale_y), np.float32)
        return np.divide(points, scale, dtype=np.float32)


def canvas_widths(input_height: int) -> tuple[int, ...]:
    """The widths compiled at this height, ascending."""
    return tuple(STEP * round(width * input_height / REFERENCE_HEIGHT / STEP) for width in REFERENCE_WIDTHS)


def place(picture_width: int, picture_height: int, input_height: int) -> Placement:
    """Fit a picture of any size (at least 1x1) onto the narrowest canvas that holds it, squeezed by up to 3 %."""
    widths = canvas_widths(input_height)
    wanted = picture_width * input_height / picture_height
    canvas_width = next((w for w in widths if w >= SQUEEZE * wanted), widths[-1])
    scale = min(input_height / picture_height, canvas_width / picture_width)
    width = min(max(round(picture_width * scale), 1), canvas_width)
    height = min(max(round(picture_height * scale), 1), input_height)
    return Placement(
        canvas_width=canvas_width,
        canvas_height=input_height,
        width=width,
        height=height,
        scale_x=width / picture_width,
        scale_y=height / picture_height,
    )


def prepare(picture: NDArray[np.uint8], placement: Placement) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR, the picture or a smaller copy of it -> (canvas_height, canvas_width, 3) uint8 BGR."""
    scale = max(placement.height / picture.shape[0], placement.width / picture.shape[1])
    method = cv2.INTER_AREA if scale < AREA_BELOW else cv2.INTER_LINEAR
    canvas = np.full((placement.canvas_height, placement.canvas_width, 3), GREY, np.uint8)
    canvas[: placement.height, : placement.width] = cv2.resize(
        picture, (placement.width, placement.height), interpolation=method
    )
    return canvas


def cut_out(
    picture: NDArray[np.uint8], corner: tuple[float, float], scale: float, size: tuple[int, int], beyond: int = GREY
) -> NDArray[np.uint8]:
    """A part of a picture (H, W, 3) at another scale, (height, width, 3) uint8, with one grey beyond the edges.

    corner: x, y of the part's top left corner in the picture. scale: pixels of the part per picture pixel.
    size: width and height of the part. beyond: the grey level.
    """
    left, top = corner
    if scale < AREA_BELOW:
        height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        left, top, scale = left * scale, top * scale, 1.0
    half = 0.5 * scale - 0.5  # OpenCV's origin is the centre of the first pixel
    across = np.array([[scale, 0, half - left * scale], [0, scale, half - top * scale]], np.float64)
    part = cv2.warpAffine(
        picture, across, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=[beyond] * 3
    )
    return part.astype(np.uint8, copy=False)


def cut_turned(
    picture: NDArray[np.uint8],
    centre: tuple[float, float],
    size: float,
    up: tuple[float, float],
    side: int,
    shrunk: float = 1.0,
) -> NDArray[np.uint8]:
    """(side, side, 3) uint8 BGR: a square part of a picture, turned so that `up` points up, grey beyond the edges.

    centre, size: the square's centre and side in pixels of the original. up: unit vector in the picture. shrunk: pixels
    of the given picture (H, W, 3) per pixel of the original.
    """
    x, y, scale = centre[0] * shrunk, centre[1] * shrunk, side / (size * shrunk)
    right, down = -up[1], up[0]  # the part's axis to the right, in the picture
    reach = side / 2 / scale * (abs(right) + abs(down)) + 1
    height, width = picture.shape[:2]
    left, top = (min(max(math.floor(at - reach), 0), most - 1) for at, most in ((x, width), (y, height)))
    end_x, end_y = (min(max(math.ceil(at + reach), 1), most) for at, most in ((x, width), (y, height)))
    part = picture[top : max(end_y, top + 1), left : max(end_x, left + 1)]
    x, y = x - left, y - top
    while scale < AREA_BELOW / 2 and min(part.shape[:2]) > 1:  # takes half the time at 120 px, a quarter at 300
        half_width, half_height = part.shape[1] // 2, part.shape[0] // 2
        even = part[: 2 * half_height, : 2 * half_width]
        part = cv2.resize(even, (half_width, half_height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        x, y, scale = x / 2, y / 2, 2 * scale
    if scale < AREA_BELOW:
        shape = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
        x, y = x * shape[0] / part.shape[1], y * shape[1] / part.shape[0]
        part = cv2.resize(part, shape, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        scale = 1.0
    turn = np.array([[right, down], [-down, right]]) * scale
    shift = (side - 1) / 2 - turn @ (x - 0.5, y - 0.5)  # OpenCV's origin is the centre of the first pixel
    matrix = np.column_stack([turn, shift])
    turned = cv2.warpAffine(
        part, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=[GREY] * 3
    )
    return turned.astype(np.uint8, copy=False)


def check_input_height(height: int) -> int:
    """The height itself; ValueError unless networks take it."""
    if height < STEP or height % STEP or height > HIGHEST:
        raise ValueError(f"input height: expected a multiple of {STEP} from {STEP} to {HIGHEST}, got {height}")
    return height
