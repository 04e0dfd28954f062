"""Dynamic batching: calls of several threads go through the network in one run."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pose.runtimes import Runtime


class Batching(Runtime):
    """A runtime that joins calls of `run`: those that arrive during one run share the next.

    A call never waits for others to arrive. Only pictures of one shape share a run, at most `most` of them, in the
    order of arrival; a larger call runs alone. When a run fails, each of its callers gets the error.
    """

    def __init__(self, runtime: Runtime, most: int) -> None:
        self.precision, self.device = runtime.precision, runtime.device
        self.callers = most
        self._runtime = runtime
        self._waiting: deque[_Call] = deque()
        self._busy = False
        self._changed = threading.Condition()

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> its answer (N, channels, H / stride, W / stride) float32."""
        mine = _Call(batch, Future())
        with self._changed:
            self._waiting.append(mine)
        while (calls := self._next_run(mine)) is not None:
            self._run(calls)
        return mine.answer.result()

    def check(self, *, trusting: bool = False) -> None:
        """As of the runtime that runs the batches."""
        self._runtime.check(trusting=trusting)

    def _next_run(self, mine: _Call) -> list[_Call] | None:
        """The calls that this thread runs next, once the network is free; None when its own call is done."""
        with self._changed:
            self._changed.wait_for(lambda: mine.answer.done() or not self._busy)
            if mine.answer.done():
                return None
            self._busy = True
            return self._take()

    def _take(self) -> list[_Call]:
        """The oldest call, and those of its shape that fit into the same run."""
        taken = [self._waiting.popleft()]
        room = self.callers - len(taken[0].batch)
        for call in list(self._waiting):
            if call.batch.shape[1:] == taken[0].batch.shape[1:] and len(call.batch) <= room:
                taken.append(call)
                self._waiting.remove(call)
                room -= len(call.batch)
        return taken

    def _run(self, calls: Sequence[_Call]) -> None:
        batches = [call.batch for call in calls]
        try:
            answers = self._runtime.run(batches[0] if len(batches) == 1 else np.concatenate(batches))
            ends = np.cumsum([len(batch) for batch in batches])
            for call, part in zip(calls, np.split(answers, ends[:-1]), strict=True):
                call.answer.set_result(part)
        except BaseException as error:  # noqa: BLE001  it reaches every caller, so that none waits for ever
            for call in calls:
                call.answer.set_exception(error)
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """One caller's batch (N, H, W, 3) and its answer."""

    batch: NDArray[np.uint8]
    answer: Future[NDArray[np.float32]]
