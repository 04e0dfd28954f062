"""Batches made ahead of time in background processes, in the order of the steps."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from itertools import count

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

Batch = dict[str, Tensor]
"""One process's share of a step; all tensors have the batch as their first dimension."""


class _Steps(Dataset[Batch]):
    def __init__(self, batches: Callable[[int], Batch]) -> None:
        self.batches = batches

    def __getitem__(self, step: int) -> Batch:
        return self.batches(step)


def prefetch(
    batches: Callable[[int], Batch], first: int, workers: int, *, pinned: bool
) -> Generator[Batch, None, None]:
    """Yield batches(first), batches(first + 1) and so on without end.

    batches: a pure function of the step, so that any worker, and a resumed run, makes the same batch of it.
    pinned: for tensors that go to a GPU; only what workers made is pinned, as `batches` itself may make GPU tensors.
    """
    yield from DataLoader(
        _Steps(batches),
        batch_size=None,
        sampler=count(first),
        num_workers=workers,
        pin_memory=pinned and workers > 0,
        worker_init_fn=_leave_signals_to_the_parent,
    )


def _leave_signals_to_the_parent(_: int) -> None:
    # A terminal's Ctrl-C reaches the whole process group; the parent still wants the batch under way, to save and stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
