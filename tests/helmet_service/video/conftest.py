from __future__ import annotations

import pytest

from helmet_service.settings import Settings
from helmet_service.video.jobs import Jobs

FACTS = {
    "container": "mp4", "codec": "h264", "width": 64, "height": 48, "rotated": 0, "frames": 20, "duration_s": 4.0,
    "rate": 5.0,
}  # fmt: skip


@pytest.fixture
def jobs(tmp_path):
    return Jobs(Settings(video_dir=tmp_path / "videos", video_free_mb=0, video_keep_h=1))


@pytest.fixture
def begin(jobs):
    """Makes a queued job with an upload of four bytes."""

    def make(owner="key 0a1b2c3d"):
        folder = jobs.reserve()
        (folder / "upload").write_bytes(b"film")
        return jobs.begin(folder, owner, {"every": None}, FACTS)

    return make
