"""Where the time of one request goes: `python -m benchmarks.latency`.

It times each stage of `POST /v1/compliance` on a 1280x720 JPEG in this process, with the service's default settings and
functions: median and 95th percentile. Then it times whole requests over HTTP, one after the other, at gunicorn.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from benchmarks.crowds import crowd_request
from benchmarks.load import come_to_rest
from helmet_service.api import answers
from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import ComplianceRequest
from helmet_service.http.request_body import parse_json
from helmet_service.pictures.encoding import from_base64
from helmet_service.settings import Settings
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import Case, judge_case
from helmet_service.verdicts.rules import Rules
from helmet_service.work.network import load_warm
from pose import Estimator, Person
from pose.estimation.preprocess import place, prepare
from pose.pictures.decoding import decode
from samples.demo import post, service

REQUESTS: Final = 50
PEOPLE: Final = 5
KILOBYTES: Final = 98

Times = dict[str, list[float]]


def main() -> None:
    """Print a Markdown table."""
    body = crowd_request(PEOPLE, KILOBYTES)
    estimator = load_warm(Settings())
    times: Times = defaultdict(list)
    for turn in range(REQUESTS + 5):
        if turn == 5:  # caches are warm before the clock counts
            times.clear()
        _one_request(body, estimator, times)
    request = json.loads(body)
    with service() as running:
        come_to_rest(running)
        url = f"{running.address}/v1/compliance"
        for _ in range(5):
            post(url, request)
        for _ in range(REQUESTS):
            with _timed(times, "request over HTTP, client's clock"):
                post(url, request)
    print(
        f"| stage ({PEOPLE} people, {len(body) / 1000:.0f} kB of JSON) | median, ms | 95th percentile, ms |",
        "|---|---|---|",
        sep="\n",
    )
    for stage, taken in times.items():
        print(f"| {stage} | {np.median(taken):.2f} | {np.percentile(taken, 95):.2f} |")


def _one_request(body: bytes, estimator: Estimator, times: Times) -> None:
    with _timed(times, "parse"):
        asked = load(ComplianceRequest(), parse_json(body), {"hats": 500, "vests": 500})
    with _timed(times, "base64"):
        data = from_base64(asked["picture"], lenient=False)
    with _timed(times, "decode"):
        picture = decode(data, 40_000_000)
    with _timed(times, "resize"):
        placement = place(picture.width, picture.height, estimator.height)
        batch = prepare(picture.pixels, placement)[None]
    with _timed(times, "network"):
        answered = estimator.runtime.run(batch)[0]
    with _timed(times, "grouping"):
        keypoints, scores = estimator.model.decoder.people(answered)
        keypoints[..., :2] = placement.to_picture(keypoints[..., :2])
    with _timed(times, "matching"):
        hats = [Hat(Box(h["left"], h["top"], h["width"], h["height"]), None, i) for i, h in enumerate(asked["hats"])]
        people = [Person(k, float(s)) for k, s in zip(keypoints, scores, strict=True)]
        case = Case(people, hats, picture.width, picture.height, placement.scale_y)
        judged = judge_case(case, Rules())
    with _timed(times, "answer"):
        answer: dict[str, Any] = {"people": answers.judged_people(judged, [])}
        json.dumps(answer | {"summary": answers.summary(judged.judgement)})


@contextmanager
def _timed(times: Times, stage: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    times[stage].append(1e3 * (time.perf_counter() - started))


if __name__ == "__main__":
    main()
