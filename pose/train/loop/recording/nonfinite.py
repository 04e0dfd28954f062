"""Saves a step whose losses or gradients were not finite."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pose.errors import PoseError
from pose.train.loop.prefetch import Batch
from pose.train.loop.recording.run_folder import replace
from pose.train.loop.trainer import Outcome, Trainer, step_seed


class NonFiniteError(PoseError):
    """A run stopped because a loss or gradient was NaN or infinite; the message says where the step is saved."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """How `python -m pose replay` rebuilds network and loss.

    builder: `module:function`; called with `configuration`, it returns the run's network and loss.
    configuration: the run's merged configuration as plain values of YAML.
    """

    builder: str
    configuration: dict[str, Any]


def stop_run(trainer: Trainer, batch: Batch, outcome: Outcome, rebuild: Rebuild, folder: Path) -> None:
    """Write the step to `folder` and raise NonFiniteError, in every process.

    Weights and optimizer are as before the step; buffers, such as BatchNorm's statistics, are as after it.
    Each process with losses or gradients that are not finite writes; the first does when only their sum overflowed.
    """
    processes = trainer.processes
    _, anyone = processes.agree(0.0, int(not outcome.sound_here))
    path = folder / f"nonfinite-{trainer.step:08d}-{processes.rank}.pt"
    writes = not outcome.sound_here or (not anyone and processes.first)
    if writes:
        replace(path, lambda temporary: torch.save(_kept(trainer, batch, outcome, rebuild), temporary))
    processes.agree(0.0, 0)  # otherwise torchrun kills processes that still write when one ends
    named = {**outcome.losses, "the gradient's norm": outcome.gradient_norm}
    wrong = ", ".join(f"{name} = {value}" for name, value in named.items() if not math.isfinite(value))
    where = f"python -m pose replay {path}" if writes else f"the file of another process in {folder} has it"
    raise NonFiniteError(
        f"step {trainer.step}, process {processes.rank}: expected finite losses and gradients, got {wrong}; batch, "
        f"weights and optimizer are saved as they were before the step; replay it: {where}"
    )


def _kept(trainer: Trainer, batch: Batch, outcome: Outcome, rebuild: Rebuild) -> dict[str, Any]:
    return {
        "builder": rebuild.builder,
        "configuration": rebuild.configuration,
        "step": trainer.step,
        "rank": trainer.processes.rank,
        "device": trainer.device.type,
        "precision": trainer.config.precision,
        "channels_last": trainer.config.channels_last,
        "scale": trainer.scaler.get_scale(),
        "seed": step_seed(trainer.config.seed, trainer.step, trainer.processes),
        "losses": outcome.losses,
        "batch": batch,
        "network": trainer.network.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
    }
