"""How probable a stated status is right: logistic curves of what is seen of a head and of the hats on it.

The first two judge by supplied hats alone. The others join what a classifier of headwear sees, with or without hats.
"""

from __future__ import annotations

import math
from typing import Final

from helmet_service.verdicts.rules import Rules
from pose.skeleton import HeadPeak, Headwear

_LEAST: Final = 1e-6  # probability, so that log-odds are finite
_LEAST_SCORE: Final = 0.02  # of a kind of head that the fields do not see; 0.01 to 0.1 fit equally well


def helmet_probability(cost: float, rules: Rules) -> float:
    """That a head with an assigned hat of this cost (see `hat_fit`) wears it."""
    curve = rules.calibration
    return min(probability(curve.helmet_constant + curve.helmet_cost * cost), curve.surest)


def bare_probability(head: float, rules: Rules) -> float:
    """That a head frame of this confidence without a hat is a bare head."""
    curve = rules.calibration
    return min(probability(curve.bare_constant + curve.bare_head * log_odds(head)), curve.surest)


def head_probability(head: float, headwear: Headwear, rules: Rules) -> float:
    """That there is a head, where a head frame of this confidence shows this headwear."""
    curve = rules.joined
    seen = curve.head_found * log_odds(head) + curve.head_shown * log_odds(headwear.helmet + headwear.bare)
    return probability(curve.head_constant + seen)


def worn_log_odds(headwear: Headwear, peak: HeadPeak | None, rules: Rules) -> float:
    """The log-odds of a helmet against a bare head, where there is a head with this headwear and peak."""
    curve = rules.joined
    constant, shown, fields = curve.helmet_constant, curve.helmet_shown, curve.helmet_fields
    return constant + shown * shown_log_odds(headwear) + fields * fields_log_odds(peak)


def shown_log_odds(headwear: Headwear) -> float:
    """The classifier's log-odds of a helmet against a bare head."""
    return log_odds(headwear.helmet / max(headwear.helmet + headwear.bare, _LEAST))


def fields_log_odds(peak: HeadPeak | None) -> float:
    """The same of the network's head fields; 0 where they saw no head."""
    return 0.0 if peak is None else math.log((peak.helmeted + _LEAST_SCORE) / (peak.bare + _LEAST_SCORE))


def shares(head: float, worn: float, rules: Rules) -> tuple[float, float]:
    """The probabilities of a helmeted and of a bare head, from that of a head and the log-odds of a helmet on it."""
    surest = rules.calibration.surest
    return min(head * probability(worn), surest), min(head * probability(-worn), surest)


def log_odds(probability: float) -> float:
    """Of a probability in [0, 1]; finite."""
    certain = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(certain / (1 - certain))


def probability(log_odds: float) -> float:
    """Of log-odds, in [0, 1]."""
    return 1 / (1 + math.exp(-log_odds))
