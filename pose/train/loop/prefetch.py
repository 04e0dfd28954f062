"""Makes batches, or their CPU part, ahead of time in background processes, in the order of the steps."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from itertools import count
from typing import Generic, TypeVar

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

Batch = dict[str, Tensor]
"""One process's share of a step; all tensors have the batch as their first dimension."""

Made = TypeVar("Made")


class _Steps(Dataset[Made], Generic[Made]):
    def __init__(self, make: Callable[[int], Made]) -> None:
        self.make = make

    def __getitem__(self, step: int) -> Made:
        return self.make(step)


def prefetch(make: Callable[[int], Made], first: int, workers: int, *, pinned: bool) -> Generator[Made, None, None]:
    """Yield make(first), make(first + 1) and so on, endlessly.

    make: a pure function of the step, so that every worker, and a resumed run, makes the same.
    pinned: for tensors that go to a GPU; only workers' tensors are pinned, because `make` may make GPU tensors here.
    """
    yield from DataLoader(
        _Steps(make),
        batch_size=None,
        sampler=count(first),
        num_workers=workers,
        pin_memory=pinned and workers > 0,
        worker_init_fn=_leave_signals_to_the_parent,
    )


def _leave_signals_to_the_parent(_: int) -> None:
    # A terminal's Ctrl-C reaches the whole process group, but the parent still needs the next batch, to save and stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
