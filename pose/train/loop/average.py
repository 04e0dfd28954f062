"""The moving average of the weights, which runs evaluate, save and ship."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Tensors = tuple[Tensor, ...] | list[Tensor]


def averaged(network: nn.Module, decay: float) -> AveragedModel:
    """An exponential moving average of `network`'s parameters and buffers; `.module` is a network with them.

    decay: per step; early steps take (1 + step) / (10 + step) if it is less, so that the random weights at the start
    are soon forgotten. Counters, such as those of BatchNorm, are copied.
    """

    def update(average: Tensors, current: Tensors, _: Tensor | int) -> None:
        if not average[0].is_floating_point():
            torch._foreach_copy_(average, current)
            return
        step = int(model.n_averaged)  # on the CPU; to read the argument, its copy on the GPU, would wait for the GPU
        torch._foreach_lerp_(average, current, 1 - min(decay, (1 + step) / (10 + step)))

    model = AveragedModel(network, multi_avg_fn=update, use_buffers=True)
    return model
