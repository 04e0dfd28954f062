"""The labels of several pictures, or of the crops cut from them, in flat arrays: what is done to a batch at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels of N pictures or crops; the rows of one lie below those of the one before it.

    people: (n, 18, 3) float32 x, y, state. ignore: (m, 4) float32 left, top, width, height.
    heads: (k, 4) float32, of pictures left, top, width, height; of crops (k, 3) x, y of the centre, longer side of the
    box. helmeted: (k,) bool.
    person_of, ignore_of, head_of: (n,), (m,) and (k,), the picture or crop of each row.
    heads_complete, people_complete, human, site: (N,) bool, as in `Example`; site: whether there are labels of heads.
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
