from __future__ import annotations

from dataclasses import replace

import pytest

from helmet_service.api.job_list import MOST, job_list
from helmet_service.video.job import Job

QUEUED = Job("2", "gate", {}, {"duration_s": None}, 7.0, 7.0)
RUNNING = replace(QUEUED.become("running"), id="1")


@pytest.mark.parametrize(
    ("jobs", "ahead"),
    [
        ([QUEUED], [0]),
        ([RUNNING, QUEUED], [1, None]),
        ([RUNNING.become("done"), QUEUED], [0, None]),
        ([replace(QUEUED, id="1", owner="crane"), QUEUED], [1]),
        ([QUEUED, replace(QUEUED, id="3"), replace(QUEUED, id="4")], [2, 1, 0]),
    ],
)
def test_a_queued_job_waits_for_older_ones_of_all_clients(jobs, ahead):
    assert [job["ahead"] for job in job_list(jobs, "gate")] == ahead


def test_the_newest_jobs_are_listed():
    jobs = [replace(QUEUED, id=str(number)) for number in range(MOST + 5)]
    assert [job["id"] for job in job_list(jobs, "gate")] == [job.id for job in reversed(jobs[5:])]
