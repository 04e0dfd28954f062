"""How many video jobs there are, read from their folder whenever somebody asks, so that all servers tell the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from helmet_service.video.job import State
from helmet_service.video.jobs import Jobs

_FINISHED: Final[tuple[State, ...]] = ("done", "failed")  # a cancelled job is removed at once
_TOLD: Final[tuple[State, ...]] = ("queued", "running", *_FINISHED)


class JobCounts(Collector):
    """How many jobs there are of each state, and how many frames all jobs ever worked through."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._finished: dict[str, State | None] = {}  # such a job stays as it is: its file is read once

    def states(self) -> dict[str, int]:
        """How many jobs are kept, by state."""
        now = {job_id: self._finished.get(job_id) or self._state(job_id) for job_id in self._jobs.ids()}
        self._finished = {job_id: state for job_id, state in now.items() if state in _FINISHED}
        counted = Counter(now.values())
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

    def _state(self, job_id: str) -> State | None:
        """The job's state; None for an upload that arrives, and for a job that was removed just now."""
        job = self._jobs.get(job_id)
        return None if job is None or job.purged else job.state
