import pytest

from pose.train.loop.config import LoopConfig
from pose.train.loop.schedule import Interval, learning_rate, progress


@pytest.mark.parametrize(
    ("config", "step", "seconds", "done"),
    [
        (LoopConfig(steps=10), 0, 99.0, 0.0),
        (LoopConfig(steps=10), 5, 99.0, 0.5),
        (LoopConfig(steps=10), 11, 99.0, 1.0),
        (LoopConfig(minutes=2.0), 99, 30.0, 0.25),
        (LoopConfig(minutes=2.0), 99, 130.0, 1.0),
    ],
)
def test_progress_follows_what_ends_the_run(config, step, seconds, done):
    assert progress(config, step, seconds) == done


@pytest.mark.parametrize(
    ("step", "done", "expected"),
    [
        (0, 0.0, 0.2),  # first of four steps of warm-up
        (3, 0.0, 0.8),
        (4, 0.0, 1.0),
        (50, 0.5, 0.55),  # half-way between the highest and a tenth of it
        (100, 1.0, 0.1),
    ],
)
def test_a_cosine_follows_the_warm_up(step, done, expected):
    config = LoopConfig(steps=100, learning_rate=1.0, final_learning_rate=0.1, warm_up_steps=4)
    assert learning_rate(config, step, done) == pytest.approx(expected)


def test_an_interval_is_due_by_steps_or_by_the_clock():
    interval = Interval(steps=10, minutes=1.0, last=30.0)
    seen = [
        (step, seconds)
        for step, seconds in ((9, 89.0), (10, 89.5), (11, 91.0), (12, 150.0))
        if interval.due(step, seconds)
    ]
    assert seen == [(10, 89.5), (12, 150.0)]


def test_an_interval_of_neither_is_never_due():
    assert not Interval(None, None, 0.0).due(0, 1e9)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"steps": 0}, "loop.steps: expected more than 0 or null, got 0"),
        ({"save_minutes": -1.0}, "loop.save_minutes: expected more than 0 or null, got -1.0"),
        ({"keep": 0}, "loop.keep: expected more than 0, got 0"),
        ({"average_decay": 1.1}, "loop.average_decay: expected 0..1, got 1.1"),
    ],
)
def test_values_out_of_range_are_refused(values, said):
    with pytest.raises(ValueError, match=said):
        LoopConfig(**values)
