from __future__ import annotations

import os

from helmet_service.observing.metrics import Metrics
from helmet_service.video.counts import JobCounts


def test_jobs_and_frames_are_told_with_the_metrics(jobs, begin):
    metrics = Metrics()
    metrics.include(JobCounts(jobs))
    text = metrics.exposition("")[0].decode()
    assert 'helmet_video_jobs{state="queued"} 0.0' in text
    assert "helmet_video_frames_total 0.0" in text
    begin()
    running, finished = begin(), begin()
    for job in (running, finished):
        os.close(jobs.claim(job.id))
    jobs.change(finished.id, lambda job: job.become("failed", error="disk"))
    for frames in (30, 12):
        jobs.count_frames(frames)
    text = metrics.exposition("")[0].decode()
    told = {
        state: f'helmet_video_jobs{{state="{state}"}} 1.0' in text for state in ("queued", "running", "done", "failed")
    }
    assert told == {"queued": True, "running": True, "done": False, "failed": True}
    assert "helmet_video_frames_total 42.0" in text


def test_states_follow_the_jobs_also_of_those_that_were_told_before(jobs, begin):
    counts = JobCounts(jobs)
    first, second = begin(), begin()
    jobs.reserve()  # an upload that arrives
    assert counts.states() == {"queued": 2, "running": 0, "done": 0, "failed": 0}
    for job in (first, second):
        os.close(jobs.claim(job.id))
        jobs.change(job.id, lambda job: job.become("failed", error="disk"))
    assert counts.states() == {"queued": 0, "running": 0, "done": 0, "failed": 2}
    jobs.cancel_and_remove(first.id)
    assert counts.states() == {"queued": 0, "running": 0, "done": 0, "failed": 1}
