from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, replace

import pytest

from helmet_service.http.problems import Problem
from helmet_service.settings import Settings
from helmet_service.shared_files import replace_json
from helmet_service.video.job import JobGoneError
from helmet_service.video.jobs import Jobs
from tests.helmet_service.video.conftest import FACTS

HOURS = 3600.0


def finish(jobs, job, state="done", hours_ago=0.0):
    os.close(jobs.claim(job.id))
    return jobs.change(job.id, lambda job: replace(job.become(state), heard_s=time.time() - hours_ago * HOURS))


def test_a_job_is_its_folder(jobs, begin):
    job = begin()
    assert (job.state, job.owner, job.frames_total) == ("queued", "key 0a1b2c3d", 20)
    other_process = Jobs(Settings(video_dir=jobs.folder))
    assert other_process.get(job.id) == job
    assert other_process.all() == [job]
    assert other_process.queue.take() == job.id


def test_an_upload_is_no_job_before_it_is_complete(jobs):
    folder = jobs.reserve()
    assert jobs.all() == []
    assert jobs.get(folder.name) is None
    jobs.discard(folder)
    assert not folder.exists()


@pytest.mark.parametrize("job_id", ["", "..", "../jobs", "0" * 26, "0" * 25, "x" * 26, "0" * 27, "\0"])
def test_other_texts_name_no_job(jobs, begin, job_id):
    begin()
    assert jobs.get(job_id) is None


def test_what_is_no_job_is_passed_over(jobs, begin):
    job = begin()
    (jobs.folder / "jobs" / ".DS_Store").write_text("left by a file browser")
    jobs.purge()
    assert jobs.all() == [job]


