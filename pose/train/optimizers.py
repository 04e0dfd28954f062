"""The optimizers by name, with weight decay where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from pose.train.loop_config import LoopConfig


def build_optimizer(config: LoopConfig, network: nn.Module) -> torch.optim.Optimizer:
    """The optimizer over the trainable parameters; those of one dimension (biases, normalisation) have no decay."""
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [parameter for parameter in trainable if parameter.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [parameter for parameter in trainable if parameter.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.optimizer == "muon":
        return MuonWithAdamW(groups, config)
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas)
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.momentum > 0)


class MuonWithAdamW(torch.optim.Optimizer):
    """Muon for kernels larger than 1x1, AdamW for everything else, answers among it, at one learning rate.

    Muon makes the update of a matrix orthogonal (Jordan et al., "Muon: An optimizer for hidden layers in neural
    networks", 2024). PyTorch's takes matrices alone: a kernel is one with a row for each output channel.
    """

    def __init__(self, groups: list[dict[str, Any]], config: LoopConfig) -> None:
        super().__init__(groups, {"lr": config.learning_rate})
        self._kernels = [p for group in groups for p in group["params"] if p.ndim == 4 and p.shape[2:].numel() > 1]
        self._matrices = [nn.Parameter(kernel.detach().flatten(1).clone()) for kernel in self._kernels]
        known = set(self._kernels)
        rest = [{**group, "params": [p for p in group["params"] if p not in known]} for group in groups]
        self._muon = torch.optim.Muon(
            self._matrices,
            config.learning_rate,
            weight_decay=config.weight_decay,
            momentum=0.95,
            adjust_lr_fn="match_rms_adamw",
        )
        self._adamw = torch.optim.AdamW(rest, lr=config.learning_rate, betas=config.betas)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """One step of both, at the learning rate of the first group."""
        for group in (*self._muon.param_groups, *self._adamw.param_groups):
            group["lr"] = self.param_groups[0]["lr"]
        for kernel, matrix in zip(self._kernels, self._matrices, strict=True):
            matrix.copy_(kernel.flatten(1))
            matrix.grad = None if kernel.grad is None else kernel.grad.flatten(1)
        self._muon.step()  # type: ignore[no-untyped-call]
        self._adamw.step()
        for kernel, matrix in zip(self._kernels, self._matrices, strict=True):
            kernel.copy_(matrix.view(kernel.shape))

    def state_dict(self) -> dict[str, Any]:
        """Both states."""
        return {"muon": self._muon.state_dict(), "adamw": self._adamw.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self._muon.load_state_dict(state_dict["muon"])
        self._adamw.load_state_dict(state_dict["adamw"])
