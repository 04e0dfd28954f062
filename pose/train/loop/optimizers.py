"""The optimizers by name; only parameters with at least two dimensions have weight decay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from pose.train.loop.config import LoopConfig
from pose.train.loop.parts import ALIKE, parts


def build_optimizer(
    config: LoopConfig, network: nn.Module, factors: Mapping[str, float] = ALIKE
) -> torch.optim.Optimizer:
    """The optimizer over all parameters; those of one dimension (biases, normalisation) have no weight decay.

    factors: of the learning rate, by part of the network; each group has its own as `factor`. Frozen parameters are
    included, without a gradient, so that a state fits whichever parts are frozen.
    """
    groups: list[dict[str, Any]] = []
    for decayed in (True, False):
        for part, parameters in parts(network).items():
            chosen = [parameter for parameter in parameters if (parameter.ndim > 1) == decayed]
            decay = config.weight_decay if decayed else 0.0
            groups.append({"params": chosen, "weight_decay": decay, "factor": factors.get(part, 1.0)})
    groups = [group for group in groups if group["params"]]
    if config.optimizer == "muon":
        return MuonWithAdamW(groups, config)
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas)
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.momentum > 0)


class MuonWithAdamW(torch.optim.Optimizer):
    """Muon for kernels larger than 1x1, AdamW for everything else (the layers of fields too), at one learning rate.

    Muon makes the update of a matrix orthogonal (Jordan et al., "Muon: An optimizer for hidden layers in neural
    networks", 2024). PyTorch's takes only matrices: a kernel becomes one with a row per output channel.
    """

    def __init__(self, groups: list[dict[str, Any]], config: LoopConfig) -> None:
        super().__init__(groups, {"lr": config.learning_rate})
        matrices = {
            p: nn.Parameter(p.detach().flatten(1).clone())
            for group in groups for p in group["params"] if p.ndim == 4 and p.shape[2:].numel() > 1
        }  # fmt: skip
        self._matrices = matrices
        of_muon = [{**group, "params": [matrices[p] for p in group["params"] if p in matrices]} for group in groups]
        rest = [{**group, "params": [p for p in group["params"] if p not in matrices]} for group in groups]
        self._muon = torch.optim.Muon(of_muon, config.learning_rate, momentum=0.95, adjust_lr_fn="match_rms_adamw")
        self._adamw = torch.optim.AdamW(rest, lr=config.learning_rate, betas=config.betas)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """One step of both, at each group's learning rate."""
        for optimizer in (self._muon, self._adamw):
            for group, ours in zip(optimizer.param_groups, self.param_groups, strict=True):
                group["lr"] = ours["lr"]
        for kernel, matrix in self._matrices.items():
            matrix.copy_(kernel.flatten(1))
            matrix.grad = None if kernel.grad is None else kernel.grad.flatten(1)
        self._muon.step()  # type: ignore[no-untyped-call]
        self._adamw.step()
        for kernel, matrix in self._matrices.items():
            kernel.copy_(matrix.view(kernel.shape))

    def state_dict(self) -> dict[str, Any]:
        """The states of both optimizers."""
        return {"muon": self._muon.state_dict(), "adamw": self._adamw.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
        self._muon.load_state_dict(state_dict["muon"])
        self._adamw.load_state_dict(state_dict["adamw"])
