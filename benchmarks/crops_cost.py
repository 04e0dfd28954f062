"""What looking at crops costs, of heads for headwear and of hands: `python -m benchmarks.crops_cost`.

In this process, with the service's settings (MODEL_DIR, for example), on a picture of 1280x720, 40 rounds; medians.

Headwear: a row for each precision and number of people. Requests with hats are answered by turns with trust in the hats
alone, for which nobody looks at headwear, and in both; the ratio is the median of the ratios of neighbours.

Hands, where the model finds any: a row for each precision. The network of people runs over the picture, and 1, 4 and 8
hands are looked for in boxes of it, by turns.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.crowds import HEIGHT, WIDTH, crowd_request
from helmet_service.api.compliance import answer_compliance
from helmet_service.settings import Settings
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.estimation.preprocess import place
from pose.pictures.decoding import MOST_PIXELS, decode

ROUNDS: Final = 40
WARMING: Final = 2  # rounds until caches are warm
KILOBYTES: Final = 150
DEADLINE_S: Final = 60.0
HANDS: Final = (1, 4, 8)
BOX: Final = 80.0  # pixels of a hand's sides


def main() -> None:
    """Print a Markdown table, and another one where the model finds hands."""
    settings = Settings.from_environment(os.environ)
    services = {name: _service(replace(settings, precision=name)) for name in ("int8", "f32")}
    print("| precision | people | without, ms | with headwear, ms | ratio |\n|---|---|---|---|---|")
    for precision, service in services.items():
        for people in (1, 5, 20):
            without, with_headwear = _by_turns(_with_and_without_headwear(service, people))
            ratio = np.median(with_headwear / without)
            medians = f"{np.median(without):.1f} | {np.median(with_headwear):.1f}"
            print(f"| {precision} | {people} | {medians} | {ratio:.3f} |", flush=True)
    if services["f32"].finds_hands:
        print("\n| precision | people's network, ms | 1 hand, ms | 4 hands, ms | 8 hands, ms |\n|---|---|---|---|---|")
        for precision, service in services.items():
            medians = " | ".join(f"{np.median(times):.1f}" for times in _by_turns(_network_and_hands(service)))
            print(f"| {precision} | {medians} |", flush=True)


def _service(settings: Settings) -> Service:
    return Service(settings, load_warm(settings))


def _with_and_without_headwear(service: Service, people: int) -> list[Callable[[], object]]:
    request = json.loads(crowd_request(people, KILOBYTES))
    return [partial(_answer, service, request | {"trust": trust}) for trust in ("hats", "both")]


def _answer(service: Service, request: object) -> None:
    with ExitStack() as until:
        answer_compliance(service, request, Stages(DEADLINE_S), until)


def _network_and_hands(service: Service) -> list[Callable[[], object]]:
    """A run of the network of people over a picture, then looks for so many hands as `HANDS` says."""
    estimator = service.network.estimator
    if estimator.hands is None:
        raise ValueError("expected a model that finds hands, got none")
    picture = decode(base64.b64decode(json.loads(crowd_request(5, KILOBYTES))["picture"]), MOST_PIXELS).pixels
    boxes = [(WIDTH * (number + 0.5) / max(HANDS), HEIGHT / 2, BOX, BOX) for number in range(max(HANDS))]
    placement = place(WIDTH, HEIGHT, estimator.height)
    looks = [partial(estimator.hands.in_boxes, picture, boxes[:number]) for number in HANDS]
    return [partial(estimator.answer, picture, placement), *looks]


def _by_turns(calls: Sequence[Callable[[], object]]) -> NDArray[np.float64]:
    """(calls, ROUNDS) milliseconds."""
    times = [[_ms(call) for call in calls] for _ in range(WARMING + ROUNDS)]
    return np.array(times[WARMING:]).T


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
