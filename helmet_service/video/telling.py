"""What a running job tells while it works: that it lives, how far it is, and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

from helmet_service.video.job import Job, JobGoneError
from helmet_service.video.jobs import Jobs

_PERIOD_S: Final = 2.0


class Telling:
    """Writes a job's progress every two seconds. first: the number of the first frame to be worked through."""

    def __init__(self, jobs: Jobs, job: Job, first: int) -> None:
        self._jobs = jobs
        self._job = job
        self._first = self._counted = self._done = first
        self._began = self._told = time.monotonic()

    def worked_through(self, frame: int) -> None:
        """This frame is written; JobGoneError as that of `tell`."""
        self._done = frame + 1
        self.tell_when_due()

    def alive(self, lines: Iterable[str]) -> Iterator[str]:
        """The same lines; while they are read, the job lives."""
        for line in lines:
            self.tell_when_due()
            yield line

    def while_working(self, work: Callable[[], None]) -> None:
        """The job lives while another thread does this, which only copies files: a stuck disk stops `tell` as well."""
        with ThreadPoolExecutor(1) as thread:
            working = thread.submit(work)
            while not wait([working], _PERIOD_S).done:
                self.tell()
        working.result()

    def tell_when_due(self) -> None:
        """`tell` where two seconds have passed since it last did."""
        if time.monotonic() - self._told >= _PERIOD_S:
            self.tell()

    def tell(self) -> None:
        """Write the progress now; JobGoneError when the job was cancelled, or given to another process."""
        self._told = time.monotonic()
        total, pace = self._job.frames_total, (self._done - self._first) / (self._told - self._began)
        total = total and max(total, self._done)
        eta_s = (total - self._done) / pace if total and pace else None
        changes = {"frames": self._done, "frames_total": total, "eta_s": eta_s}
        self._jobs.change(self._job.id, lambda job: self._own(job).become("running", **changes))
        self._jobs.count_frames(self._done - self._counted)
        self._counted = self._done

    def _own(self, job: Job) -> Job:
        # A machine that sees no lock of this one takes a long silence for the end of this process.
        if job.state == "queued" or job.kernel != self._job.kernel:
            raise JobGoneError(f"job {job.id}: another process was given it")
        return job
