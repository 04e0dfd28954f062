"""Readers that break, hang or end, and how often they are begun again."""

from __future__ import annotations

import threading

import pytest

from helmet_service.watch.frame_source import SourceState
from helmet_service.watch.inlet import Inlet, ReadError
from helmet_service.watch.supervised import SupervisedSource, wait_s
from tests.helmet_service.watch.cameras import state_once
from tests.pose.video.videos import picture


@pytest.mark.parametrize(("tries", "longest_s"), [(0, 0), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1000, 60)])
def test_waits_grow_and_differ(tries: int, longest_s: float):
    waits = [wait_s(tries) for _ in range(1000)]
    assert 0 <= min(waits) <= 0.1 * longest_s
    assert 0.9 * longest_s <= max(waits) <= longest_s


def test_a_reader_that_breaks_is_begun_again_and_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("helmet_service.watch.supervised._LONGEST_WAIT_S", 0.01)
    begun: list[Inlet] = []

    def read(inlet: Inlet) -> None:
        begun.append(inlet)
        inlet.put(picture(len(begun)).view)
        if len(begun) < 2:
            raise ReadError("it broke")
        inlet.stopped.wait()

    source = SupervisedSource("gate", read)
    state = state_once(source, lambda state: state.frames == 2)
    assert (state.state, state.why, state.reconnects) == ("live", None, 1)
    source.stop()
    assert all(inlet.stopped.is_set() for inlet in begun)


def test_a_fault_of_a_reader_is_told_by_its_kind_alone(caplog: pytest.LogCaptureFixture):
    def read(_: Inlet) -> None:
        raise KeyError("rtsp://viewer:secret@camera")

    source = SupervisedSource("gate", read)
    assert state_once(source, lambda state: state.why).why == "a fault of the reader: KeyError"
    source.stop()


def test_what_a_reader_that_was_left_behind_puts_is_dropped():
    released, ended = threading.Event(), threading.Event()

    def read(inlet: Inlet) -> None:
        inlet.put(None)
        released.wait()
        inlet.put(picture(1).view)
        ended.set()

    source = SupervisedSource("gate", read)
    state_once(source, lambda state: state.frames == 1)
    source.stop()
    released.set()
    ended.wait()
    assert (source.newest(0), source.state().frames) == (None, 1)


@pytest.mark.slow
def test_readers_that_hang_are_replaced_until_three_hang(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("helmet_service.watch.inlet._PATIENCE_S", 0.1)
    monkeypatch.setattr("helmet_service.watch.supervised._LONGEST_WAIT_S", 0.01)
    begun: list[Inlet] = []
    released = threading.Event()

    def read(inlet: Inlet) -> None:
        begun.append(inlet)
        inlet.put(None)
        released.wait()

    source = SupervisedSource("gate", read)
    state = state_once(source, lambda state: state.reconnects == 2 and state.why)
    assert state == SourceState("connecting", "the reader hangs: it is left behind", 3, 2)
    released.wait(0.5)  # a fourth one would begin
    assert len(begun) == 3
    released.set()
    state_once(source, lambda _: len(begun) > 3)
    source.stop()
