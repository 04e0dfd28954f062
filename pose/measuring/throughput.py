"""Measures a network's pictures per second; several ways of running it take turns, so that noise hits all equally."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pose.runtimes import Runtime


@dataclass(frozen=True, slots=True)
class Way:
    """One way of running a network: `streams` copies at the same time, each on batches (N, H, W, 3) of uint8 BGR.

    open: loads one copy.
    """

    streams: int
    batch: NDArray[np.uint8]
    open: Callable[[], Runtime]


@dataclass(frozen=True, slots=True)
class Speed:
    """The speed of one way.

    pictures_per_second: median of the rounds, all streams together. milliseconds: median of one run of one stream.
    precision: the arithmetic that the network actually ran with.
    """

    pictures_per_second: float
    milliseconds: float
    precision: str


def measure(ways: Sequence[Way], *, rounds: int, seconds: float) -> list[Speed]:
    """Run each way for about `seconds` in each of `rounds`, after one warm-up run."""
    copies = [[way.open() for _ in range(way.streams)] for way in ways]
    for way, runtimes in zip(ways, copies, strict=True):
        for runtime in runtimes:
            runtime.run(way.batch)
    rates: list[list[float]] = [[] for _ in ways]
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for index, (way, runtimes) in enumerate(zip(ways, copies, strict=True)):
            taken = _round(way, runtimes, seconds)
            rates[index].append(sum(len(way.batch) * len(runs) / sum(runs) for runs in taken))
            times[index] += [run for runs in taken for run in runs]
    return [
        Speed(statistics.median(rate), 1e3 * statistics.median(runs), runtimes[0].precision)
        for rate, runs, runtimes in zip(rates, times, copies, strict=True)
    ]


def _round(way: Way, runtimes: Sequence[Runtime], seconds: float) -> list[list[float]]:
    """The seconds of each run, in a list per stream."""

    def stream(runtime: Runtime) -> list[float]:
        runs: list[float] = []
        while sum(runs) < seconds:
            started = time.perf_counter()
            runtime.run(way.batch)
            runs.append(time.perf_counter() - started)
        return runs

    with ThreadPoolExecutor(way.streams) as pool:
        return list(pool.map(stream, runtimes))
