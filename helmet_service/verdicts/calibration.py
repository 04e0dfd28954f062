"""How probable a stated status is right: logistic curves of how well a hat fits, and of how surely a head is there."""

from __future__ import annotations

import math

from helmet_service.verdicts.rules import Rules


def helmet_probability(cost: float, rules: Rules) -> float:
    """That a head with an assigned hat of this cost (see `hat_fit`) wears it."""
    curve = rules.calibration
    return _logistic(curve.helmet_constant + curve.helmet_cost * cost, curve.surest)


def bare_probability(head: float, rules: Rules) -> float:
    """That a head frame of this confidence without a hat is a bare head."""
    curve, certain = rules.calibration, min(max(head, 1e-6), 1 - 1e-6)
    return _logistic(curve.bare_constant + curve.bare_head * math.log(certain / (1 - certain)), curve.surest)


def _logistic(log_odds: float, surest: float) -> float:
    return min(1 / (1 + math.exp(-log_odds)), surest)
