"""The processes of a `torchrun`: they share starting weights, average gradients, and agree on time and signals."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

import torch
import torch.distributed as dist
from torch import Tensor, nn

PATIENCE: Final = timedelta(hours=2)  # while the first process evaluates, the others wait


@dataclass(frozen=True, slots=True)
class Processes:
    """This process's rank among those that train together; a single process needs no process group."""

    rank: int = 0
    world: int = 1
    local_rank: int = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The processes that `torchrun` describes in RANK, WORLD_SIZE and LOCAL_RANK; without them a single process."""
        rank, world, local_rank = (
            int(environment.get(name, default))
            for name, default in (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
        )
        return cls(rank, world, local_rank)

    @property
    def first(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def device(self, kind: str) -> torch.device:
        """`cpu`, or the GPU of this process; ValueError where PyTorch finds none."""
        if kind == "cpu":
            return torch.device("cpu")
        if not torch.cuda.is_available():
            raise ValueError(f"loop.device: expected a device that PyTorch finds, got {kind}")
        return torch.device(kind, self.local_rank)

    @contextmanager
    def joined(self, device: torch.device) -> Iterator[None]:
        """Join the process group, or use the one that the process has joined already.

        gloo transports the CPU's tensors, NCCL those of GPUs. A process joins only once: below `torchrun`, a second
        group would find the addresses of the first, and its processes might wait for each other for ever.
        """
        if self.world == 1 or dist.is_initialized():
            yield
            return
        if device.type == "cuda":
            torch.cuda.set_device(device)
        dist.init_process_group("gloo" if device.type == "cpu" else "cpu:gloo,cuda:nccl", timeout=PATIENCE)
        try:
            yield
        finally:
            dist.destroy_process_group()

    def share(self, network: nn.Module) -> None:
        """Overwrite every process's parameters and buffers with the first process's."""
        if self.world > 1:
            for tensor in network.state_dict().values():
                dist.broadcast(tensor, src=0)

    def average(self, parameters: Sequence[nn.Parameter], losses: Tensor) -> tuple[Tensor, Tensor]:
        """Replace the gradients by their mean over all processes, in one exchange.

        losses: (n,) float32. Returns their mean over all processes, and whether all losses and gradients of this
        process were finite, a scalar bool tensor on their device. A missing gradient counts as zeros.
        """
        if self.world == 1:
            return losses, losses.new_ones((), dtype=torch.bool)
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([*(gradient.reshape(-1) for gradient in gradients), losses])
        sound = flat.isfinite().all()
        dist.all_reduce(flat)
        flat /= self.world
        parts = torch.split(flat, [*(gradient.numel() for gradient in gradients), len(losses)])
        for gradient, mean in zip(gradients, parts[:-1], strict=True):
            gradient.copy_(mean.view(gradient.shape))
        return parts[-1], sound

    def agree(self, seconds: float, signal: int) -> tuple[float, int]:
        """The first process's seconds and the highest signal number that any process received (0: none)."""
        if self.world == 1:
            return seconds, signal
        votes = torch.tensor([seconds if self.first else 0.0, signal], dtype=torch.float64)
        dist.all_reduce(votes, op=dist.ReduceOp.MAX)
        return float(votes[0]), int(votes[1])
