"""Head fields -> peaks: heads found as a whole, with or without a body."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimation.candidates import apart
from pose.estimation.decode import local_maxima
from pose.fields import HEAD_UNIT, FieldSpec
from pose.skeleton import HeadPeak

Floats = NDArray[np.float32]

# Distance of two peaks' centres, in sizes of the smaller, below which they are one head: 24 of 33,275 pairs of heads
# that people boxed in one picture (Hard Hat Workers, plant cameras) are nearer.
_SAME_HEAD: Final = 0.4
_SIZES: Final = (-6.0, 6.0)  # bounds of the channel of sizes: half a pixel to 2048 pixels


def find_heads(fields: Floats, spec: FieldSpec, least: float) -> tuple[HeadPeak, ...]:
    """(channels, rows, columns) -> heads in pixels of the network's input, the highest score first.

    A head is a local maximum over `least` of the higher of both kinds' scores. The offset fields move it and the size
    field gives its size; of several peaks on one head the highest counts. A layout without head channels gives none;
    cells whose offset or size is not finite are ignored.
    """
    if spec.helmeted_heads is None or spec.bare_heads is None or spec.head_size is None or spec.head_offset is None:
        return ()
    kinds = np.minimum(fields[[spec.helmeted_heads, spec.bare_heads]], 1.0)
    _, row, column = local_maxima(kinds.max(axis=0, keepdims=True), least)
    offset_x, offset_y = (fields[channel, row, column] for channel in spec.head_offset)
    x, y = (column + 0.5 + offset_x) * spec.stride, (row + 0.5 + offset_y) * spec.stride
    size = HEAD_UNIT * np.exp2(np.clip(fields[spec.head_size, row, column], *_SIZES))
    peaks = np.stack([x, y, size, *np.maximum(kinds[:, row, column], 0.0)], axis=1).astype(np.float64)
    peaks = peaks[np.isfinite(peaks).all(axis=1)]
    return tuple(HeadPeak(*values) for values in peaks[_apart(peaks)].tolist())


def _apart(peaks: NDArray[np.float64]) -> list[int]:
    """The rows that lie on no earlier kept row; peaks: (n, 5), highest score first: x, y, size and two scores."""
    x, y, size = peaks[:, 0], peaks[:, 1], peaks[:, 2]
    away = np.hypot(x[:, None] - x, y[:, None] - y)
    same = away < _SAME_HEAD * np.minimum(size[:, None], size)
    return apart(same)
