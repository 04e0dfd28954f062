from __future__ import annotations

import math
import time

import pytest

from helmet_service.observing.history import History
from helmet_service.observing.metrics import Metrics
from helmet_service.observing.status import percentile, status_json

TEN_EVENLY_TO_A_SECOND = [(0.5, 5.0), (1.0, 10.0), (math.inf, 10.0)]


@pytest.mark.parametrize(
    ("buckets", "percent", "value"),
    [
        (TEN_EVENLY_TO_A_SECOND, 50, 0.5),
        (TEN_EVENLY_TO_A_SECOND, 95, 0.95),
        ([(0.5, 0.0), (1.0, 4.0), (math.inf, 4.0)], 50, 0.75),
        ([(0.5, 1.0), (1.0, 1.0), (math.inf, 4.0)], 99, 1.0),
        ([(0.5, 0.0), (math.inf, 0.0)], 50, None),
        ([], 50, None),
    ],
)
def test_percentiles_lie_evenly_between_the_bounds_and_never_beyond_the_last(buckets, percent, value):
    assert percentile(buckets, percent) == (None if value is None else pytest.approx(value))


@pytest.fixture
def now(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


def test_history_goes_back_a_minute_and_no_further(now):
    history = History(dict)
    assert history.oldest() is None
    for second in range(0, 130, 10):
        now[0] = 1000.0 + second
        history.keep()
    assert history.oldest() == (1060.0, {})


def test_rates_and_latencies_are_those_of_the_window_and_totals_those_since_the_start(now):
    metrics = Metrics()
    for _ in range(100):
        metrics.answered("/v1/poses", 200, {"network": 5000.0}, 5000.0)
    before = (now[0], metrics.samples())
    for _ in range(10):
        metrics.answered("/v1/poses", 200, {"network": 20.0}, 45.0)
        metrics.looked(3)
    now[0] += 5
    status = status_json(metrics.samples(), before)
    assert status["window_s"] == 5
    assert status["requests"] == {"total": 110, "by_status": {"200": 110}, "per_s": 2.0, "in_progress": 0}
    assert status["pictures"] == {"total": 10, "per_s": 2.0, "people": 30, "people_per_picture": 3.0}
    assert 15 < status["latency_ms"]["network"]["p50"] <= 20
    assert 40 < status["latency_ms"]["total"]["p99"] <= 50
    assert status["latency_ms"]["decode"] == {"p50": None, "p95": None, "p99": None}


def test_the_latency_of_work_is_that_of_answers_and_not_of_refusals():
    metrics = Metrics()
    metrics.answered("/v1/poses", 503, {"decode": 4.0}, 4.0)
    metrics.answered("/healthz", 200, {}, 0.2)
    samples = metrics.samples()
    assert samples["helmet_stage_seconds_count", frozenset({("stage", "decode")})] == 1
    assert samples["helmet_stage_seconds_count", frozenset({("stage", "total")})] == 0


def test_the_service_is_up_since_its_metrics_began():
    earliest = time.time()
    metrics = Metrics()
    (began,) = [value for (name, _), value in metrics.samples().items() if name == "helmet_start_time_seconds"]
    assert earliest <= began <= time.time()
