"""The configuration of the training loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """How long the loop runs, how it steps, when it evaluates and saves."""

    steps: int | None = None
    """The run ends after this many optimizer steps; the learning rate follows them. Give this or `minutes`."""
    minutes: float | None = None
    """The run ends after this much wall time, without interruptions; the learning rate follows the clock."""
    device: Literal["cpu", "cuda"] = "cpu"
    """The device that trains; each process of a `torchrun` takes the GPU of its local rank."""
    precision: Literal["f32", "bf16", "fp16"] = "f32"
    """Autocast type of forward pass and loss; fp16 scales the loss. bf16 is faster on CPUs with AMX and on GPUs."""
    channels_last: bool = True
    """Keep the weights of convolutions in channels-last order, which is faster on CPUs and with autocast on GPUs."""
    threads: int | None = None
    """Threads per process; null: PyTorch's choice (one per process below `torchrun`)."""
    workers: int = 0
    """Background processes that make batches, or for a GPU their CPU part; 0: the training process makes them."""
    seed: int = 0
    """Seed of random layers such as dropout; each step and process has its own stream."""

    optimizer: Literal["adamw", "muon", "sgd"] = "adamw"
    """AdamW, Muon for kernels larger than 1x1 (AdamW for the rest, at the same rate), or SGD with Nesterov momentum."""
    learning_rate: float = 1e-3
    """The highest learning rate, reached at the end of the warm-up."""
    final_learning_rate: float = 0.02
    """The end of the cosine, as a fraction of `learning_rate`."""
    warm_up_steps: int = 60
    """Steps over which the learning rate rises linearly from zero."""
    weight_decay: float = 0.02
    """Weight decay of parameters with at least two dimensions; biases and normalisation have none."""
    betas: tuple[float, float] = (0.9, 0.98)
    """AdamW: decay per step of the running means of the gradient and of its square."""
    momentum: float = 0.9
    """SGD: momentum."""
    clip_norm: float | None = 5.0
    """Greatest L2 norm of the gradients, to which larger ones are scaled; null: no limit."""
    average_decay: float = 0.9995
    """Decay per step of the moving average of the weights; early steps take (1 + step) / (10 + step) if it is less."""

    log_steps: int = 50
    """Steps whose mean is one row of the curves."""
    line_seconds: float = 30.0
    """Seconds between two lines of progress where the output is no terminal."""
    evaluate_minutes: float | None = None
    """Evaluate the averaged network (and save) after this much wall time; every run evaluates it at its end."""
    evaluate_steps: int | None = None
    """Evaluate the averaged network (and save) at each multiple of this many steps."""
    save_minutes: float | None = 5.0
    """Save a checkpoint and the run's state after this much wall time."""
    save_steps: int | None = None
    """Save a checkpoint and the run's state at each multiple of this many steps."""
    keep: int = 3
    """How many of the newest checkpoints are kept beside the best one."""

    def __post_init__(self) -> None:
        for name in ("steps", "minutes", "threads", "evaluate_minutes", "evaluate_steps", "save_minutes", "save_steps"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"loop.{name}: expected more than 0 or null, got {value}")
        for name in ("log_steps", "keep", "learning_rate", "line_seconds"):
            if getattr(self, name) <= 0:
                raise ValueError(f"loop.{name}: expected more than 0, got {getattr(self, name)}")
        for name in ("final_learning_rate", "average_decay"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"loop.{name}: expected 0..1, got {getattr(self, name)}")
