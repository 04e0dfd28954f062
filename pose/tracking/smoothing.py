"""The one-euro filter (Casiez, Roussel & Vogel, "1 € Filter", CHI 2012) over the keypoints of one person."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pose.tracking.rules import SmoothingRules

Array = NDArray[np.float64]


class OneEuro:
    """Smooths (18, 3) keypoints, each by its own speed; what was unseen for longer than `gap_s` starts anew."""

    def __init__(self, rules: SmoothingRules, gap_s: float) -> None:
        self._rules = rules
        self._gap_s = gap_s
        self._places = np.zeros((18, 2))
        self._speeds = np.zeros((18, 2))
        self._seen_s = np.full(18, -np.inf)

    def step(self, keypoints: NDArray[np.float32], size: float, at_s: float) -> NDArray[np.float32]:
        """The smoothed keypoints; scores and unseen points stay as they are. size: the person's, in pixels."""
        seen = keypoints[:, 2] > 0
        found, waits = keypoints[:, :2].astype(float), np.maximum(at_s - self._seen_s, 1e-3)
        known = seen & (waits <= self._gap_s)
        fresh = seen & ~known
        speeds = (found - self._places) / np.where(known, waits, 1)[:, None]
        self._speeds[known] += (_share(self._rules.speed_cutoff, waits) * (speeds - self._speeds))[known]
        pace = np.linalg.norm(self._speeds, axis=1) / size
        share = _share(self._rules.least_cutoff + self._rules.speed_gain * pace, waits)
        self._places[known] += (share * (found - self._places))[known]
        self._places[fresh], self._speeds[fresh] = found[fresh], 0
        self._seen_s[seen] = at_s
        smoothed = keypoints.copy()
        smoothed[seen, :2] = self._places[seen]
        return smoothed


def _share(cutoff: float | Array, waits: Array) -> Array:
    """How much of the new value a low-pass filter of this cutoff in Hz takes after so many seconds, (18, 1)."""
    share: Array = 1 / (1 + 1 / (2 * math.pi * cutoff * waits))
    return share[:, None]
