from __future__ import annotations

import math
import time

import pytest

from helmet_service.observing.history import History
from helmet_service.observing.metrics import Metrics
from helmet_service.observing.status import percentile, point_json, status_json

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


@pytest.fixture
def wall(monkeypatch):
    clock = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    return clock


def seconds_of_the_point(before, now):
    return {"s": now[0] - before[0]}


def test_points_go_back_ten_minutes_and_tell_what_lies_between_two_moments(now, wall):
    history = History(dict, seconds_of_the_point)
    history.keep()
    assert history.points() == []
    for _ in range(70):
        now[0] += 10
        wall[0] += 10
        history.keep()
    points = history.points()
    assert [point["at_s"] for point in points] == [wall[0] - 590 + 10 * number for number in range(60)]
    assert {point["s"] for point in points} == {10.0}
    wall[0] += 595
    assert [point["at_s"] for point in history.points()] == [points[-1]["at_s"]]


def test_points_of_the_future_are_not_told_when_the_clock_was_set_back(now, wall):
    history = History(dict, seconds_of_the_point)
    for step in (0, 10, -100, 10):
        now[0] += 10
        wall[0] += step
        history.keep()
    assert [point["at_s"] for point in history.points()] == [wall[0] - 10, wall[0]]


def test_all_workers_tell_the_same_points_even_if_one_of_them_has_ended(now, wall, tmp_path):
    first, second = (History(dict, seconds_of_the_point, tmp_path) for _ in range(2))
    for history in (first, second):
        for _ in range(3):
            now[0] += 10
            wall[0] += 10
            history.keep()
    points = first.points()
    assert len(points) == 4
    assert second.points() == History(dict, seconds_of_the_point, tmp_path).points() == points


def test_of_two_workers_the_first_tells_the_point(now, wall, tmp_path):
    first, second = (History(dict, lambda before, now, who=who: {"who": who}, tmp_path) for who in "ab")
    for _ in range(3):
        first.keep()
        second.keep()
        now[0] += 10
        wall[0] += 10
    assert [point["who"] for point in first.points()] == ["a", "a"]


def test_history_goes_back_a_minute_and_no_further(now):
    history = History(dict, lambda before, now: {})
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
    after = metrics.samples()
    status = status_json(after, before)
    assert status["window_s"] == 5
    assert status["requests"] == {"total": 110, "by_status": {"200": 110}, "per_s": 2.0, "in_progress": 0}
    assert status["pictures"] == {"total": 10, "per_s": 2.0, "people": 30, "people_per_picture": 3.0}
    assert 15 < status["latency_ms"]["network"]["p50"] <= 20
    assert 40 < status["latency_ms"]["total"]["p99"] <= 50
    assert status["latency_ms"]["decode"] == {"p50": None, "p95": None, "p99": None}
    point = point_json(before, (now[0], after))
    assert (point["requests_per_s"], point["pictures_per_s"], point["waiting"]) == (2.0, 2.0, 0)
    assert point["latency_ms"] == {name: status["latency_ms"]["total"][name] for name in ("p50", "p95")}
    assert (point["memory_mb"], point["cores_used"]) == (status["memory_mb"], status["cpu"]["cores_used"])


def test_live_clients_are_told_with_their_frames(now):
    metrics = Metrics()
    before = (now[0], metrics.samples())
    metrics.live_clients.inc()
    for outcome in ("answered", "answered", "answered", "dropped"):
        metrics.live_frame(outcome)
    now[0] += 2
    told = status_json(metrics.samples(), before)["live"]
    assert told == {"clients": 1, "frames": {"answered": 3, "dropped": 1, "refused": 0}, "frames_per_s": 1.5}


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
