"""Alarms are kept whole or not at all, whatever the disk does, and are removed when there are too many."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import contextmanager

import pytest

from helmet_service.alarms.alarm import Acknowledgement, AlarmCounts
from helmet_service.alarms.database import StoreError
from helmet_service.alarms.events import Event
from helmet_service.alarms.outbox import Outbox
from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.camera import AlarmRules
from tests.helmet_service.alarms.kept import NOW, PERSON, alarm_id, evidence, off, on, repeat

DAY_S = 86_400.0


@pytest.fixture
def store(tmp_path):
    return AlarmStore(tmp_path)


def ids(alarms):
    return [alarm.id for alarm in alarms]


def numbers(*of):
    return [alarm_id(number) for number in of]


def test_an_alarm_is_kept_from_its_first_event_to_its_last(store):
    first = on(1)
    store.record([first], evidence={alarm_id(1): evidence()})
    alarm = store.alarm(alarm_id(1))
    assert (alarm.camera, alarm.camera_name, alarm.zone, alarm.track) == ("gate-3", "3 号门", "Kran „Süd“", 7)
    assert (alarm.began, alarm.told, alarm.confidence) == (NOW - 4, NOW, 0.97)
    assert (alarm.ended, alarm.why_ended, alarm.repeats, alarm.acknowledged) == (None, None, 0, None)
    assert alarm.box == PERSON
    store.record([repeat(first, NOW + 600)])
    assert (store.alarm(alarm_id(1)).repeats, store.alarm(alarm_id(1)).told) == (1, NOW)
    assert store.open_alarms("gate-3") == store.open_alarms() == [store.alarm(alarm_id(1))]
    store.record([off(first, NOW + 700)])
    assert (store.alarm(alarm_id(1)).ended, store.alarm(alarm_id(1)).why_ended) == (NOW + 700, "covered")
    assert store.open_alarms() == []
    assert store.evidence_file(alarm_id(1), "annotated.jpg").stat().st_size == 148


def test_an_event_that_is_recorded_again_changes_nothing_and_is_told_once(tmp_path, store):
    for _ in range(2):
        store.record([on(1)], ["hook"], {alarm_id(1): evidence()})
    store.record([off(on(1), NOW + 9)])
    store.record([on(1)], ["hook"])
    assert store.alarm(alarm_id(1)).ended == NOW + 9
    assert [each.waiting for each in Outbox(tmp_path).counts()] == [1]


def test_events_of_cameras_are_told_too(tmp_path, store):
    store.record([Event("E" * 26, "camera_trouble", NOW, "gate-3", "Gate 3", trouble="black")], ["hook"])
    assert Outbox(tmp_path).next("hook", NOW).event.trouble == "black"
    assert store.counts() == AlarmCounts(told=0, kept=0, open=0, unacknowledged=0, evidence_bytes=0)


def test_where_nothing_was_kept_there_is_nothing_and_reading_leaves_nothing(tmp_path, store):
    assert (store.alarms(), store.open_alarms(), store.false_alarms()) == (([], False), [], [])
    assert store.alarm(alarm_id(1)) is store.evidence_file(alarm_id(1), "alarm.json") is None
    assert store.counts() == AlarmCounts(told=0, kept=0, open=0, unacknowledged=0, evidence_bytes=0)
    assert list(tmp_path.iterdir()) == []


def test_alarms_come_the_newest_first_by_page_and_filter(store):
    for number in range(6):
        store.record([on(number, camera="gate-3" if number % 2 else "crane")])
    for number in (0, 1):
        store.record([off(on(number), NOW + 5)])
    store.acknowledge(alarm_id(2), Acknowledgement(NOW))
    cases = [
        ({}, (5, 4, 3, 2, 1, 0), False),
        ({"limit": 4}, (5, 4, 3, 2), True),
        ({"limit": 4, "before": alarm_id(2)}, (1, 0), False),
        ({"camera": "crane"}, (4, 2, 0), False),
        ({"state": "open", "limit": 4}, (5, 4, 3, 2), False),
        ({"state": "ended"}, (1, 0), False),
        ({"acknowledged": True}, (2,), False),
        ({"acknowledged": False, "camera": "crane", "state": "open"}, (4,), False),
    ]
    for filters, expected, more in cases:
        found, has_more = store.alarms(**filters)
        assert (ids(found), has_more) == (numbers(*expected), more), filters


def test_the_last_acknowledgement_counts(store):
    store.record([on(1), on(2)])
    assert store.acknowledge(alarm_id(9), Acknowledgement(NOW)) is None
    false = Acknowledgement(NOW + 5, "Ann", false_alarm=True, reason="nobody_there", note="Rohr")
    assert store.acknowledge(alarm_id(1), false).acknowledged == store.alarm(alarm_id(1)).acknowledged == false
    assert ids(store.false_alarms()) == ids(store.false_alarms(NOW)) == numbers(1)
    assert store.false_alarms(NOW + 1) == []
    store.acknowledge(alarm_id(1), Acknowledgement(NOW + 9))
    assert store.false_alarms() == []
    assert store.counts() == AlarmCounts(told=2, kept=2, open=2, unacknowledged=1, evidence_bytes=0)


def test_alarms_that_a_dead_watch_left_open_are_ended_by_the_next(store):
    store.record([on(1), on(2), off(on(1), NOW + 9)])
    (event,) = store.end_open(NOW + 60)
    assert (event.kind, event.at, event.camera, event.alarm.id) == ("alarm_off", NOW + 60, "gate-3", alarm_id(2))
    assert event.alarm.why_ended == "watch_restarted"
    store.record([event])
    assert store.end_open(NOW + 61) == []


def test_the_last_trouble_of_a_camera_is_known_however_old_it_is_and_whatever_the_clock_said(store):
    assert store.trouble("gate-3") is None
    for number, (camera, trouble) in enumerate((("gate-3", "black"), ("gate-3", "frozen"), ("yard", None))):
        kind = "camera_trouble" if trouble else "camera_ok"
        store.record([Event(f"E{9 - number:025d}", kind, NOW - number, camera, "Gate 3", trouble=trouble)])
    store.purge(AlarmRules(keep_days=1), passed_s=2 * DAY_S)
    assert [store.trouble(camera) for camera in ("gate-3", "yard")] == ["frozen", None]


def test_what_is_too_old_or_too_much_goes_the_oldest_first_but_never_what_is_open(tmp_path, store):
    for number in range(5):
        store.record([on(number)], evidence={alarm_id(number): evidence(400_000)})
        if number:
            store.record([off(on(number), NOW)])
    assert store.purge(AlarmRules(keep_days=30, keep_mb=1), passed_s=3600) == 3
    assert ids(store.alarms()[0]) == numbers(4, 0)
    assert {path.name for path in (tmp_path / "evidence").iterdir()} == set(numbers(4, 0))
    assert store.purge(AlarmRules(keep_days=30), passed_s=30 * DAY_S - 3601) == 0
    assert store.purge(AlarmRules(keep_days=30), passed_s=3602) == 1
    assert ids(store.alarms()[0]) == numbers(0)


def test_pictures_that_outlets_wait_for_stay_unless_there_are_too_many(tmp_path, store):
    for number in (1, 2):
        outlets = ["hook"] if number == 1 else []
        store.record([on(number), off(on(number), NOW)], outlets, {alarm_id(number): evidence(600_000)})
    assert store.purge(AlarmRules(keep_mb=1), passed_s=0) == 1
    assert ids(store.alarms()[0]) == numbers(1)
    assert store.purge(AlarmRules(keep_days=1), passed_s=2 * DAY_S) == 0
    assert store.purge(AlarmRules(keep_mb=0), passed_s=0) == 1
    assert Outbox(tmp_path).next("hook", NOW) is not None


def test_a_clock_that_is_set_to_another_year_breaks_nothing(store):
    year_s = 365 * DAY_S
    store.record([on(1)])
    store.record([off(on(1), NOW + year_s), on(2, NOW + year_s), on(3, NOW - year_s), off(on(3), NOW - year_s)])
    assert store.purge(AlarmRules(), passed_s=3600) == 0
    assert ids(store.alarms()[0]) == numbers(3, 2, 1)


def test_a_crash_leaves_no_alarm_without_pictures_and_no_pictures_for_ever(tmp_path, store):
    class PowerLost(BaseException):
        pass

    class Events(list):
        def __iter__(self):
            yield from super().__iter__()
            raise PowerLost

    with pytest.raises(PowerLost):
        store.record(Events([on(1)]))
    assert store.alarm(alarm_id(1)) is None
    for left in ("unfinished-X", alarm_id(1)):
        (tmp_path / "evidence" / left).mkdir(parents=True)
    store.record([on(2)], evidence={alarm_id(2): evidence()})
    (tmp_path / "evidence" / "a file of somebody").touch()
    store.purge(AlarmRules(), passed_s=0)
    assert {path.name for path in (tmp_path / "evidence").iterdir()} == {alarm_id(2), "a file of somebody"}


@contextmanager
def full_disk(most: int):
    """No file grows over so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("most", [0, 8192, 100_000])
