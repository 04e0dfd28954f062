"""The optimizers by name, with weight decay where it belongs."""

from __future__ import annotations

import torch
from torch import nn

from pose.train.loop_config import LoopConfig


def build_optimizer(config: LoopConfig, network: nn.Module) -> torch.optim.Optimizer:
    """AdamW or SGD over the trainable parameters; those of one dimension (biases, normalisation) have no decay."""
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trainable if parameter.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [parameter for parameter in trainable if parameter.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas)
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.momentum > 0)
