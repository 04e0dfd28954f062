"""Whether stated confidences are what they say they are: reliability bins, calibration error, Brier score."""

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
    """Verdicts of like confidence: the mean of what was said, the share that was right, how many."""

    said: float
    right: float
    verdicts: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far stated confidences are from what was so.

    calibration_error: mean distance of `said` and `right` over the bins, weighted by their verdicts (the expected
    calibration error of Naeini et al., AAAI 2015, but with bins of equal counts). brier: mean squared error of the
    confidences (Brier, 1950).
    """

    bins: tuple[Bin, ...]
    calibration_error: float
    brier: float


def stated(pictures: Iterable[Judged]) -> tuple[Floats, Floats]:
    """Confidences and whether each status was right, (n,) each: heads with a label, and stray alarms, which are wrong.

    Helmets on heads that nobody labelled say nothing: the picture's labels are not complete enough for that.
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
    """Bins of equal counts, of at least `LEAST_IN_BIN` verdicts and at most ten; None below that."""
    count = min(10, len(said) // LEAST_IN_BIN)
    if count == 0:
        return None
    order = np.argsort(said, kind="stable")
    bins = tuple(
        Bin(float(said[part].mean()), float(right[part].mean()), len(part)) for part in np.array_split(order, count)
    )
    error = sum(abs(each.said - each.right) * each.verdicts for each in bins) / len(said)
    return Reliability(bins, error, float(((said - right) ** 2).mean()))
