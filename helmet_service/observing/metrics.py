"""Prometheus metrics of the service, over all workers.

Each worker keeps its numbers in files of one folder, `PROMETHEUS_MULTIPROC_DIR` (server/folders.py); the worker that
answers `/metrics` adds the files up. Gauges of the mode `livesum` leave out workers that ended. Memory and CPU are read
from the operating system at each request.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, get_args

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from helmet_service.observing.shared_records import folder_of_counts
from helmet_service.version import VERSION

# Seconds. Dense where a request of one picture lies (docs/measured/speed.md), so that percentiles from them are close.
_SECONDS: Final = (
    0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5,
    0.75, 1, 1.5, 2, 3, 5, 10, 20, 60,
)  # fmt: skip
_PEOPLE: Final = (0, 1, 2, 3, 5, 10, 20, 50, 100)
_STAGES: Final = ("decode", "queue", "network", "grouping", "matching", "drawing", "total")

_FILES: Final = ("counter", "histogram", "gauge_livesum", "gauge_liveall", "gauge_livemax", "gauge_min")
# As prometheus_client makes them; every route (with WEB_SYSTEM=1), status and reason together fill nine tenths.
_FILE_BYTES: Final = 1 << 16
BYTES_A_WORKER: Final = len(_FILES) * _FILE_BYTES

FrameOutcome = Literal["answered", "dropped", "refused"]
Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]


class Metrics:
    """Counts for one worker and reads the counts of all workers; OSError where the disk has no room for them."""

    def __init__(self) -> None:
        if folder := folder_of_counts():
            make_files(folder)
        own = self._own = CollectorRegistry()
        self._requests = Counter("helmet_requests", "Requests answered.", ["route", "status"], registry=own)
        self._rejections = Counter("helmet_rejections", "Requests refused, by reason.", ["reason"], registry=own)
        # Without labels it starts at 0, so that Prometheus sees the first fault as an increase.
        self.faults = Counter("helmet_faults", "Requests that failed by the service's own fault.", registry=own)
        self._verdicts = Counter("helmet_verdicts", "People judged.", ["status", "reason"], registry=own)
        self._judged = Counter(
            "helmet_judged_pictures", "Pictures judged, by whose hats decided.", ["trust"], registry=own
        )
        self._people = Histogram("helmet_picture_people", "People found in a picture.", buckets=_PEOPLE, registry=own)
        self._looks = Counter("helmet_looks", "Looks at pictures and at parts of them.", registry=own)
        again = Counter("helmet_second_looks", "People looked at again, by outcome.", ["outcome"], registry=own)
        self._confirmed, self._dropped = again.labels("confirmed"), again.labels("dropped")
        frames = Counter("helmet_live_frames", "Frames of live clients, by outcome.", ["outcome"], registry=own)
        self._live_frames = {outcome: frames.labels(outcome) for outcome in get_args(FrameOutcome)}
        self.live_clients = self._sum("helmet_live_clients", "Live clients that are connected.")
        stages = Histogram(
            "helmet_stage_seconds", "Seconds a stage of work took; `total` of work that was answered with 200.",
            ["stage"], buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._stages = {stage: stages.labels(stage) for stage in _STAGES}
        self.in_progress = self._sum("helmet_requests_in_progress", "Requests being worked on.")
        self.queue_depth = self._sum("helmet_queue_depth", "Requests that wait for a network.")
        self.queue_places = self._sum("helmet_queue_places", "Requests that may wait for a network.")
        self.bytes_in_flight = self._sum("helmet_body_bytes_in_flight", "Bytes set aside for requests' bodies.")
        self.worker_ready = Gauge(
            "helmet_worker_ready", "1: the worker has its model and is not stopping.",
            multiprocess_mode="liveall", registry=own,
        )  # fmt: skip
        # The least over all workers, ended ones too: the start of the service, even if its first workers ended.
        started = Gauge(
            "helmet_start_time_seconds", "When the service began, in seconds since 1970.",
            multiprocess_mode="min", registry=own,
        )  # fmt: skip
        started.set(time.time())
        self._fact("helmet_build_info", "The service's version.", version=VERSION, python=platform.python_version())
        self._further: list[Collector] = []

    def include(self, collector: Collector) -> None:
        """Tell what is counted elsewhere, too; it is asked at each `exposition`."""
        self._further.append(collector)

    def answered(
        self, route: str, status: int, timings_ms: Mapping[str, float], total_ms: float, reason: str | None = None
    ) -> None:
        """Count a request of a route (`other`: no route of ours), its refusal's reason, and its stages' times."""
        self._requests.labels(route, str(status)).inc()
        if status == 500:
            self.faults.inc()
        elif reason is not None:
            self._rejections.labels(reason).inc()
        self._took(timings_ms, total_ms if status == 200 else None)

    def live_frame(
        self, outcome: FrameOutcome, timings_ms: Mapping[str, float] | None = None, total_ms: float = 0.0
    ) -> None:
        """Count a live client's frame, and the times of its stages."""
        self._live_frames[outcome].inc()
        self._took(timings_ms or {}, total_ms if outcome == "answered" else None)

    def _took(self, timings_ms: Mapping[str, float], total_ms: float | None) -> None:
        """Count the times of stages; total_ms: of work that was answered with 200, if it had any of these stages."""
        for stage, took_ms in timings_ms.items():
            if stage in self._stages:
                self._stages[stage].observe(took_ms / 1e3)
        if total_ms is not None and not self._stages.keys().isdisjoint(timings_ms):
            self._stages["total"].observe(total_ms / 1e3)

    def looked(self, people: int, looks: int = 1, *, confirmed: int = 0, dropped: int = 0) -> None:
        """Count a picture, its people, the looks at it, and the people that second looks confirmed and dropped."""
        self._people.observe(people)
        self._looks.inc(looks)
        self._confirmed.inc(confirmed)
        self._dropped.inc(dropped)

    def judged(self, trust: str, verdicts: Iterable[tuple[str, str]]) -> None:
        """Count a picture by whose hats decided, and its verdicts, pairs of status and reason."""
        self._judged.labels(trust).inc()
        for status, reason in verdicts:
            self._verdicts.labels(status, reason).inc()

    def loaded(self, **facts: str) -> None:
        """Publish the model's facts, and that the worker is ready."""
        self._fact("helmet_model_info", "The model that is loaded.", **facts)
        self.worker_ready.set(1)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All workers' metrics as text, and its content type, chosen by the request's `Accept` header."""
        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError):  # the header has a version that is not a number
            encode, content_type = choose_encoder("")
        told = self._of_all_workers()
        for collector in self._further:
            told.register(collector)
        return encode(told), content_type

    def samples(self) -> Samples:
        """All workers' values, by name and labels."""
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self._of_all_workers().collect()
            for sample in family.samples
        }

    def _of_all_workers(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        counted: Collector = self._own
        if folder_of_counts():
            counted = MultiProcessCollector(None)  # type: ignore[no-untyped-call]
        registry.register(_WithProcesses(counted))
        return registry

    def _sum(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, multiprocess_mode="livesum", registry=self._own)

    def _fact(self, name: str, meaning: str, /, **labels: str) -> None:
        """A gauge of value 1 with facts as labels; prometheus_client's Info does not support several processes."""
        gauge = Gauge(name, meaning, list(labels), multiprocess_mode="livemax", registry=self._own)
        gauge.labels(**labels).set(1)


def make_files(folder: Path) -> None:
    """Make this process's files before prometheus_client does.

    It makes sparse files, and a process that writes to a hole when the disk is full is killed (SIGBUS). For a moment
    its files are empty, and other workers cannot read them: ours get their names when they have their size.
    OSError when the disk has no room.
    """
    paths = [folder / f"{name}_{os.getpid()}.db" for name in _FILES]
    made = folder / f"{os.getpid()}.new"
    try:
        for path in paths:
            if not path.exists():  # else of an ended process with our number, whose counts stay
                with made.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, _FILE_BYTES)
                made.rename(path)
    except OSError as error:
        for path in (*paths, made):
            path.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(folder)) from error


class _WithProcesses(Collector):
    """The workers' metrics, with memory and CPU of each worker's process from the operating system."""

    def __init__(self, counted: Collector) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        """All metrics; a worker that has just ended has no memory and CPU."""
        memory = GaugeMetricFamily("helmet_worker_memory_bytes", "Resident memory of a worker.", labels=["pid"])
        cpu = CounterMetricFamily("helmet_worker_cpu_seconds", "CPU time a worker took.", labels=["pid"])
        for family in self._counted.collect():
            yield family
            if family.name == "helmet_worker_ready":
                for sample in family.samples:
                    _add_process(int(sample.labels.get("pid", os.getpid())), memory, cpu)
        yield from (memory, cpu)


def _add_process(pid: int, memory: GaugeMetricFamily, cpu: CounterMetricFamily) -> None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            resident, times = process.memory_info().rss, process.cpu_times()
    except psutil.NoSuchProcess:
        return
    memory.add_metric([str(pid)], resident)
    cpu.add_metric([str(pid)], times.user + times.system)