def test_job_json_is_never_half_written(jobs, begin, monkeypatch):
    job = begin()
    path = jobs.path(job.id) / "job.json"

    def die(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(OSError, match="no space"):
        replace_json(path, {"half": "written"})
    assert json.loads(path.read_text()) == asdict(job)


def test_a_file_of_a_newer_version_is_read(jobs, begin):
    job = begin()
    replace_json(jobs.path(job.id) / "job.json", asdict(job) | {"colour": "blue"})
    assert jobs.get(job.id) == job


@pytest.mark.parametrize("content", [b"", b"\0\0", b"\xff{}", b"[]", b'{"id": "1"}'])
def test_a_file_that_a_faulty_disk_broke_is_passed_over_and_told_once(jobs, begin, content, caplog):
    broken, job = begin(), begin()
    (jobs.path(broken.id) / "job.json").write_bytes(content)
    jobs.purge()
    jobs.recover()
    assert jobs.all() == [job]
    assert (jobs.get(broken.id), jobs.claim(broken.id)) == (None, None)
    assert len(caplog.records) == 1


def test_a_job_is_claimed_once_and_again_after_its_process_has_ended(jobs, begin):
    job = begin()
    lock = jobs.claim(job.id)
    assert jobs.get(job.id).state == "running"
    assert jobs.claim(job.id) is None
    jobs.count_death(job.id, "by signal 9")  # it lives: its lock is held
    assert jobs.get(job.id).state == "running"
    os.close(lock)
    assert jobs.claim(job.id) is None
    jobs.count_death(job.id, "by signal 9")
    assert (jobs.get(job.id).state, jobs.get(job.id).deaths) == ("queued", 1)
    assert jobs.claim(job.id) is not None


def test_a_stopped_job_is_queued_again_without_blame(jobs, begin):
    job = begin()
    jobs.queue.take()
    os.close(jobs.claim(job.id))
    jobs.queue_again(job.id)
    assert (jobs.get(job.id).state, jobs.get(job.id).deaths, jobs.queue.take()) == ("queued", 0, job.id)


@pytest.mark.parametrize(
    ("kernel", "silent_s", "locked", "state"),
    [
        (None, 0.0, False, "queued"),  # everything on this machine was killed
        (None, 9999.0, True, "running"),  # it is slow, but lives
        ("other", 59.0, False, "running"),  # its lock may be on another machine
        ("other", 61.0, False, "queued"),
    ],
)
def test_jobs_without_a_process_are_found(jobs, begin, kernel, silent_s, locked, state):
    job = begin()
    jobs.queue.take()
    lock = jobs.claim(job.id)
    if not locked:
        os.close(lock)
    heard = time.time() - silent_s
    jobs.change(job.id, lambda job: replace(job, heard_s=heard, kernel=kernel or job.kernel))
    jobs.recover()
    assert jobs.get(job.id).state == state
    assert jobs.queue.take() == (job.id if state == "queued" else None)


def test_a_queued_job_whose_id_was_lost_is_found(jobs, begin):
    first, second = begin(), begin()
    assert jobs.queue.take() == first.id
    jobs.recover()
    assert [jobs.queue.take() for _ in range(3)] == [second.id, first.id, None]


def test_without_its_queue_jobs_are_found_in_their_folder(tmp_path, caplog):
    nobody = f"unix://{tmp_path / 'no-redis.socket'}"
    jobs = Jobs(Settings(video_dir=tmp_path / "videos", video_queue=nobody))
    first, second = (jobs.begin(jobs.reserve(), "", {}, FACTS) for _ in range(2))
    assert jobs.take() == first.id
    lock = jobs.claim(first.id)
    jobs.recover()
    assert jobs.take() == second.id
    os.close(lock)
    assert len(caplog.records) == 1  # not at each look


def test_a_cancelled_job_leaves_a_tombstone_and_cannot_go_on(jobs, begin):
    job = begin()
    lock = jobs.claim(job.id)
    jobs.cancel_and_remove(job.id)
    assert not jobs.path(job.id).exists()
    assert (jobs.get(job.id).state, jobs.get(job.id).purged, jobs.get(job.id).owner) == ("cancelled", True, job.owner)
    assert jobs.all() == []
    with pytest.raises(JobGoneError):
        jobs.change(job.id, lambda job: job.become("running", frames=3))
    os.close(lock)
    jobs.count_death(job.id, "by signal 9")
    jobs.cancel_and_remove(job.id)
    jobs.recover()
    assert jobs.get(job.id).state == "cancelled"


def test_a_finished_job_whose_removal_broke_off_is_listed_no_more(jobs, begin):
    job = begin()
    finish(jobs, job)
    assert [listed.id for listed in jobs.all()] == [job.id]
    (jobs.path(job.id) / "job.json").unlink()
    assert jobs.all() == []


def test_purging_removes_what_is_older_than_it_is_kept(jobs, begin):
    old, young, waiting = finish(jobs, begin(), hours_ago=1.1), finish(jobs, begin(), hours_ago=0.9), begin()
    jobs.change(waiting.id, lambda job: replace(job, heard_s=0.0))
    given_up, being_sent = jobs.reserve(), jobs.reserve()
    os.utime(given_up, (0, 0))
    jobs.purge()
    assert {job.id for job in jobs.all()} == {young.id, waiting.id}
    assert (jobs.get(old.id).purged, jobs.get(old.id).state) == (True, "done")
    assert (given_up.exists(), being_sent.exists()) == (False, True)
    tombstone = jobs.folder / "purged" / f"{old.id}.json"
    os.utime(tombstone, (0, 0))
    jobs.purge()
    assert jobs.get(old.id) is None


def test_purging_removes_what_a_failed_job_needed_only_while_it_ran(jobs, begin):
    failed = finish(jobs, begin(), "failed")
    (jobs.path(failed.id) / "parts").mkdir()
    jobs.purge()
    assert {path.name for path in jobs.path(failed.id).iterdir()} == {"job.json", "lock"}


def test_room_is_made_by_the_oldest_finished_jobs(jobs, begin, monkeypatch):
    oldest, old, waiting = finish(jobs, begin()), finish(jobs, begin(), "failed"), begin()
    free = {3: 10, 2: 20, 1: 30}  # bytes, by the number of jobs that are left
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free[len(jobs.all())]}))
    jobs.check_room(10)
    assert {job.id for job in jobs.all()} == {oldest.id, old.id, waiting.id}
    jobs.check_room(15)
    assert {job.id for job in jobs.all()} == {old.id, waiting.id}
    with pytest.raises(Problem) as raised:
        jobs.check_room(40)
    assert (raised.value.status, raised.value.reason) == (503, "no_disk")
    assert [job.id for job in jobs.all()] == [waiting.id]
