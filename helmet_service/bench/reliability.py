"""How well confidences agree with the share of right verdicts: reliability bins, calibration error, Brier score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.bench.outcomes import Judged, is_stray_alarm

Floats = NDArray[np.float64]

LEAST_IN_BIN: Final = 50


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts of similar confidence: their mean confidence, the share that was right, their number."""

    said: float
    right: float
    verdicts: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """The reliability of confidences.

    calibration_error: mean distance of `said` and `right` over the bins, weighted by their verdicts (the expected
    calibration error of Naeini et al., AAAI 2015, but with bins of equal counts). brier: mean squared error of the
    confidences (Brier, 1950).
    """

    bins: tuple[Bin, ...]
    calibration_error: float
    brier: float


def stated(pictures: Iterable[Judged]) -> tuple[Floats, Floats]:
    """Confidences in [0, 1] and whether each verdict was right, (n,) each, for `reliability`.

    Of labelled heads, and of stray alarms, which are wrong. Other verdicts on unlabelled heads do not count: labels are
    not complete enough.
    """
    pairs = [
        (outcome.verdict.confidence, outcome.right)
        for picture in pictures
        for outcome in picture.outcomes
        if outcome.verdict.confidence is not None and (outcome.truth is not None or is_stray_alarm(outcome))
    ]
    values = np.array(pairs, float).reshape(-1, 2)
    return values[:, 0], values[:, 1]


def reliability(said: Floats, right: Floats) -> Reliability | None:
    """Up to ten bins of equal counts, with at least `LEAST_IN_BIN` verdicts each; None with fewer verdicts than that.

    said, right: see `stated`.
    """
    count = min(10, len(said) // LEAST_IN_BIN)
    if count == 0:
        return None
    order = np.argsort(said, kind="stable")
    bins = tuple(
        Bin(float(said[part].mean()), float(right[part].mean()), len(part)) for part in np.array_split(order, count)
    )
    error = sum(abs(each.said - each.right) * each.verdicts for each in bins) / len(said)
    return Reliability(bins, error, float(((said - right) ** 2).mean()))
