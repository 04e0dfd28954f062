"""How the time of grouping grows with people, ours and the ancestor's: `python -m benchmarks.baseline.grouping_time`.

It times `pose.estimation.decode` on fields of the shipped layout and height, and the ancestor's grouping on maps in its
layout. Both are encoded from the same skeletons: some of those that the shipped network finds in the picture of 50
people. For numbers of people with a picture, it times `pose.estimation.decode` on the shipped network's answer too.
Both use one thread, but the ancestor's OpenCV calls use all, as when serving. Figures are medians of alternating runs.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.baseline.crowds import PEOPLE, crowd
from benchmarks.baseline.grouping import group, maps_of
from benchmarks.baseline.network_input import placed
from pose import load
from pose.estimation.model import SHIPPED
from pose.estimation.preprocess import place
from pose.fields import encode

COUNTS: Final = (1, 5, 10, 20, 35, 50)
RUNS: Final = 31
TARGET_MS: Final = 5

Floats = NDArray[np.float32]


def main() -> None:
    """Print a Markdown table, a row a number of people."""
    estimator = load(SHIPPED)
    decoder = estimator.model.field_decoder
    crowds = {people: crowd(people, estimator) for people in PEOPLE}
    everybody = crowds[max(PEOPLE)]
    height, width = everybody.pixels.shape[:2]
    ours, theirs = place(width, height, estimator.height), placed(width, height)

    def cases(people: int) -> list[Callable[[], object]]:
        some = everybody.skeletons[:people]
        scaled = some * np.array((ours.scale_x, ours.scale_y, 1), np.float32)
        fields = encode(list(scaled), decoder.layout, height=ours.canvas_height, width=ours.canvas_width)
        maps = maps_of([theirs.to_input(each) for each in some], height=theirs.height, width=theirs.width)
        cases: list[Callable[[], object]] = [lambda: decoder.people(fields), lambda: group(maps)]
        if people in crowds:
            answered = estimator.answer(crowds[people].pixels, ours)
            cases.append(lambda: decoder.people(answered))
        return cases

    print("| people | ours, ms | ms a person | ancestor's, ms | times | ours on the network's fields, ms |")
    print("|---|---|---|---|---|---|")
    medians(cases(max(COUNTS)))
    for people in COUNTS:
        mine, its, *real = medians(cases(people))
        answered = f"{real[0]:.2f}" if real else ""
        print(
            f"| {people} | {mine:.2f} | {mine / people:.3f} | {its:.1f} | {its / mine:.1f} | {answered} |", flush=True
        )
    print(f"\nTarget: under {TARGET_MS} ms with 50 people, and no more for each person than with fewer.")


def medians(cases: list[Callable[[], object]]) -> list[float]:
    """The median milliseconds of each, the second (the ancestor's) with OpenCV's threads on all cores."""
    taken: list[list[float]] = [[] for _ in cases]
    for _ in range(RUNS):
        for index, (case, times) in enumerate(zip(cases, taken, strict=True)):
            cv2.setNumThreads((os.cpu_count() or 1) if index == 1 else 1)
            started = time.perf_counter()
            case()
            times.append(1e3 * (time.perf_counter() - started))
    return [statistics.median(times) for times in taken]


if __name__ == "__main__":
    main()
