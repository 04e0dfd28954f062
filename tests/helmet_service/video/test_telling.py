from __future__ import annotations

import os
from dataclasses import replace

import pytest

from helmet_service.video import telling as module
from helmet_service.video.job import JobGoneError
from helmet_service.video.telling import Telling


def test_a_job_tells_how_far_it_is_and_how_long_it_takes(jobs, begin):
    job = begin()
    os.close(jobs.claim(job.id))
    telling = Telling(jobs, jobs.get(job.id), 10)
    telling.tell()
    assert (jobs.get(job.id).frames, jobs.get(job.id).eta_s, jobs.frames_ever()) == (10, None, 0)
    telling.worked_through(14)
    telling.tell()
    assert (jobs.get(job.id).frames, jobs.get(job.id).frames_total, jobs.frames_ever()) == (15, 20, 5)
    assert jobs.get(job.id).eta_s > 0
    telling.worked_through(24)  # the file said that it has 20 frames
    telling.tell()
    assert (jobs.get(job.id).progress, jobs.get(job.id).frames_total, jobs.get(job.id).eta_s) == (1.0, 25, 0.0)


def test_a_job_lives_while_files_are_copied(jobs, begin, monkeypatch):
    monkeypatch.setattr(module, "_PERIOD_S", 0)
    job = begin()
    os.close(jobs.claim(job.id))
    telling = Telling(jobs, jobs.get(job.id), 0)

    def copy():
        heard_s = jobs.get(job.id).heard_s
        is_heard = any(jobs.get(job.id).heard_s > heard_s for _ in range(10_000))
        raise OSError("heard" if is_heard else "silent")

    with pytest.raises(OSError, match="heard"):
        telling.while_working(copy)


def test_a_cancelled_job_is_told_so(jobs, begin):
    job = begin()
    os.close(jobs.claim(job.id))
    telling = Telling(jobs, jobs.get(job.id), 0)
    jobs.cancel_and_remove(job.id)
    with pytest.raises(JobGoneError):
        telling.tell()


@pytest.mark.parametrize("given_to_another", [{"state": "queued"}, {"kernel": "another"}])
def test_a_process_that_was_taken_for_dead_does_not_go_on(jobs, begin, given_to_another):
    job = begin()
    os.close(jobs.claim(job.id))
    telling = Telling(jobs, jobs.get(job.id), 0)
    jobs.change(job.id, lambda job: replace(job, **given_to_another))
    with pytest.raises(JobGoneError):
        telling.tell()
