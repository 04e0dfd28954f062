"""How probable a stated status is right: logistic curves of how well a hat fits, and of how surely a head is there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

# 750 pictures cannot tell 99 % from certainty, and nobody should read "100 %".
SUREST: Final = 0.99


@dataclass(frozen=True, slots=True)
class Calibration:
    """The coefficients of both curves' log-odds; `python -m benchmarks.calibration` fits them anew.

    Fitted on tune-site (Hard Hat Workers) and tune-cctv (plant cameras), both weighing alike, on what the default looks
    of `lightweight-site` 1 see, under the five conditions of hats of `python -m helmet_service bench` that a detector
    may bring: whole heads, shells, moved, a tenth missed, one false; bare heads of plant cameras, of which there is
    one, are those whose hat was taken away. A status is right when it is the label's; an alarm paired with no label is
    wrong, but for the real heads that `benchmarks.unlabelled` lists. The gate was 8, so that hats which lie badly are
    among them. Of 2,474 helmets one was wrong, so that of theirs little more is known than that they are nearly
    certain.
    """

    helmet_constant: float = 9.95
    helmet_cost: float = -1.15
    bare_constant: float = 0.09
    bare_head: float = 1.18

    def helmet(self, cost: float) -> float:
        """The probability that a head with an assigned hat of this cost (see `hat_fit`) wears it."""
        return _logistic(self.helmet_constant + self.helmet_cost * cost)

    def bare(self, head: float) -> float:
        """The probability that a head frame of this confidence without a hat is a bare head."""
        certain = min(max(head, 1e-6), 1 - 1e-6)
        return _logistic(self.bare_constant + self.bare_head * math.log(certain / (1 - certain)))


def _logistic(evidence: float) -> float:
    return min(1 / (1 + math.exp(-evidence)), SUREST)
