"""How probable a stated status is right.

Logistic regressions on the 150 pictures of tune-site (Hard Hat Workers), judged on the second network's skeletons under
the five conditions of hats of `python -m helmet_service bench`: whole heads, shells, moved, a tenth missed, one false.
A status is right when it is the label's; an alarm paired with no label is wrong, but for the real heads that
`benchmarks.unlabelled` lists. They were fitted with a gate of 8, so that hats which lie badly are among them;
`judge.Rules.gate` is where the helmet's curve crosses one half. `python -m benchmarks.calibration` fits them anew.
"""

from __future__ import annotations

import math
from typing import Final

# 750 pictures cannot tell 99 % from certainty, and nobody should read "100 %".
SUREST: Final = 0.99


def helmet_confidence(cost: float) -> float:
    """The probability that a head with an assigned hat of this cost (see `hat_fit`) wears it."""
    return _logistic(5.67 - 1.02 * cost)


def bare_confidence(head: float) -> float:
    """The probability that a head frame of this confidence without a hat is a bare head."""
    certain = min(max(head, 1e-6), 1 - 1e-6)
    return _logistic(-0.66 + 1.34 * math.log(certain / (1 - certain)))


def _logistic(evidence: float) -> float:
    return min(1 / (1 + math.exp(-evidence)), SUREST)
