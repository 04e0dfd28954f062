from __future__ import annotations

import pytest

from helmet_service.setting_fields import SettingsError
from helmet_service.settings import Settings
from helmet_service.work.capacity import Capacity


@pytest.mark.parametrize(
    ("settings", "inferences", "slots", "working", "connections"),
    [
        ({}, 1, 20, 28, 400),
        ({"queue": 10}, 1, 18, 28, 400),
        ({"threads": 5, "queue": 0}, 1, 1, 1, 400),
        ({"threads": 13}, 1, 1, 9, 400),
        ({"inferences": 4}, 4, 20, 28, 400),
        ({"batch": 20}, 20, 20, 28, 400),
        ({"batch": 4, "inferences": 2}, 4, 20, 28, 400),
        ({"threads": 256}, 1, 244, 252, 1024),
    ],
)
def test_a_worker_takes_as_much_at_once_as_its_threads_allow(settings, inferences, slots, working, connections):
    capacity = Capacity.of(Settings(**settings))
    assert (capacity.inferences, capacity.slots) == (inferences, slots)
    assert (capacity.working_threads, capacity.connections) == (working, connections)


@pytest.mark.parametrize(
    ("settings", "got"),
    [({"queue": 28}, "28, 32 and 1"), ({"threads": 12}, "8, 12 and 1"), ({"batch": 21}, "8, 32 and 21")],
)
def test_too_few_threads_for_queue_and_network_are_refused(settings, got):
    with pytest.raises(SettingsError) as raised:
        Capacity.of(Settings(**settings))
    assert str(raised.value) == f"QUEUE: expected at most THREADS - 4 - INFERENCES (or BATCH, if more), got {got}"
