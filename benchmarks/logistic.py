"""Logistic regression of a handful of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]


def logistic(design: Floats, right: Floats, weights: Floats | None = None) -> Floats:
    """The coefficients (k,) under which rows (n, k) most probably were right (n,), 1 or 0; weights: of the rows."""
    counts = np.ones(len(design)) if weights is None else weights

    def surprise(coefficients: Floats) -> float:
        return float((counts * np.logaddexp(0, np.where(right > 0, -1, 1) * (design @ coefficients))).sum())

    coefficients: Floats = minimize(surprise, np.zeros(design.shape[1])).x
    return coefficients
