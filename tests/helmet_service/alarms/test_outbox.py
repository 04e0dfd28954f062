"""Deliveries are done in the order of events, once they are told, whatever happens in between."""

from __future__ import annotations

import pytest

from helmet_service.alarms.database import transaction
from helmet_service.alarms.events import AlarmFacts, Event
from helmet_service.alarms.outbox import LONGEST_PAUSE_S, SCHEMA, SHORTEST_PAUSE_S, Outbox, pause_s, put

NOW = 1_790_000_000.0
DAY = 86400.0


def event(number: int) -> Event:
    alarm = AlarmFacts("a" * 26, "Krananlage „Süd“", number, NOW - 4, 0.97)
    return Event(f"{number:026d}", "alarm_on", NOW, "gate-3", "3 号门", alarm=alarm)


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path)


def record(folder, numbers, outlets=("hook",)):
    with transaction(folder, SCHEMA) as connection:
        for number in numbers:
            put(connection, event(number), outlets)


def numbers_in_line(outbox, outlet="hook", now=NOW):
    """The numbers of the events that the outlet is told, one after the other, until it is told nothing more."""
    told = []
    while (delivery := outbox.next(outlet, now)) is not None:
        told.append(int(delivery.event.id))
        outbox.done(delivery)
    return told


def test_each_outlet_is_told_every_event_as_it_was_recorded_and_in_its_order(tmp_path, outbox):
    record(tmp_path, [2, 1, 3], ["hook", "broker"])
    assert outbox.next("hook", NOW).event == event(2)
    assert numbers_in_line(outbox) == numbers_in_line(Outbox(tmp_path), "broker") == [2, 1, 3]
    assert numbers_in_line(outbox, "nobody") == []


