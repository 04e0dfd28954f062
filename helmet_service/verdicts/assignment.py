"""Which head wears which hat: the best one-to-one assignment whose every pair fits well enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from helmet_service.verdicts.boxes import Hat, box_rows, overlaps


@dataclass(frozen=True, slots=True)
class Assignment:
    """Heads and hats by their place in the cost matrix.

    hat_of: the hat of each head that has one. contested_heads, contested_hats: left single because one hat fits two
    heads equally well. single_hats: every hat without a head, the contested ones included.
    """

    hat_of: dict[int, int]
    contested_heads: frozenset[int]
    contested_hats: frozenset[int]
    single_hats: tuple[int, ...]


def assign(cost: NDArray[np.float64], gate: float, margin: float) -> Assignment:
    """The cheapest assignment of hats (columns) to heads (rows) of a (heads, hats) cost matrix.

    No pair costs `gate` or more. A pair is broken again, as contested, when another head is left without a hat and
    would take this one at a cost less than `margin` higher.
    """
    pairs = _cheapest_pairs(cost, gate)
    bare = [head for head in range(cost.shape[0]) if head not in pairs]
    contested: dict[int, set[int]] = {}
    for head, hat in pairs.items():
        limit = min(gate, cost[head, hat] + margin)
        rivals = {rival for rival in bare if cost[rival, hat] < limit}
        if rivals:
            contested[hat] = rivals | {head}
    hat_of = {head: hat for head, hat in pairs.items() if hat not in contested}
    kept = set(hat_of.values())
    return Assignment(
        hat_of,
        frozenset().union(*contested.values()),
        frozenset(contested),
        tuple(hat for hat in range(cost.shape[1]) if hat not in kept),
    )


def duplicate_hats(hats: Sequence[Hat], cost: NDArray[np.float64], overlap: float) -> frozenset[int]:
    """The places of hats that box the same hat as a better one: lower score, then the worse fit to any head.

    cost: (heads, hats). overlap: the intersection over union from which two boxes are one hat.
    """
    best_cost = cost.min(axis=0) if len(cost) else np.zeros(len(hats))
    order = sorted(range(len(hats)), key=lambda hat: (-_score(hats[hat]), best_cost[hat]))
    rows = box_rows([hat.box for hat in hats])
    kept: list[int] = []
    for hat in order:
        # row by row: a matrix of 10,000 hats, which the settings allow, would not fit into memory
        if (overlaps(hats[hat].box, rows[kept]) < overlap).all():
            kept.append(hat)
    return frozenset(order) - frozenset(kept)


def _cheapest_pairs(cost: NDArray[np.float64], gate: float) -> dict[int, int]:
    # Staying single costs a head and a hat the gate together: the same as adding a dummy row and column for each.
    gain = np.minimum(cost - gate, 0.0)
    rows, columns = linear_sum_assignment(gain)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True) if gain[row, column] < 0}


def _score(hat: Hat) -> float:
    return 1.0 if hat.score is None else hat.score
