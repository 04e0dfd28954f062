"""How probable a stated status is right.

Logistic regressions on pictures of Hard Hat Workers (bare heads: the 150 of tune-site; helmets: these and 600 of
train-1), judged on the first network's skeletons with the labelled helmets as hats: whole heads, and shells (the upper
55 %); for helmets also moved and scaled at random. A status is right when it is the label's; a person paired with no
label counts as wrong, so real people whom nobody labelled pull the figures down. Hats that a caller's detector misses
or invents are not in them.
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
