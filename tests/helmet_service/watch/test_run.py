"""What signals ask of the watch."""

from __future__ import annotations

import signal

import pytest

from helmet_service.watch.run import Asked

USED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def asked():
    before = {number: signal.getsignal(number) for number in USED}
    asked = Asked()
    asked.listen()
    yield asked
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (signal.SIGINT, Asked(stop=True)),
        (signal.SIGTERM, Asked(stop=True)),
        (signal.SIGHUP, Asked(reload=True)),
    ],
)
def test_signals_ask_the_watch_to_stop_or_to_read_its_cameras_again(asked, number, expected):
    assert asked == Asked()
    signal.raise_signal(number)
    assert asked == expected
