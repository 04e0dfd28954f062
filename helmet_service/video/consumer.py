"""The consumer: starts a process for each job, sees to it that it works, and keeps the folder in order."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from helmet_service.observing import logs
from helmet_service.setting_fields import SettingsError
from helmet_service.settings import Settings
from helmet_service.video.job import Job
from helmet_service.video.jobs import Jobs

_LOG: Final = logging.getLogger(__name__)
_TICK_S: Final = 0.5
_ORDER_S: Final = 30.0  # between looks for jobs that lost their process and for what is older than it is kept
_REST_S: Final = 30.0  # after trouble that may pass, and that other jobs would have until then
# A process that has written no frame for so long is taken to be stuck, not slow.
_STUCK_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class _Running:
    job_id: str
    process: subprocess.Popen[bytes]


class Consumer:
    """Runs `at_once` jobs of a folder, until it is stopped."""

    def __init__(self, jobs: Jobs, at_once: int) -> None:
        self._jobs = jobs
        self._at_once = at_once
        self._running: list[_Running] = []
        self._ordered = -_ORDER_S
        self._rests_until = 0.0

    def run(self, stopped: threading.Event) -> None:
        """Work until `stopped`; then jobs that run are queued again."""
        try:
            while not stopped.is_set():
                try:
                    self.tick()
                except OSError as error:  # a full disk, say: jobs wait until it has room
                    _LOG.error("videos: %s", error)
                time.sleep(_TICK_S)  # not stopped.wait: its lock would be held when a signal is handled, for ever
        finally:
            self._stop()

    def tick(self) -> None:
        """Look after the processes that run, and start those of further jobs."""
        for running in list(self._running):
            self._look_after(running)
        if time.monotonic() - self._ordered >= _ORDER_S:
            self._jobs.purge()  # first: a full disk, which it may mend, lets nothing be recovered
            self._jobs.recover()
            self._ordered = time.monotonic()
        if time.monotonic() >= self._rests_until:
            while len(self._running) < self._at_once and self._start_next():
                pass

    def _start_next(self) -> bool:
        """Start the process of the next job; False without one, or while another process has it."""
        job_id = self._jobs.take()
        lock = None if job_id is None else self._jobs.claim(job_id)
        if job_id is None or lock is None:
            return False
        try:
            command = [sys.executable, "-m", "helmet_service.video.run", job_id, str(os.getpid())]
            process = subprocess.Popen(  # noqa: S603  our own words
                command, pass_fds=[lock], stdin=subprocess.DEVNULL
            )
        finally:
            os.close(lock)  # the process has it
        self._running.append(_Running(job_id, process))
        _LOG.info("job %s runs in process %d", job_id, process.pid)
        return True

    def _look_after(self, running: _Running) -> None:
        status = running.process.poll()
        how = _why_ended(status, self._jobs.get(running.job_id))
        if how is None:
            return
        if status is not None and status > 0:
            self._rests_until = time.monotonic() + _REST_S
        running.process.kill()
        running.process.wait()
        self._running.remove(running)
        self._jobs.count_death(running.job_id, how)
        _LOG.info("the process of job %s ended %s", running.job_id, how)

    def _stop(self) -> None:
        for running in self._running:
            running.process.kill()
        for running in self._running:
            running.process.wait()
            self._jobs.queue_again(running.job_id)


def _why_ended(status: int | None, job: Job | None) -> str | None:
    """How a job's process has ended, or is to be ended; None while it works. status: of its exit, None: it lives."""
    if status is not None:
        return f"by signal {-status}" if status < 0 else f"with exit status {status}"
    if job is None or job.state == "cancelled":
        return "as nobody wants it any more"
    if time.time() - job.heard_s > _STUCK_S:
        return f"after {_STUCK_S:g} s without a frame"
    return None


def work(settings: Settings) -> None:
    """`python -m helmet_service work`: run jobs of VIDEO_DIR until SIGTERM or SIGINT.

    Raises SettingsError where videos cannot be read or the folder cannot be written.
    """
    if find_spec("av") is None:
        raise SettingsError("av: expected PyAV (.venv/bin/pip install -r requirements-video.txt), got none")
    jobs = Jobs(settings)
    try:
        jobs.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"VIDEO_DIR: expected a folder to write to, got {jobs.folder}: {error.strerror}") from error
    logs.configure(settings.log_level, settings.log_format)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    _LOG.info("video jobs of %s, %d at once", jobs.folder, settings.video_jobs)
    Consumer(jobs, settings.video_jobs).run(stopped)
