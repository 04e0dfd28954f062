"""What short trainings of small networks share: the rate's course, and the one checkpoint that a run goes on from."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

_WARM_UP: Final = 200  # steps


Part = torch.nn.Module | torch.optim.Optimizer


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The file of a run.

    run: a digest of all that the run's result depends on; it tells the run's checkpoint from another's.
    """

    path: Path
    run: str

    def save(self, step: int, parts: Mapping[str, Part], tensors: Mapping[str, torch.Tensor]) -> None:
        """Write the checkpoint beside the last one, then put it in its place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(f".{self.path.name}")
        states = {name: part.state_dict() for name, part in parts.items()}
        torch.save({"step": step, "run": self.run, **tensors, **states}, unfinished)
        os.replace(unfinished, self.path)

    def resume(self, parts: Mapping[str, Part], tensors: Mapping[str, torch.Tensor]) -> int:
        """Load the file into the parts and tensors, if there is one; returns the steps that are done.

        Raises ValueError for another run's.
        """
        if not self.path.exists():
            return 0
        saved = torch.load(self.path, weights_only=True)
        if saved["run"] != self.run:
            raise ValueError(
                f"{self.path}: expected a checkpoint of these pictures, steps and start, got another run's"
            )
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        for name, tensor in tensors.items():
            tensor.copy_(saved[name])
        return int(saved["step"])


def rate_share(step: int, steps: int) -> float:
    """The share of the fastest rate: a warm-up, then half a cosine."""
    return min(1.0, (step + 1) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))
