"""Video jobs on disk: the truth of a job is its folder, so that no process that dies takes a job with it.

`VIDEO_DIR/jobs/ID/` has `upload`, perhaps `hats.jsonl`, `job.json`, the finished `parts/`, and at last `result.mp4` and
`timeline.json`. `VIDEO_DIR/purged/ID.json` remembers for a week that there was a job.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

from helmet_service.http.problems import overloaded
from helmet_service.http.request_ids import new_request_id
from helmet_service.settings import Settings
from helmet_service.shared_files import locked, replace_file, replace_json, sync_folder, try_lock
from helmet_service.video.job import Job, JobGoneError, frames_in
from helmet_service.video.queue import JobQueue

_LOG: Final = logging.getLogger(__name__)
JOBS: Final = "helmet_service.jobs"  # the app's extension that holds its jobs
_ID: Final = re.compile(r"[0-9A-Z]{26}")
_SILENT_S: Final = 60.0  # a job of another machine that says nothing for so long has lost its process
_UPLOAD_S: Final = 3600.0  # an upload that was not written to for so long was given up
_TOMBSTONE_S: Final = 7 * 86_400.0


class Jobs:
    """The jobs of `VIDEO_DIR`, shared by servers and consumers; it is made when the first job comes."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.video_dir.absolute()
        self.queue = JobQueue(settings.video_queue, self.folder)
        self._keep_s = settings.video_keep_h * 3600.0
        self._free_bytes = settings.video_free_mb * 1_000_000
        self._unreadable: set[Path] = set()
        self._finished: dict[str, Job] = {}

    def reserve(self) -> Path:
        """A new job's folder, for its `upload` and `hats.jsonl`; nobody sees the job before `begin`.

        OSError where nothing can be written.
        """
        folder = self.path(new_request_id())
        folder.mkdir(mode=0o700, parents=True)
        return folder

    def discard(self, folder: Path) -> None:
        """Remove a reserved folder whose upload was refused or broke off; nothing once its job has begun."""
        if not (folder / "job.json").exists():
            shutil.rmtree(folder, ignore_errors=True)

    def begin(self, folder: Path, owner: str, request: Mapping[str, Any], facts: Mapping[str, Any]) -> Job:
        """Queue the job of a reserved folder whose upload is complete.

        request, facts: see `Job`; lines of `hats.jsonl` have been checked.
        """
        now = time.time()
        job = Job(folder.name, owner, request, facts, now, now, frames_total=frames_in(facts))
        replace_json(folder / "job.json", asdict(job))
        sync_folder(folder.parent)
        self.queue.put(job.id)
        return job

    def get(self, job_id: str) -> Job | None:
        """A job, `purged` where only its tombstone is left; None for an unknown id, whatever its text."""
        if not _ID.fullmatch(job_id):
            return None
        if job := self._read(self.path(job_id) / "job.json"):
            return job
        tombstone = self._read(self._tombstone(job_id))
        return tombstone and replace(tombstone, purged=True)

    def all(self) -> list[Job]:
        """All jobs but purged ones, oldest first."""
        read = (self._read_unless_finished(folder) for folder in self._folders())
        jobs = [job for job in read if job is not None]
        self._finished = {job.id: job for job in jobs if job.is_finished}
        return jobs

    def path(self, job_id: str) -> Path:
        """The folder of a job."""
        return self.folder / "jobs" / job_id

    def result(self, job_id: str) -> Path:
        """Its video with verdicts drawn, once it is done."""
        return self.path(job_id) / "result.mp4"

    def timeline(self, job_id: str) -> Path:
        """The JSON file of its tracks and spans, once it is done."""
        return self.path(job_id) / "timeline.json"

    def change(self, job_id: str, change: Callable[[Job], Job]) -> Job:
        """Replace what a job says, while no other process can; JobGoneError when it is gone or the change refuses."""
        folder = self.path(job_id)
        try:
            with locked(folder):
                job = self._read(folder / "job.json")
                if job is None:
                    raise JobGoneError(f"job {job_id} is gone")
                if (changed := change(job)) != job:
                    replace_json(folder / "job.json", asdict(changed))
        except FileNotFoundError as error:
            raise JobGoneError(f"job {job_id} is gone") from error
        return changed

    def cancel_and_remove(self, job_id: str) -> None:
        """Cancel a job unless it is finished, and remove all but its tombstone; nothing for one that is gone."""
        try:
            job = self.change(job_id, lambda job: job if job.is_finished else job.become("cancelled"))
        except JobGoneError:
            return
        self._remove(job)

    def take(self) -> str | None:
        """The id of the job that is to be run next; None without one. It may be run already (`claim`)."""
        if (taken := self.queue.take()) or self.queue.works:
            return taken
        return next((job.id for job in self.all() if job.state == "queued"), None)

    def claim(self, job_id: str) -> int | None:
        """Mark a queued job as running; None when it is not queued, or another process runs it.

        Returns an open file with the job's lock, to be inherited by the process that runs it (`files.try_lock`).
        """
        try:
            lock = try_lock(self.path(job_id) / "lock")
        except FileNotFoundError:
            return None
        if lock is None:
            return None
        try:
            self.change(job_id, _claimed)
        except BaseException as error:
            os.close(lock)
            if isinstance(error, JobGoneError):
                return None
            raise
        return lock

    def queue_again(self, job_id: str) -> None:
        """Queue a running job whose process was stopped on purpose."""
        try:
            self.change(job_id, lambda job: job.become("queued"))
        except JobGoneError:
            return
        self.queue.put(job_id)

    def count_death(self, job_id: str, how: str) -> None:
        """Where a job is running but its process is not: queue it again or let it fail (`Job.died`)."""
        try:
            lock = try_lock(self.path(job_id) / "lock")
        except FileNotFoundError:
            return
        if lock is None:
            return
        try:
            job = self.change(job_id, lambda job: job.died(how) if job.state == "running" else job)
        except JobGoneError:
            return
        finally:
            os.close(lock)
        if job.state == "queued":
            self.queue.put(job_id)

    def recover(self) -> None:
        """Queue jobs again whose process ended without a consumer that saw it, and jobs that the queue has lost."""
        jobs, waiting = self.all(), self.queue.waiting()
        for job in jobs:
            # Where the lock of another machine cannot be seen, silence must tell.
            here = job.kernel == _kernel() or time.time() - job.heard_s > _SILENT_S
            if job.state == "running" and here:
                self.count_death(job.id, "together with its consumer")
            elif job.state == "queued" and waiting is not None and job.id not in waiting:
                self.queue.put(job.id)

    def count_frames(self, more: int) -> None:
        """Add frames that were worked through to the count of all jobs ever."""
        with locked(self.folder):
            replace_file(self.folder / "frames", str(self.frames_ever() + more).encode())

    def frames_ever(self) -> int:
        """How many frames were worked through, of jobs that are gone too."""
        try:
            return int((self.folder / "frames").read_text())
        except FileNotFoundError:
            return 0

    def check_room(self, needed_bytes: int) -> None:
        """Problem 503 when so much would leave less than VIDEO_FREE_MB of disk, even without the oldest finished jobs.

        needed_bytes: of an upload, or of what is still to be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while (free := shutil.disk_usage(self.folder).free) < self._free_bytes + needed_bytes:
            oldest = next((job for job in self.all() if job.is_finished), None)
            if oldest is None:
                expected = f"{(self._free_bytes + needed_bytes) // 1_000_000} MB of free disk for videos"
                raise overloaded("no_disk", expected, f"{free // 1_000_000} MB")
            self._remove(oldest)

    def tidy(self, job_id: str) -> None:
        """Remove what a finished job needed only while it ran: the upload, hats and parts."""
        shutil.rmtree(self.path(job_id) / "parts", ignore_errors=True)
        for name in ("hats.jsonl", "upload"):  # the upload last: as long as it is there, `purge` tidies again
            (self.path(job_id) / name).unlink(missing_ok=True)

    def purge(self) -> None:
        """Remove what is older than it is kept: finished jobs, uploads that broke off, tombstones, removals' rests."""
        now = time.time()
        for job in self.all():
            if job.is_finished and (self.path(job.id) / "upload").exists():
                self.tidy(job.id)
            if job.is_finished and now - job.heard_s > self._keep_s:
                self._remove(job)
        for folder in self._folders():
            if now - _last_write(folder) > _UPLOAD_S:
                self.discard(folder)
        for tombstone in (self.folder / "purged").glob("*.json"):
            if now - _last_write(tombstone) > _TOMBSTONE_S:
                tombstone.unlink(missing_ok=True)
        for rest in (self.folder / "removed").glob("*"):
            shutil.rmtree(rest, ignore_errors=True)

    def _remove(self, job: Job) -> None:
        tombstone, removed = self._tombstone(job.id), self.folder / "removed" / job.id
        for folder in (tombstone.parent, removed.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            (self.path(job.id) / "job.json").rename(tombstone)  # which a full disk allows
            os.utime(tombstone)
            self.path(job.id).rename(removed)  # whoever still writes into it finds no folder
        except FileNotFoundError:
            return  # another process removed it
        shutil.rmtree(removed, ignore_errors=True)

    def _read(self, path: Path) -> Job | None:
        """A job's file; None where it is missing, or a faulty disk made something else of it."""
        try:
            return _job(path.read_text())
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, AttributeError) as error:
            if path not in self._unreadable:
                _LOG.error("%s: expected a job, got what cannot be read: %s", path, error)
                self._unreadable.add(path)
            return None

    def _read_unless_finished(self, folder: Path) -> Job | None:
        """A job as `all` read it if it had finished then: such a file is removed but never changed."""
        path = folder / "job.json"
        finished = self._finished.get(folder.name)
        return finished if finished and path.exists() else self._read(path)

    def _tombstone(self, job_id: str) -> Path:
        return self.folder / "purged" / f"{job_id}.json"

    def _folders(self) -> Iterator[Path]:
        return (folder for folder in sorted((self.folder / "jobs").glob("*")) if _ID.fullmatch(folder.name))


def _job(text: str) -> Job:
    known = {entry.name for entry in fields(Job)}  # a newer version's file may have more
    return Job(**{name: value for name, value in json.loads(text).items() if name in known})


def _claimed(job: Job) -> Job:
    if job.state != "queued":
        raise JobGoneError(f"job {job.id} is {job.state}")
    return job.become("running", kernel=_kernel())


def _kernel() -> str:
    """Which running kernel this is: its processes, in whatever container, see each other's locks."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _last_write(path: Path) -> float:
    """When the file, or one of the folder's, was last written; now for one that another process removed."""
    try:
        return max(each.stat().st_mtime for each in (path, *path.glob("*")))
    except FileNotFoundError:
        return time.time()
