"""How much longer a request takes because headwear is looked at: `python -m benchmarks.headwear_cost`.

In this process, with the service's default settings: requests with a picture of 1280x720 and hats are answered by turns
with trust in the hats alone, for which nobody looks at headwear, and in both. A row for each precision and number of
people: medians, and the median of the ratios of neighbours.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.crowds import crowd_request
from helmet_service.api.compliance import answer_compliance
from helmet_service.settings import Settings
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages

ROUNDS: Final = 40
KILOBYTES: Final = 150
DEADLINE_S: Final = 60.0


def main() -> None:
    """Print a Markdown table."""
    print("| precision | people | without, ms | with headwear, ms | ratio |\n|---|---|---|---|---|")
    for precision in ("int8", "f32"):
        settings = replace(Settings(), precision=precision)
        service = Service(settings, load_warm(settings))
        for people in (1, 5, 20):
            request = json.loads(crowd_request(people, KILOBYTES))
            by_turns = [request | {"trust": trust} for trust in ("hats", "both")] * (ROUNDS + 2)
            times = np.array([_seconds(service, each) for each in by_turns])
            without, with_headwear = 1e3 * times.reshape(-1, 2)[2:].T  # caches are warm after two rounds
            ratio = np.median(with_headwear / without)
            medians = f"{np.median(without):.1f} | {np.median(with_headwear):.1f}"
            print(f"| {precision} | {people} | {medians} | {ratio:.3f} |", flush=True)


def _seconds(service: Service, request: object) -> float:
    started = time.perf_counter()
    with ExitStack() as until:
        answer_compliance(service, request, Stages(DEADLINE_S), until)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
