"""Judged frames of a camera become events of its alarms."""

from __future__ import annotations

import time

import pytest

from helmet_service.cameras.camera import AlarmRules
from helmet_service.cameras.zones import Zone
from helmet_service.watch.alarming import CameraAlarms
from tests.helmet_service.watch.judged import GATE, Frames

TOP_LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))


def told(alarms, frames, zones=(), still=()):
    return [event for frame in frames for event in alarms.step(frame, zones, still)]


def kinds(events):
    return [event.kind for event in events]


@pytest.fixture
def alarms():
    return CameraAlarms(GATE, AlarmRules)


def test_one_alarm_has_one_id_from_its_beginning_to_its_end(alarms):
    frames = Frames(ago_s=60.0)
    begun, ended = told(alarms, frames.of("no_helmet", seconds=10)), told(alarms, frames.of("helmet", seconds=30))
    assert [kinds(begun), kinds(ended)] == [["alarm_on"], ["alarm_off"]]
    assert begun[0].alarm.id == ended[0].alarm.id
    assert begun[0].id != ended[0].id
    assert begun[0].alarm.began == pytest.approx(ended[0].alarm.began, abs=0.5)
    assert begun[0].alarm.began == pytest.approx(time.time() - 59, abs=5)


def test_who_never_moves_and_who_stands_in_no_zone_does_not_alarm(alarms):
    frames = Frames()
    assert told(alarms, frames.of("no_helmet", seconds=10), still=[1, 0]) == []
    assert (
        told(alarms, frames.of("no_helmet", seconds=10), [Zone("far", "helmet", ((0.9, 0.9), (1, 1), (1, 0.9)))]) == []
    )


def test_a_person_in_two_zones_has_an_alarm_in_each_until_a_zone_is_removed(alarms):
    both, frames = [Zone(name, "helmet", TOP_LEFT) for name in ("yard", "crane")], Frames()
    begun = told(alarms, frames.of("no_helmet", seconds=10), both)
    assert [event.alarm.zone for event in begun] == ["crane", "yard"]
    assert set(alarms.of_tracks().values()) == {begun[0].alarm.id}
    (ended,) = told(alarms, frames.of("no_helmet", seconds=10), both[:1])
    assert (ended.kind, ended.alarm.zone, ended.alarm.why_ended) == ("alarm_off", "crane", "covered")


def test_after_an_interruption_alarms_begin_anew(alarms):
    frames = Frames()
    (begun,) = told(alarms, frames.of("no_helmet", seconds=10))
    (ended,) = alarms.end()
    assert (ended.kind, ended.alarm.id, ended.alarm.why_ended) == ("alarm_off", begun.alarm.id, "watch_restarted")
    assert alarms.end() == []
    assert told(alarms, frames.of(seconds=10)) == []
    assert kinds(told(alarms, frames.of("no_helmet", seconds=10))) == ["alarm_on"]
