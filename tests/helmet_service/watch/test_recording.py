"""Events are recorded in their order, whatever the disk does."""

from __future__ import annotations

from dataclasses import replace

from helmet_service.alarms.outbox import Outbox
from helmet_service.alarms.store import AlarmStore
from helmet_service.watch.recording import Recorder
from tests.helmet_service.alarms.kept import evidence, off, on


def recorder_of(folder, recorded=lambda: None):
    return Recorder(AlarmStore(folder), lambda: ["hook"], recorded)


def test_what_waits_is_recorded_before_the_end_and_goes_to_the_outlets(tmp_path):
    woken = []
    recorder = recorder_of(tmp_path, lambda: woken.append(1))
    for number in range(3):
        recorder.record(on(number), evidence())
        recorder.record(off(on(number), 0.0))
    recorder.start()
    recorder.stop()
    assert [alarm.ended for alarm in AlarmStore(tmp_path).alarms()[0]] == [0.0] * 3
    assert [counts.waiting for counts in Outbox(tmp_path).counts()] == [6]
    assert len(woken) == 6


def test_an_event_that_cannot_be_written_down_holds_up_no_other(tmp_path):
    recorder = recorder_of(tmp_path)
    recorder.record(replace(on(1), camera_name="a half of a pair: \ud800"))
    recorder.record(on(2))
    recorder.start()
    recorder.stop()
    assert [alarm.id for alarm in AlarmStore(tmp_path).alarms()[0]] == [on(2).alarm.id]


def test_a_disk_that_refuses_is_told_and_the_end_does_not_wait_for_it(tmp_path):
    (tmp_path / "alarms.db").mkdir()
    recorder = recorder_of(tmp_path)
    recorder.record(on(1))
    recorder.start()
    recorder.stop()
    assert "unable to open" in recorder.trouble


def test_what_no_disk_takes_does_not_fill_the_memory(tmp_path, caplog):
    recorder = recorder_of(tmp_path)
    for number in range(205):
        recorder.record(on(number))
    assert caplog.text.count("lost, as the disk takes nothing") == 5
