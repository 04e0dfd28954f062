from __future__ import annotations

import os
import sys

import pytest

from helmet_service.__main__ import main
from helmet_service.settings import Settings
from helmet_service.shared_files import try_lock
from helmet_service.video.consumer import Consumer
from helmet_service.video.jobs import Jobs
from tests.helmet_service.video.conftest import FACTS


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("VIDEO_JOBS", "0", "VIDEO_JOBS: expected a whole number from 1 to 64, got '0'"),
        (
            "VIDEO_QUEUE",
            "redis://queue:99999",
            "VIDEO_QUEUE: expected redis://host:port/number, the same with rediss, or unix:///path, got 'redis'...",
        ),
        (
            "VIDEO_DIR",
            "/proc/videos",
            "VIDEO_DIR: expected a folder to write to, got /proc/videos: No such file or directory",
        ),
        (None, None, "av: expected PyAV (.venv/bin/pip install -r requirements-video.txt), got none"),
    ],
)
def test_a_consumer_that_cannot_work_says_why_in_one_line(monkeypatch, capsys, name, value, complaint):
    if name:
        monkeypatch.setenv(name, value)
    else:
        monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(SystemExit) as ended:
        main(["work"])
    assert ended.value.code == 78  # supervisors do not try again
    assert capsys.readouterr().err == f"helmet-service cannot start: {complaint}\n"


def test_without_its_queue_a_consumer_leaves_a_job_that_another_process_holds(tmp_path):
    nobody = f"unix://{tmp_path / 'no-redis.socket'}"
    jobs = Jobs(Settings(video_dir=tmp_path / "videos", video_queue=nobody))
    job = jobs.begin(jobs.reserve(), "", {}, FACTS)
    lock = try_lock(jobs.path(job.id) / "lock")
    Consumer(jobs, 1).tick()
    assert jobs.get(job.id) == job
    os.close(lock)
