"""A run's progress, its learning rate, and intervals at which something is due."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pose.train.loop.config import LoopConfig


def progress(config: LoopConfig, step: int, seconds: float) -> float:
    """The share of the run that is done, 0..1, after `step` optimizer steps and `seconds` of wall time.

    Raises ValueError unless exactly one of `steps` and `minutes` is given.
    """
    if config.steps is not None and config.minutes is None:
        return min(1.0, step / config.steps)
    if config.minutes is not None and config.steps is None:
        return min(1.0, seconds / (60 * config.minutes))
    given = "neither" if config.steps is None else "both"
    raise ValueError(f"loop.steps, loop.minutes: expected one of them, got {given}")


def learning_rate(config: LoopConfig, step: int, done: float) -> float:
    """The learning rate of step `step` (from 0): a warm-up times a cosine; done: the share of the run, 0..1."""
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    warm_up = min(1.0, (step + 1) / (config.warm_up_steps + 1))
    return config.learning_rate * warm_up * (config.final_learning_rate + (1 - config.final_learning_rate) * cosine)


@dataclass(slots=True)
class Interval:
    """An event that is due at each multiple of `steps`, and when `minutes` have passed since the last one."""

    steps: int | None
    minutes: float | None
    last: float
    """Seconds of the run at the last event."""

    def due(self, step: int, seconds: float) -> bool:
        """Whether the event is due after `step` steps and `seconds`; if so, the minutes restart."""
        by_step = self.steps is not None and step % self.steps == 0
        by_time = self.minutes is not None and seconds - self.last >= 60 * self.minutes
        if by_step or by_time:
            self.last = seconds
        return by_step or by_time
