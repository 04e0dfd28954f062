"""The labels of several pictures or crops in flat arrays, so that one operation works on a whole batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels of N pictures or crops, concatenated.

    people: (n, 18, 3) float32 x, y, state. ignore: (m, 4) float32 left, top, width, height.
    heads: float32; of pictures (k, 4) left, top, width, height; of crops (k, 3) x, y of the centre, longer side of the
    box. helmeted: (k,) bool.
    person_of, ignore_of, head_of: (n,), (m,) and (k,), the index of each row's picture or crop.
    heads_complete, people_complete, human: (N,) bool, as in `Example`. site: (N,) bool, whether heads are labelled.
    """

    people: NDArray[np.float32]
    person_of: NDArray[np.intp]
    ignore: NDArray[np.float32]
    ignore_of: NDArray[np.intp]
    heads: NDArray[np.float32]
    helmeted: NDArray[np.bool_]
    head_of: NDArray[np.intp]
    heads_complete: NDArray[np.bool_]
    people_complete: NDArray[np.bool_]
    human: NDArray[np.bool_]
    site: NDArray[np.bool_]
