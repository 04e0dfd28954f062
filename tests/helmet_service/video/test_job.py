from __future__ import annotations

from itertools import product

import pytest

from helmet_service.video.job import STATES, Job, JobGoneError, frames_in

FOLLOWS = {
    ("queued", "queued"), ("queued", "running"), ("queued", "cancelled"),
    ("running", "running"), ("running", "queued"), ("running", "done"), ("running", "failed"), ("running", "cancelled"),
}  # fmt: skip
FACTS = {"width": 64, "height": 48, "frames": 20, "duration_s": 4.0, "rate": 5.0}


def job(**changes):
    return Job(**{"id": "1", "owner": "", "request": {}, "facts": {}, "created_s": 0.0, "heard_s": 0.0} | changes)


@pytest.mark.parametrize(("before", "after"), sorted(product(STATES, STATES)))
def test_which_state_follows_which(before, after):
    if (before, after) in FOLLOWS:
        changed = job(state=before).become(after)
        assert changed.state == after
        assert changed.heard_s > 0
    else:
        with pytest.raises(JobGoneError, match=f"{after}, got one that is {before}"):
            job(state=before).become(after)


def test_two_deaths_queue_a_job_again_and_the_third_ends_it():
    lives = [job(state="running", deaths=deaths).died("by signal 9") for deaths in range(3)]
    assert [life.state for life in lives] == ["queued", "queued", "failed"]
    assert [life.error for life in lives] == [None, None, "its process died 3 times, at last by signal 9"]


@pytest.mark.parametrize(
    ("changes", "progress"),
    [
        ({}, 0.0),
        ({"frames": 5, "frames_total": 20}, 0.25),
        ({"frames": 22, "frames_total": 20}, 1.0),  # the container's count was too low
        ({"frames": 18, "frames_total": 20, "state": "done"}, 1.0),  # a damaged end
        ({"frames": 5}, 0.0),
    ],
)
def test_progress_is_the_share_of_frames(changes, progress):
    assert job(**changes).progress == progress


def test_a_client_sees_the_job_of_the_wire_format():
    seen = job(frames=5, frames_total=20, state="running", eta_s=3.04, owner="key 0a1b2c3d").public()
    assert seen == {
        "id": "1", "state": "running", "progress": 0.25, "frames": 5, "frames_total": 20, "eta_s": 3.0,
        "summary": None, "error": None,
    }  # fmt: skip


def test_the_time_left_belongs_to_the_state():
    running = job(state="running").become("running", eta_s=8.0)
    assert running.become("running", frames=9).eta_s == 8.0
    assert running.become("queued").eta_s is None


@pytest.mark.parametrize(
    ("changes", "frames"),
    [
        ({}, 20),
        ({"frames": None}, 20),
        ({"frames": None, "duration_s": None}, None),
        ({"frames": 0, "rate": None}, None),
    ],
)
def test_frames_are_counted_or_reckoned(changes, frames):
    assert frames_in(FACTS | changes) == frames
