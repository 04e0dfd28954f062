"""The parts of a network, by the first name of their parameters, and their factors of the learning rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from torch import nn

ALIKE: Final[Mapping[str, float]] = {}
"""No factors of the learning rate: every part has 1."""


def parts(network: nn.Module) -> dict[str, list[nn.Parameter]]:
    """The parameters of each part, in the network's order."""
    found: dict[str, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        found.setdefault(name.partition(".")[0], []).append(parameter)
    return found


def freeze(network: nn.Module, factors: Mapping[str, float]) -> None:
    """Freeze the parts whose factor is 0: they get no gradient.

    Raises ValueError for a part that the network does not have, a factor below 0, and when every part is frozen.
    """
    known = parts(network)
    for part, factor in factors.items():
        if part not in known:
            raise ValueError(f"network.learning_rates: expected some of {', '.join(known)}, got {part}")
        if not 0 <= factor < math.inf:
            raise ValueError(f"network.learning_rates.{part}: expected a factor of at least 0, got {factor}")
        for parameter in known[part]:
            parameter.requires_grad_(factor > 0)
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise ValueError("network.learning_rates: expected a factor above 0 for some part, got 0 for all")


def frozen(network: nn.Module) -> list[nn.Module]:
    """The modules of the frozen parts."""
    kept = {part for part, parameters in parts(network).items() if not any(p.requires_grad for p in parameters)}
    return [module for name, module in network.named_children() if name in kept]