def test_an_event_whose_transaction_fails_is_not_told(tmp_path, outbox):
    def fail():
        with transaction(tmp_path, SCHEMA) as connection:
            put(connection, event(1), ["hook"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert outbox.next("hook", NOW) is None


def test_what_failed_is_tried_again_after_its_pause_and_holds_up_what_follows_at_this_outlet_alone(tmp_path, outbox):
    record(tmp_path, [1, 2], ["hook", "broker"])
    outbox.failed(outbox.next("hook", NOW), "answered 503", NOW)
    assert outbox.next("hook", NOW) is None
    assert numbers_in_line(outbox, "broker") == [1, 2]
    again = outbox.next("hook", NOW + 3)
    assert (again.event, again.tries) == (event(1), 1)
    assert [(each.outlet, each.waiting, each.done, each.error) for each in outbox.counts()] == [
        ("broker", 0, 2, None),
        ("hook", 2, 0, "answered 503"),
    ]


@pytest.mark.parametrize(
    ("tries", "longest"), [(1, 2.0), (2, 4.0), (5, 32.0), (9, LONGEST_PAUSE_S), (5000, LONGEST_PAUSE_S)]
)
def test_pauses_grow_to_five_minutes_with_jitter(tries, longest):
    pauses = [pause_s(tries) for _ in range(200)]
    assert min(pauses) >= SHORTEST_PAUSE_S
    assert longest / 2 < max(pauses) <= longest
    assert len(set(pauses)) > 100


@pytest.mark.parametrize(
    ("asked", "early", "late"),
    [
        (30.0, NOW + 29, NOW + 31),
        (0.0, NOW + 0.5, NOW + 1.5),
        (1e6, NOW + LONGEST_PAUSE_S - 1, NOW + LONGEST_PAUSE_S + 1),
    ],
)
def test_a_receiver_says_within_bounds_when_to_try_again(tmp_path, outbox, asked, early, late):
    record(tmp_path, [1])
    outbox.failed(outbox.next("hook", NOW), "answered 429", NOW, asked)
    assert outbox.next("hook", early) is None
    assert outbox.next("hook", late) is not None


@pytest.mark.parametrize("jump", [-20 * 365 * DAY, -DAY, -3600.0, 3600.0, DAY])
def test_a_clock_that_is_set_costs_one_try_and_then_pauses_as_before(tmp_path, outbox, jump):
    record(tmp_path, [1])
    outbox.failed(outbox.next("hook", NOW), "no route", NOW)
    tried = outbox.next("hook", NOW + jump)
    assert tried is not None
    outbox.failed(tried, "no route", NOW + jump)
    assert outbox.next("hook", NOW + jump) is None
    assert outbox.next("hook", NOW + jump + 4) is not None


def test_what_is_refused_holds_up_nothing(tmp_path, outbox):
    record(tmp_path, [1, 2])
    outbox.refused(outbox.next("hook", NOW), "answered 400")
    assert numbers_in_line(outbox) == [2]
    (counts,) = outbox.counts()
    assert (counts.waiting, counts.done, counts.refused, counts.error) == (0, 1, 1, None)


def test_an_event_that_may_be_at_fault_itself_lets_others_pass_after_ten_tries(tmp_path, outbox):
    record(tmp_path, [1, 2, 3])
    now = NOW
    for _ in range(10):
        delivery = outbox.next("hook", now)
        assert int(delivery.event.id) == 1
        outbox.failed(delivery, "answered 500", now, only_it=True)
        now += LONGEST_PAUSE_S
    assert numbers_in_line(outbox, now=now) == [2, 3, 1]


def test_a_receiver_that_is_down_loses_no_order(tmp_path, outbox):
    record(tmp_path, [1, 2])
    now = NOW
    for _ in range(12):
        outbox.failed(outbox.next("hook", now), "no route", now)
        now += LONGEST_PAUSE_S
    assert numbers_in_line(outbox, now=now) == [1, 2]


def test_a_delivery_is_given_up_when_it_waited_too_long_by_a_clock_that_nobody_sets(tmp_path, outbox):
    record(tmp_path, [1])
    outbox.failed(outbox.next("hook", NOW), "no route", NOW)
    assert outbox.purge(2, passed_s=1.5 * DAY) == 0
    record(tmp_path, [2])
    assert outbox.purge(2, passed_s=0.6 * DAY) == 1
    assert numbers_in_line(outbox) == [2]
    (counts,) = outbox.counts()
    assert (counts.done, counts.given_up) == (1, 1)
    with transaction(tmp_path, SCHEMA) as connection:
        (row,) = connection.execute("select error from deliveries where state = 'given_up'").fetchall()
    assert row["error"] == "waited for 2 days: no route"


def test_an_outlet_that_was_removed_is_not_waited_for(tmp_path, outbox):
    record(tmp_path, [1, 2], ["hook", "old"])
    assert outbox.keep_only(["hook"]) == 2
    assert outbox.keep_only(["hook"]) == 0
    assert [(each.outlet, each.waiting, each.given_up) for each in outbox.counts()] == [("hook", 2, 0), ("old", 0, 2)]


def test_rows_are_bounded_and_totals_are_not(tmp_path, outbox, monkeypatch):
    monkeypatch.setattr("helmet_service.alarms.outbox._MOST_WAITING", 4)
    monkeypatch.setattr("helmet_service.alarms.outbox._MOST_ENDED", 3)
    record(tmp_path, range(1, 6))
    assert numbers_in_line(outbox) == [1, 2, 3, 4, 5]
    record(tmp_path, range(6, 12))
    assert outbox.purge(30, 0.0) == 2
    with transaction(tmp_path, SCHEMA) as connection:
        states = connection.execute("select number, state from deliveries order by number").fetchall()
    assert [tuple(row) for row in states] == [
        (5, "done"), (6, "given_up"), (7, "given_up"), *((number, "waiting") for number in range(8, 12))
    ]  # fmt: skip
    (counts,) = outbox.counts()
    assert (counts.waiting, counts.done, counts.given_up) == (4, 5, 2)


def test_before_anything_happened_nothing_is_counted_and_no_file_is_made(tmp_path, outbox):
    assert outbox.counts() == []
    assert list(tmp_path.iterdir()) == []
