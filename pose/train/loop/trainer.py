"""Takes optimizer steps, and saves and restores the state of a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from pose.train.loop.average import averaged
from pose.train.loop.config import LoopConfig
from pose.train.loop.distributed import Processes
from pose.train.loop.optimizers import build_optimizer
from pose.train.loop.parts import ALIKE, frozen
from pose.train.loop.prefetch import Batch

Loss = Callable[[nn.Module, Batch], dict[str, Tensor]]
"""Runs the network on a batch and returns scalars, always of the same names; the step minimises `loss`."""

AUTOCAST: Final = {"f32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a step.

    losses: mean over all processes. gradient_norm: L2, before clipping.
    sound: whether the step was taken, or with fp16 skipped to continue with a smaller scale of the loss; if not,
    weights, optimizer and average are unchanged.
    sound_here: whether this process's losses and gradients were finite.
    """

    losses: dict[str, float]
    gradient_norm: float
    sound: bool
    sound_here: bool


class Trainer:
    """A network with its optimizer and its moving average.

    factors: of the learning rate, by part of the network. `step` counts the steps that were taken.
    """

    def __init__(
        self,
        config: LoopConfig,
        network: nn.Module,
        loss: Loss,
        processes: Processes,
        factors: Mapping[str, float] = ALIKE,
    ) -> None:
        self.device = processes.device(config.device)
        torch.backends.cudnn.benchmark = True  # batches have few shapes
        self.network = network.to(self.device)
        if config.channels_last:
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
        self.loss = loss
        self.config = config
        self.processes = processes
        self.optimizer = build_optimizer(config, network, factors)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=config.precision == "fp16")
        self.average = averaged(network, config.average_decay)
        self.parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.frozen = frozen(network)
        self.step = 0

    def start(self, state: dict[str, Any] | None) -> None:
        """Start from what `state` returned in an earlier run, or from the first process's weights."""
        if state is not None:
            if state["optimizer_name"] != self.config.optimizer:
                raise ValueError(f"optimizer {state['optimizer_name']}, but {self.config.optimizer} is configured")
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(_with_options(state["optimizer"], self.optimizer.state_dict()))
            self.scaler.load_state_dict(state["scaler"])
            self.step = state["step"]
            return
        self.processes.share(self.network)
        self.average.module.load_state_dict(self.network.state_dict())

    def state(self) -> dict[str, Any]:
        """Everything that a later run needs to continue; random numbers depend on the step and are not part of it."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "optimizer_name": self.config.optimizer,
            "scaler": self.scaler.state_dict(),
        }

    def advance(self, batch: Batch, learning_rate: float) -> Outcome:
        """Take one step on this process's `batch`, unless losses or gradients are not finite in any process."""
        torch.manual_seed(step_seed(self.config.seed, self.step, self.processes))
        self.network.train()
        for part in self.frozen:
            part.eval()  # keeps the statistics of its normalisation
        self.optimizer.zero_grad()
        with autocast(self.device, self.config.precision):
            losses = self.loss(self.network, batch)
        torch.autograd.backward(self.scaler.scale(losses["loss"]))
        local = torch.stack([value.detach().float() for value in losses.values()])
        means, sound_here = self.processes.average(self.parameters, local)
        self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.parameters, self.config.clip_norm or math.inf)
        # One wait for the device per step: one copy has all values that the host needs.
        *values, norm_value, here = torch.cat([means, norm[None], sound_here[None].float()]).tolist()
        sound = all(map(math.isfinite, values)) and (math.isfinite(norm_value) or self.scaler.get_scale() > 1)
        if sound:
            self._apply(learning_rate)
        one_alone = self.processes.world == 1
        return Outcome(dict(zip(losses, values, strict=True)), norm_value, sound, sound if one_alone else bool(here))

    def _apply(self, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate * group["factor"]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update_parameters(self.network)
        self.step += 1


def _with_options(saved: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """The saved state of an optimizer (or of several, by name) with weight decay and other options of the new one."""
    if "param_groups" in saved:
        return {**saved, "param_groups": fresh["param_groups"]}
    return {name: _with_options(part, fresh[name]) for name, part in saved.items()}


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """The autocast context for a precision of `LoopConfig` on a device."""
    return torch.autocast(device.type, dtype=AUTOCAST[precision], enabled=AUTOCAST[precision] is not None)


def step_seed(seed: int, step: int, processes: Processes) -> int:
    """The seed of one process's step, so that a resumed run draws what an uninterrupted one would have drawn."""
    return seed + step * processes.world + processes.rank
