"""What outlets still have to be told: events wait in `alarms.db` until each outlet has them, whatever ends the process.

An outlet is told in the order of events. A delivery is done when that is written down, after the outlet was told: an
outlet may be told twice, with the same event id, but never not at all. A clock that is set to another time neither ages
deliveries nor holds them back for more than the longest pause.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from helmet_service.alarms.database import reading, transaction
from helmet_service.alarms.events import AlarmFacts, Event

DeliveryState = Literal["waiting", "done", "refused", "given_up"]

SCHEMA: Final = """
create table if not exists deliveries (
    number integer primary key autoincrement, outlet text not null, event_id text not null, event text not null,
    state text not null default 'waiting', place integer not null default 0, tries integer not null default 0,
    due real not null default 0, waited_s real not null default 0, error text, unique (outlet, event_id)
);
create index if not exists deliveries_in_line on deliveries (outlet, state, place, number);
create table if not exists delivery_totals (
    outlet text not null, state text not null, count integer not null, primary key (outlet, state)
)
"""

SHORTEST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
_LETS_PASS_AFTER: Final = 10  # tries, about a quarter of an hour
_MOST_WAITING: Final = 100_000  # of an outlet: 100 MB at most
_MOST_ENDED: Final = 1000  # of an outlet, for people who look what became of an event
_DAY_S: Final = 86400.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that an outlet has to be told. tries: that have failed."""

    number: int
    outlet: str
    event: Event
    tries: int


@dataclass(frozen=True, slots=True)
class OutletCounts:
    """How an outlet does. done, refused, given_up: deliveries since the beginning.

    error: in words, what the delivery that is next in line last failed by; None where it did not.
    """

    outlet: str
    waiting: int
    done: int
    refused: int
    given_up: int
    error: str | None


def put(connection: sqlite3.Connection, event: Event, outlets: Iterable[str]) -> None:
    """Let an event wait for these outlets, within the caller's transaction, whose schema includes `SCHEMA`."""
    text = json.dumps(asdict(event))
    connection.executemany(
        "insert into deliveries (outlet, event_id, event) values (?, ?, ?)",
        [(outlet, event.id, text) for outlet in outlets],
    )


def waiting_alarms(connection: sqlite3.Connection) -> set[str]:
    """The ids of alarms that some outlet has still to be told of."""
    alarms = "select distinct json_extract(event, '$.alarm.id') as id from deliveries where state = 'waiting'"
    return {row["id"] for row in connection.execute(alarms)}


def pause_s(tries: int) -> float:
    """How long to wait after so many failed tries: exponential backoff with full jitter."""
    return random.uniform(SHORTEST_PAUSE_S, min(LONGEST_PAUSE_S, 2.0 ** min(tries, 10)))


