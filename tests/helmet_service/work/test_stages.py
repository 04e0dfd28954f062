from __future__ import annotations

import pytest

from helmet_service.http.problems import Problem
from helmet_service.work.stages import Stages
from helmet_service.work.turns import Turns


@pytest.fixture
def clock(monkeypatch):
    """The time in seconds, as a list of one."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_a_deadline_begins_anew_with_a_turn_that_came_late(clock):
    stages = Stages(20)
    clock[0] += 30
    with pytest.raises(Problem, match="deadline"):
        stages.check("waiting")
    with stages.turn_however_late(Turns(1)):
        assert stages.seconds_left() == 20
        clock[0] += 20
        with pytest.raises(Problem, match="deadline") as raised:
            stages.check("examining")
    assert raised.value.errors[0].expected == "an answer within 20 s"


def test_a_turn_that_came_late_is_given_back():
    turns = Turns(1)
    with Stages(20).turn_however_late(turns):
        assert not turns.acquire(0)
    assert turns.acquire(0)
