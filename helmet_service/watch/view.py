"""Whether a camera still looks where it looked before, by the structure of what it sees.

A frame becomes the directions of its edges on a coarse grid, blind to brightness and to which side of an edge is the
brighter one: so lamps, the sun and infrared light change little. Two views are correlated at every shift: of the same
place, no shift fits as well as none at all, even where a truck hides half of it.

All constants were set on plant cameras by day and night, `python -m benchmarks.camera_health` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is told of a frame.

    edges: (56, 128) complex64, per cell the strength (0 to 1) and, as angle, twice the direction of its edges; mean 0.
    sharpness: how much of all contrast is between neighbours.
    """

    edges: NDArray[np.complex64]
    sharpness: float


WIDTH, HEIGHT = 128, 72  # pixels of a thumbnail: those of a picture of 16 to 9
_ROWS: Final = slice(8, 64)  # cameras write the time and their names above and below, wherever they look
_BLUR: Final = 1.0  # pixels
_FAINT: Final = 2.0  # grey levels a pixel; edges that are much stronger count alike
_SHAKE: Final = 2  # pixels by which a camera may move
_NEAR_Y, _NEAR_X = 5, 5  # pixels: shifts that say nothing, as edges are wide
_FAR_Y, _FAR_X = 20, 40  # pixels: the largest shifts that are compared
_SAME_CORRELATION: Final = 0.2
_SAME_DEVIATIONS: Final = 6.2
_LEAST_SHARPNESS: Final = 0.33  # of the usual one; people, vehicles, night and rain leave more
_DARK: Final = 40  # grey levels
_FLAT: Final = 12  # grey levels between dark and bright places
_PERCENTILES: Final = (2, 98)  # of a thumbnail: what is smaller is written into the picture
_LEAST_STRENGTH: Final = 0.1  # of a view's edges, root of the mean square


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) BGR -> (72, 128) grey, averaged."""
    small = cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def is_dark(small: NDArray[np.uint8]) -> bool:
    """Whether hardly any light is in a thumbnail; lamps in the dark may be there."""
    return bool(np.median(small[_ROWS]) < _DARK)


def is_flat(small: NDArray[np.uint8]) -> bool:
    """Whether nothing can be told apart in a thumbnail."""
    dark, bright = np.percentile(small[_ROWS], _PERCENTILES)
    return bool(bright - dark < _FLAT)


def view_of(small: NDArray[np.uint8]) -> View:
    """What is told of a thumbnail."""
    sharp = small[_ROWS].astype(np.float32)
    sharpness = np.abs(cv2.Laplacian(sharp, cv2.CV_32F)).mean() / max(float(sharp.std()), 1.0)
    grey = cv2.GaussianBlur(small.astype(np.float32), (0, 0), _BLUR)[_ROWS]
    x, y = (cv2.Sobel(grey, cv2.CV_32F, *order, ksize=3) / 8 for order in ((1, 0), (0, 1)))
    edges = x + 1j * y
    strength = np.abs(edges)
    doubled = edges**2 / (np.maximum(strength, 1e-6) * (strength + _FAINT))
    return View((doubled - doubled.mean()).astype(np.complex64), float(sharpness))


def has_structure(view: View) -> bool:
    """Whether there is enough to compare it with."""
    return bool(np.mean(np.abs(view.edges) ** 2) >= _LEAST_STRENGTH**2)


def is_sharp(reference: View, view: View) -> bool:
    """Whether a view is in focus, as the reference is."""
    return view.sharpness >= _LEAST_SHARPNESS * reference.sharpness


def likeness(reference: View, view: View) -> float:
    """At least 1 for two views of the same place; smaller the less they agree.

    It is the correlation without a shift, in units of what suffices; or, where edges changed much, how far that stands
    out of the correlations at all other shifts.
    """
    found = _correlations(reference.edges, view.edges)
    best = found[_FAR_Y - _SHAKE : _FAR_Y + _SHAKE + 1, _FAR_X - _SHAKE : _FAR_X + _SHAKE + 1].max()
    others = np.ones(found.shape, bool)
    others[_FAR_Y - _NEAR_Y : _FAR_Y + _NEAR_Y + 1, _FAR_X - _NEAR_X : _FAR_X + _NEAR_X + 1] = False
    deviations = (best - found[others].mean()) / max(found[others].std(), 1e-9)
    return float(max(best / _SAME_CORRELATION, deviations / _SAME_DEVIATIONS))


def _correlations(one: NDArray[np.complex64], other: NDArray[np.complex64]) -> NDArray[np.float32]:
    """(41, 81), of the views at each shift of up to `_FAR_Y` rows and `_FAR_X` columns; no shift is in the middle."""
    rows, columns = one.shape[0] + _FAR_Y, one.shape[1] + _FAR_X
    product = np.conj(np.fft.fft2(one, (rows, columns))) * np.fft.fft2(other, (rows, columns))
    shifted = np.roll(np.fft.ifft2(product).real, (_FAR_Y, _FAR_X), (0, 1))[: 2 * _FAR_Y + 1, : 2 * _FAR_X + 1]
    norm = max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9)
    return (shifted / norm).astype(np.float32)
