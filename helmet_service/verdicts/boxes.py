"""Boxes and hats as the verdicts see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels of the upright picture (continuous coordinates, origin top left).

    Its numbers are finite, its sides not negative; up to 1e9, what the service lets in, all that is made of them is
    finite too.
    """

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.top + self.height

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.right, self.bottom

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y)."""
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def area(self) -> float:
        """Width times height, in square pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Hat:
    """A hat box of the request: where, how sure its detector was (0..1, None when unknown), its place in the list."""

    box: Box
    score: float | None
    index: int


def box_rows(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(n, 4): left, top, width, height."""
    return np.array([(box.left, box.top, box.width, box.height) for box in boxes], float).reshape(-1, 4)


def overlaps(box: Box, others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The intersection over union of a box with each of `others` (see `box_rows`), (n,) in [0, 1]; 0 for empty ones."""
    left, top, width, height = others.T
    shared_width = np.minimum(box.right, left + width) - np.maximum(box.left, left)
    shared_height = np.minimum(box.bottom, top + height) - np.maximum(box.top, top)
    shared = np.maximum(shared_width, 0) * np.maximum(shared_height, 0)
    covered = box.area + width * height - shared
    shares: NDArray[np.float64] = np.divide(shared, covered, out=np.zeros_like(shared), where=covered > 0)
    return shares