def test_a_full_disk_is_an_error_to_try_again_after(tmp_path, store, most):
    store.record([on(1)])
    with full_disk(most):
        with pytest.raises(StoreError, match=str(tmp_path)):
            store.record([on(2)], ["hook"], {alarm_id(2): evidence(1_000_000)})
        assert ids(store.alarms()[0]) == numbers(1)
    assert Outbox(tmp_path).next("hook", NOW) is None
    store.record([on(2)], ["hook"], {alarm_id(2): evidence(1_000_000)})
    assert store.evidence_file(alarm_id(2), "picture.jpg").stat().st_size == 500_000


def test_a_full_disk_can_be_emptied(tmp_path, store):
    for number in (1, 2):
        store.record([on(number), off(on(number), NOW)], evidence={alarm_id(number): evidence(600_000)})
    with full_disk(max(path.stat().st_size for path in tmp_path.glob("alarms.db*"))):
        assert store.purge(AlarmRules(keep_mb=1), passed_s=0) == 1
    assert ids(store.alarms()[0]) == numbers(2)


def test_a_database_that_another_program_holds_is_an_error_to_try_again_after(tmp_path, store, monkeypatch):
    monkeypatch.setattr("helmet_service.alarms.database._BUSY_S", 0)
    store.record([on(1)])
    holder = sqlite3.connect(tmp_path / "alarms.db", isolation_level=None)
    holder.execute("begin immediate")
    with pytest.raises(StoreError, match="locked"):
        store.record([on(2)])
    assert ids(store.alarms()[0]) == numbers(1)
    holder.close()
    store.record([on(2)])


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_a_damaged_database_is_put_away_with_its_evidence_and_a_new_one_begins(tmp_path, store, caplog, damage):
    store.record([on(1)], evidence={alarm_id(1): evidence()})
    path = tmp_path / "alarms.db"
    path.write_bytes(damage * 100 or path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match=r"alarms\.db"):
        store.record([on(2)])
    assert "is damaged" in caplog.text
    store.record([repeat(on(1), NOW + 5), on(2)], evidence={alarm_id(2): evidence()})
    assert ids(store.alarms()[0]) == numbers(2, 1)
    (aside,) = tmp_path.glob("damaged-*")
    assert (aside / "alarms.db").exists()
    assert (aside / "evidence" / alarm_id(1) / "picture.jpg").exists()
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == numbers(2)
