"""Figures for people from the metrics of all workers: `/v1/status`, and the points of its history."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from typing import Final

from helmet_service.observing.history import Moment
from helmet_service.observing.metrics import Samples
from helmet_service.observing.shared_records import Json
from helmet_service.version import VERSION

_STAGES: Final = ("decode", "queue", "network", "grouping", "matching", "total")
_PERCENTILES: Final = (50, 95, 99)
_PICTURES: Final = "helmet_picture_people_count"
_MEMORY: Final = "helmet_worker_memory_bytes"
_CPU: Final = "helmet_worker_cpu_seconds_total"


def status_json(samples: Samples, since: Moment | None) -> Json:
    """What `/v1/status` has of the metrics; rates, latencies and CPU count from `since`, or from the start for None."""
    uptime_s = max(1e-3, time.time() - _value(samples, "helmet_start_time_seconds"))
    then, before = since or (time.monotonic() - uptime_s, {})
    window_s = max(1e-3, time.monotonic() - then)
    recent = _increase(before, samples)
    return {
        "service": {"name": "helmet-service", "version": VERSION},
        "uptime_s": round(uptime_s, 1),
        "window_s": round(window_s, 1),
        **_work(samples, recent, window_s),
        **_resources(samples, recent, window_s),
        "model": next((_model(labels) for labels, _ in _of(samples, "helmet_model_info")), None),
    }


def point_json(before: Moment, now: Moment) -> Json:
    """A point of the history without its time: figures of the time between two moments, and gauges of the later one."""
    window_s, samples = max(1e-3, now[0] - before[0]), now[1]
    recent = _increase(before[1], samples)
    total = _latencies(recent, "total")
    return {
        "requests_per_s": _per_s(recent, "helmet_requests_total", window_s),
        "pictures_per_s": _per_s(recent, _PICTURES, window_s),
        "latency_ms": {name: total[name] for name in ("p50", "p95")},
        "waiting": _count(samples, "helmet_queue_depth"),
        "memory_mb": _mb(_value(samples, _MEMORY)),
        "cores_used": _per_s(recent, _CPU, window_s),
    }


def _increase(before: Samples, now: Samples) -> Samples:
    return {key: value - before.get(key, 0.0) for key, value in now.items()}


def _work(samples: Samples, recent: Samples, window_s: float) -> Json:
    pictures, people = _count(samples, _PICTURES), _count(samples, "helmet_picture_people_sum")
    return {
        "requests": {
            "total": _count(samples, "helmet_requests_total"),
            "by_status": _counts(samples, "helmet_requests_total", "status"),
            "per_s": _per_s(recent, "helmet_requests_total", window_s),
            "in_progress": _count(samples, "helmet_requests_in_progress"),
        },
        "rejections": _counts(samples, "helmet_rejections_total", "reason"),
        "latency_ms": {stage: _latencies(recent, stage) for stage in _STAGES},
        "pictures": {
            "total": pictures,
            "per_s": _per_s(recent, _PICTURES, window_s),
            "people": people,
            "people_per_picture": round(people / pictures, 2) if pictures else None,
        },
        "verdicts": dict.fromkeys(("helmet", "no_helmet", "unknown"), 0)
        | _counts(samples, "helmet_verdicts_total", "status"),
        "live": {
            "clients": _count(samples, "helmet_live_clients"),
            "frames": _counts(samples, "helmet_live_frames_total", "outcome"),
            "frames_per_s": round(_by(recent, "helmet_live_frames_total", "outcome")["answered"] / window_s, 2),
        },
    }


def _resources(samples: Samples, recent: Samples, window_s: float) -> Json:
    memory = _by(samples, _MEMORY, "pid")
    return {
        "queue": {
            "waiting": _count(samples, "helmet_queue_depth"),
            "places": _count(samples, "helmet_queue_places"),
            "body_bytes_in_flight": _count(samples, "helmet_body_bytes_in_flight"),
        },
        "workers": {
            "running": len(memory),
            "ready": _count(samples, "helmet_worker_ready"),
            "memory_mb": [_mb(value) for value in memory.values()],
            "processes": [{"pid": int(pid), "memory_mb": _mb(value)} for pid, value in memory.items()],
        },
        "memory_mb": _mb(sum(memory.values())),
        "cpu": {"cores": os.cpu_count(), "cores_used": _per_s(recent, _CPU, window_s)},
    }


def mean_ms(samples: Samples, stage: str) -> float | None:
    """The mean time of a stage of work since the start, in milliseconds; None without any."""
    sums = (_by(samples, f"helmet_stage_seconds_{part}", "stage").get(stage, 0.0) for part in ("sum", "count"))
    took_s, count = sums
    return 1e3 * took_s / count if count else None


def percentile(buckets: Sequence[tuple[float, float]], percent: float) -> float | None:
    """A percentile (0..100) of a histogram, as Prometheus' histogram_quantile estimates it; None without values.

    buckets: pairs of an upper bound (ascending, the last infinite) and the number of values up to it. Values are taken
    to be spread evenly between two bounds; a percentile beyond the last finite bound is that bound.
    """
    wanted = buckets[-1][1] * percent / 100 if buckets else 0.0
    lower = below = 0.0
    for bound, count in buckets:
        if 0 < wanted <= count:
            return lower if math.isinf(bound) else lower + (bound - lower) * (wanted - below) / (count - below)
        lower, below = bound, count
    return None


def _model(labels: dict[str, str]) -> Json:
    return {fact: labels[fact] for fact in ("name", "version", "precision", "sha256")}


def _latencies(recent: Samples, stage: str) -> Json:
    buckets = sorted(
        (float(labels["le"]), count)
        for labels, count in _of(recent, "helmet_stage_seconds_bucket")
        if labels["stage"] == stage
    )
    values = {f"p{percent}": percentile(buckets, percent) for percent in _PERCENTILES}
    return {name: None if value is None else round(1e3 * value, 2) for name, value in values.items()}


def _of(samples: Samples, name: str) -> Iterator[tuple[dict[str, str], float]]:
    return ((dict(labels), value) for (key, labels), value in samples.items() if key == name)


def _value(samples: Samples, name: str) -> float:
    """The sum over all labels."""
    return sum(value for _, value in _of(samples, name))


def _count(samples: Samples, name: str) -> int:
    return int(_value(samples, name))


def _mb(size: float) -> float:
    return round(size / 1e6, 1)


def _per_s(recent: Samples, name: str, window_s: float) -> float:
    return round(_value(recent, name) / window_s, 2)


def _by(samples: Samples, name: str, label: str) -> dict[str, float]:
    """The sums by one label, sorted by its value."""
    sums: dict[str, float] = {}
    for labels, value in _of(samples, name):
        sums[labels[label]] = sums.get(labels[label], 0.0) + value
    return dict(sorted(sums.items()))


def _counts(samples: Samples, name: str, label: str) -> dict[str, int]:
    return {key: int(count) for key, count in _by(samples, name, label).items()}
