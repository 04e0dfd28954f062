"""How many video jobs there are, read from their folder whenever somebody asks, so that all servers tell the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from helmet_service.video.job import State
from helmet_service.video.jobs import Jobs

_TOLD: Final[tuple[State, ...]] = ("queued", "running", "done", "failed")  # a cancelled job is removed at once


class JobCounts(Collector):
    """How many jobs there are of each state, and how many frames all jobs ever worked through."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def states(self) -> dict[str, int]:
        """How many jobs are kept, by state."""
        counted = Counter(job.state for job in self._jobs.all())
        return {state: counted[state] for state in _TOLD}

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        jobs = GaugeMetricFamily("helmet_video_jobs", "Video jobs that are kept, by state.", labels=["state"])
        for state, count in self.states().items():
            jobs.add_metric([state], count)
        yield jobs
        frames = CounterMetricFamily("helmet_video_frames", "Frames of videos worked through.")
        frames.add_metric([], self._jobs.frames_ever())
        yield frames
