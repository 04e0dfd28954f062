"""Which candidates are worth a closer look: the strongest of each kind, and one of those that are the same."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_OF_A_KIND: Final = 256  # five times the people of a dense crowd; pairs grow with its square


def strongest(kind: NDArray[np.intp], score: NDArray[np.float32]) -> NDArray[np.intp]:
    """The indices of the `MOST_OF_A_KIND` best scores of each kind; by kind, the best first."""
    order = np.lexsort((-score, kind))
    rank = np.arange(len(order)) - np.searchsorted(kind[order], kind[order])
    return order[rank < MOST_OF_A_KIND]


def apart(same: NDArray[np.bool_]) -> list[int]:
    """The candidates that are the same as no earlier kept one; same: (n, n), best first."""
    kept: list[int] = []
    for candidate in range(len(same)):
        if not same[candidate, kept].any():
            kept.append(candidate)
    return kept
