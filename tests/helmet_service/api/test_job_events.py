from __future__ import annotations

import json
from dataclasses import replace

import pytest

from helmet_service.api.job_events import job_events, job_json
from helmet_service.video.job import Job

JOB = Job("1", "", {"every": None}, {}, 0.0, 0.0, frames_total=10)
DONE = JOB.become("running").become("done", frames=10)


def stream(*states, stopping=lambda: False):
    """What a client is sent while the job is read in these states."""
    told = iter(states)
    return list(job_events(JOB, lambda: next(told), stopping))


def test_each_change_is_told_once_until_the_job_has_ended():
    running = JOB.become("running", frames=3, eta_s=2.0)
    retry, *events = stream(JOB, JOB, running, running, DONE)
    assert retry.startswith(b"retry: ")
    changes = [json.loads(event.removeprefix(b"data: ")) for event in events if event]
    assert changes == [job_json(job) for job in (JOB, running, DONE)]
    assert [bool(event) for event in events] == [
        True,
        False,
        False,
        True,
        False,
        False,
        True,
    ]  # pauses, but none at last


def test_a_quiet_stream_tells_that_it_lives():
    sent = stream(*[JOB] * 40, DONE)
    assert 3 <= len([piece for piece in sent if piece.startswith(b":")]) <= 4


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (replace(DONE, purged=True), "done"),
        (replace(JOB.become("cancelled"), purged=True), "cancelled"),
        (None, "cancelled"),
    ],
)
def test_a_removed_job_ends_its_stream(left, state):
    *_, last = stream(JOB, left)
    assert json.loads(last.removeprefix(b"data: "))["state"] == state


def test_a_stopping_server_ends_its_streams():
    assert len(stream(JOB, JOB, stopping=iter([False, False, True]).__next__)) == 4