class Outbox:
    """The deliveries in a folder (WATCH_DIR). Times are seconds since 1970. Raises StoreError as `transaction` does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def next(self, outlet: str, now: float) -> Delivery | None:
        """What the outlet has to be told now; None where nothing waits, or what is next in line is not due yet."""
        with reading(self._folder, SCHEMA) as connection:
            row = connection.execute(
                "select number, event, tries, due from deliveries where outlet = ? and state = 'waiting'"
                " order by place, number limit 1",
                (outlet,),
            ).fetchone()
        if row is None or now < row["due"] <= now + LONGEST_PAUSE_S:  # later than that: the clock was set back
            return None
        return Delivery(row["number"], outlet, _event(row["event"]), row["tries"])

    def told(self, outlet: str) -> list[Event]:
        """The last events that the outlet has, in the order in which they were recorded."""
        with reading(self._folder, SCHEMA) as connection:
            rows = connection.execute(
                "select event from deliveries where outlet = ? and state = 'done' order by number", (outlet,)
            ).fetchall()
        return [_event(row["event"]) for row in rows]

    def done(self, delivery: Delivery) -> None:
        """The outlet has it."""
        self._end(delivery, "done", None)

    def refused(self, delivery: Delivery, error: str) -> None:
        """The outlet does not want it, and would not later."""
        self._end(delivery, "refused", error)

    def failed(
        self, delivery: Delivery, error: str, now: float, wait_s: float | None = None, *, only_it: bool = False
    ) -> None:
        """The outlet cannot be told now.

        error: in words, without secrets. wait_s: as long as the receiver asked for, at most `LONGEST_PAUSE_S` of it.
        only_it: the failure may be of this event alone: after some tries it goes to the end of the line.
        """
        tries = delivery.tries + 1
        due = now + (pause_s(tries) if wait_s is None else min(max(wait_s, SHORTEST_PAUSE_S), LONGEST_PAUSE_S))
        with transaction(self._folder, SCHEMA) as connection:
            connection.execute(
                "update deliveries set tries = ?, due = ?, error = ? where number = ? and state = 'waiting'",
                (tries, due, error, delivery.number),
            )
            if only_it and tries % _LETS_PASS_AFTER == 0:
                connection.execute("update deliveries set place = place + 1 where number = ?", (delivery.number,))

    def counts(self) -> list[OutletCounts]:
        """How each outlet does that ever was told something, in the order of their names."""
        with reading(self._folder, SCHEMA) as connection:
            totals = connection.execute("select outlet, state, count from delivery_totals").fetchall()
            waiting = connection.execute(
                "select outlet, count(*) as count from deliveries where state = 'waiting' group by outlet"
            ).fetchall()
            errors = {row["outlet"]: _next_error(connection, row["outlet"]) for row in waiting}
        counted = {(row["outlet"], row["state"]): row["count"] for row in totals}
        counted |= {(row["outlet"], "waiting"): row["count"] for row in waiting}
        return [
            OutletCounts(
                outlet,
                waiting=counted.get((outlet, "waiting"), 0),
                done=counted.get((outlet, "done"), 0),
                refused=counted.get((outlet, "refused"), 0),
                given_up=counted.get((outlet, "given_up"), 0),
                error=errors.get(outlet),
            )
            for outlet in sorted({outlet for outlet, _ in counted})
        ]

    def keep_only(self, outlets: Iterable[str]) -> int:
        """Give up what waits for any outlet but these; how many deliveries that were."""
        names = json.dumps(list(outlets))
        with transaction(self._folder, SCHEMA) as connection:
            return _give_up(
                connection, "outlet not in (select value from json_each(?))", (names,), "the outlet was removed"
            )

    def purge(self, keep_days: float, passed_s: float) -> int:
        """Give up what waited for longer than `keep_days`, or is too much, and forget the oldest that ended.

        passed_s: since the last call, by a clock that nobody sets; deliveries age by it. Returns how many it gave up.
        """
        with transaction(self._folder, SCHEMA) as connection:
            connection.execute("update deliveries set waited_s = waited_s + ? where state = 'waiting'", (passed_s,))
            given_up = _give_up(connection, "waited_s > ?", (keep_days * _DAY_S,), f"waited for {keep_days:g} days")
            given_up += _give_up(
                connection, _beyond("= 'waiting'"), (_MOST_WAITING,), f"more than {_MOST_WAITING} deliveries waited"
            )
            ended = _beyond("<> 'waiting'")
            connection.execute(f"delete from deliveries where {ended}", (_MOST_ENDED,))  # noqa: S608  our own words
        return given_up

    def _end(self, delivery: Delivery, state: DeliveryState, error: str | None) -> None:
        with transaction(self._folder, SCHEMA) as connection:
            changed = connection.execute(
                "update deliveries set state = ?, error = ? where number = ? and state = 'waiting'",
                (state, error, delivery.number),
            ).rowcount
            _count(connection, delivery.outlet, state, changed)


def _beyond(state: str) -> str:
    """The condition of rows in such a state beyond the newest so many (a parameter) of each outlet."""
    nth = "row_number() over (partition by outlet order by number desc) as nth"
    numbered = f"select number, {nth} from deliveries where state {state}"  # noqa: S608  our own words
    return f"number in (select number from ({numbered}) where nth > ?)"  # noqa: S608


def _give_up(connection: sqlite3.Connection, which: str, values: tuple[object, ...], why: str) -> int:
    given_up = "set state = 'given_up', error = ? || coalesce(': ' || error, '')"
    statement = f"update deliveries {given_up} where state = 'waiting' and {which} returning outlet"
    rows = connection.execute(statement, (why, *values)).fetchall()
    for row in rows:
        _count(connection, row["outlet"], "given_up", 1)
    return len(rows)


def _count(connection: sqlite3.Connection, outlet: str, state: DeliveryState, more: int) -> None:
    connection.execute(
        "insert into delivery_totals values (?, ?, ?) on conflict do update set count = count + excluded.count",
        (outlet, state, more),
    )


def _next_error(connection: sqlite3.Connection, outlet: str) -> str | None:
    error: str | None = connection.execute(
        "select error from deliveries where outlet = ? and state = 'waiting' order by place, number limit 1", (outlet,)
    ).fetchone()["error"]
    return error


def _event(text: str) -> Event:
    fields = json.loads(text)
    return Event(**{**fields, "alarm": fields["alarm"] and AlarmFacts(**fields["alarm"])})
