"""Square cut-outs of grey pictures, all of one size, and how alike two of them are whatever the light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.verdicts.boxes import Box

Grey = NDArray[np.uint8]
Array = NDArray[np.float64]

CELLS: Final = 16  # of a patch, in each direction


def cut(pictures: Sequence[Grey], box: Box) -> Array | None:
    """The patch of each of n pictures, (h, w) uint8 -> (n, CELLS, CELLS): the means of its cells, in grey levels.

    pictures: all of one size. box: in shares of width and height; what lies outside the picture is left out. None where
    nothing is left.
    """
    height, width = pictures[0].shape
    columns, rows = _cells(box.left, box.right, width), _cells(box.top, box.bottom, height)
    if columns is None or rows is None:
        return None
    (left, across), (top, down) = columns, rows
    rows_inside, columns_inside = slice(top, top + down.shape[1]), slice(left, left + across.shape[1])
    inside = np.array([picture[rows_inside, columns_inside] for picture in pictures], float)
    patches: Array = down @ inside @ across.T
    return patches


def around(box: Box, side: float) -> Box:
    """The box enlarged so many times about its middle."""
    (x, y), width, height = box.centre, side * box.width, side * box.height
    return Box(x - width / 2, y - height / 2, width, height)


def correlations(patches: Array, patch: Array) -> Array:
    """How alike each of (n, CELLS, CELLS) patches is to one (Pearson's correlation), (n,) in [-1, 1].

    Brighter light and more contrast change nothing. What is of one grey is like nothing: 0.
    """
    both = np.concatenate([patches, patch[None]]).reshape(len(patches) + 1, -1)
    both = both - both.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(both, axis=1, keepdims=True)
    both = np.divide(both, lengths, out=np.zeros_like(both), where=lengths > 1e-6)
    alike: Array = both[:-1] @ both[-1]
    return alike


def _cells(low: float, high: float, length: int) -> tuple[int, Array] | None:
    """The first pixel that the cells touch, and the share of each pixel in the mean of each cell, (CELLS, pixels)."""
    edges = np.linspace(max(low, 0.0) * length, min(high, 1.0) * length, CELLS + 1)
    if edges[-1] - edges[0] < 1:
        return None
    first, last = int(edges[0]), int(np.ceil(edges[-1]))
    pixels = np.arange(first, last)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return first, np.maximum(shared, 0) / (edges[1] - edges[0])
