"""What is kept of alarms: rows in `alarms.db`, pictures in `evidence/`, and events that wait for outlets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final, Literal

from helmet_service.alarms import outbox
from helmet_service.alarms.alarm import Acknowledgement, Alarm, AlarmCounts
from helmet_service.alarms.database import reading, transaction
from helmet_service.alarms.events import AlarmFacts, CameraTrouble, Event
from helmet_service.alarms.evidence_folder import Evidence, EvidenceFile, EvidenceFolder
from helmet_service.alarms.purging import Kept, doomed
from helmet_service.cameras.camera import AlarmRules
from helmet_service.http.request_ids import new_request_id
from helmet_service.verdicts.boxes import Box

_SCHEMA: Final = (
    """
create table if not exists alarms (
    number integer primary key autoincrement, id text not null unique, camera text not null, camera_name text not null,
    zone text not null, track integer not null, began real not null, told real not null, ended real, why_ended text,
    confidence real, repeats integer not null, acknowledged text, watched_s real not null,
    evidence_bytes integer not null default 0, box text
);
create index if not exists open_alarms on alarms (camera) where ended is null;
create index if not exists empty_places on alarms (camera)
    where json_extract(acknowledged, '$.reason') = 'nobody_there';
create table if not exists events (
    id text primary key, alarm text references alarms (id) on delete cascade deferrable initially deferred,
    at real not null, kind text not null, camera text not null, trouble text, watched_s real not null
);
create index if not exists events_of_alarms on events (alarm);
create table if not exists watched (one integer primary key check (one = 1), seconds real not null);
"""
    + outbox.SCHEMA
)
_COLUMNS: Final = tuple(field.name for field in fields(Alarm) if field.name not in {"acknowledged", "box"})


class AlarmStore:
    """The alarms in a folder (WATCH_DIR), for threads and processes alike.

    Every method raises `StoreError` where the disk or the database does not allow it now.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._evidence = EvidenceFolder(folder)

    def record(
        self, events: Iterable[Event], outlets: Iterable[str] = (), evidence: Mapping[str, Evidence] | None = None
    ) -> None:
        """Keep events, what they change of their alarms, and their deliveries: all of it, or nothing.

        outlets: names of those to tell. evidence: of alarms, by id, that begin by these events. Events that are kept
        already change nothing: what failed may be tried again as it was.
        """
        outlets = tuple(outlets)
        with transaction(self._folder, _SCHEMA) as connection:
            for event in events:
                _record(connection, event, outlets)
            for alarm, files in (evidence or {}).items():
                size = self._evidence.write(alarm, files)
                box = json.dumps(asdict(files.person))
                connection.execute("update alarms set evidence_bytes = ?, box = ? where id = ?", (size, box, alarm))

    def alarms(
        self,
        *,
        camera: str | None = None,
        state: Literal["open", "ended"] | None = None,
        acknowledged: bool | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> tuple[list[Alarm], bool]:
        """The newest alarms first, and whether there are more. before: an alarm's id; only older ones."""
        values = {
            "camera": camera,
            "open": None if state is None else state == "open",
            "acknowledged": acknowledged,
            "before": before,
            "limit": limit + 1,
        }
        with reading(self._folder, _SCHEMA) as connection:
            rows = connection.execute(
                "select * from alarms where (:camera is null or camera = :camera)"
                " and (:open is null or (ended is null) = :open)"
                " and (:acknowledged is null or (acknowledged is not null) = :acknowledged)"
                " and (:before is null or id < :before) order by id desc limit :limit",
                values,
            ).fetchall()
        return [_alarm(row) for row in rows[:limit]], len(rows) > limit

    def alarm(self, alarm: str) -> Alarm | None:
        """One alarm by its id; None where none has it (any more)."""
        with reading(self._folder, _SCHEMA) as connection:
            row = connection.execute("select * from alarms where id = ?", (alarm,)).fetchone()
        return row and _alarm(row)

    def open_alarms(self, camera: str | None = None) -> list[Alarm]:
        """The alarms that last, of one camera or all, the oldest first."""
        with reading(self._folder, _SCHEMA) as connection:
            rows = connection.execute(
                "select * from alarms where ended is null and (:camera is null or camera = :camera) order by number",
                {"camera": camera},
            ).fetchall()
        return [_alarm(row) for row in rows]

    def false_alarms(self, since: float = 0.0) -> list[Alarm]:
        """The alarms that somebody called false, told from this time on (seconds since 1970), the oldest first."""
        with reading(self._folder, _SCHEMA) as connection:
            rows = connection.execute(
                "select * from alarms where json_extract(acknowledged, '$.false_alarm') and told >= ? order by number",
                (since,),
            ).fetchall()
        return [_alarm(row) for row in rows]

    def called_empty(self, camera: str, after: float, until: float) -> list[Alarm]:
        """The alarms of a camera of which somebody said after one time (seconds since 1970), and up to another, that
        nobody is there; the oldest first.
        """
        with reading(self._folder, _SCHEMA) as connection:
            rows = connection.execute(
                "select * from alarms where json_extract(acknowledged, '$.reason') = 'nobody_there' and camera = ?"
                " and json_extract(acknowledged, '$.at') > ? and json_extract(acknowledged, '$.at') <= ?"
                " order by number",
                (camera, after, until),
            ).fetchall()
        return [_alarm(row) for row in rows]

    def counts(self) -> AlarmCounts:
        """How much is kept."""
        with reading(self._folder, _SCHEMA) as connection:
            row = connection.execute(
                "select (select coalesce(max(seq), 0) from sqlite_sequence where name = 'alarms') as told,"
                " count(*) as kept, count(*) - count(ended) as open, count(*) - count(acknowledged)"
                " as unacknowledged, coalesce(sum(evidence_bytes), 0) as evidence_bytes from alarms"
            ).fetchone()
        return AlarmCounts(**dict(row))

    def evidence_file(self, alarm: str, name: EvidenceFile) -> Path | None:
        """A file of an alarm's evidence; None where there is no such alarm, or it has none."""
        if self.alarm(alarm) is None:
            return None
        path = self._evidence.file(alarm, name)
        return path if path.exists() else None

    def acknowledge(self, alarm: str, acknowledgement: Acknowledgement) -> Alarm | None:
        """Write down that somebody saw an alarm, in place of what was said before; None where no alarm has this id."""
        with transaction(self._folder, _SCHEMA) as connection:
            row = connection.execute(
                "update alarms set acknowledged = ? where id = ? returning *",
                (json.dumps(asdict(acknowledgement), ensure_ascii=False), alarm),
            ).fetchone()
        return row and _alarm(row)

    def end_open(self, now: float) -> list[Event]:
        """The events, to be recorded, that end the alarms which a watch left open that has ended."""
        return [
            Event(new_request_id(), "alarm_off", now, alarm.camera, alarm.camera_name, alarm.facts("watch_restarted"))
            for alarm in self.open_alarms()
        ]

    def trouble(self, camera: str) -> CameraTrouble | None:
        """What outlets were told last that is wrong with a camera; None: nothing."""
        with reading(self._folder, _SCHEMA) as connection:
            row = connection.execute(
                "select trouble from events where alarm is null and camera = ? order by rowid desc limit 1", (camera,)
            ).fetchone()
        trouble: CameraTrouble | None = row and row["trouble"]
        return trouble

    def purge(self, rules: AlarmRules, *, passed_s: float) -> int:
        """Remove alarms beyond the bounds of `rules`, and evidence of none; returns how many alarms went.

        passed_s: since the last call, by a clock that nobody sets: alarms age by it, so that a clock which is set a
        year ahead removes nothing. Open alarms stay. Size removes those that outlets still wait for at last, age
        does not.
        """
        with transaction(self._folder, _SCHEMA) as connection:
            connection.execute(
                "insert into watched values (1, ?) on conflict do update set seconds = seconds + excluded.seconds",
                (passed_s,),
            )
            now_s = _watched_s(connection)
            gone = doomed(_kept(connection), rules, now_s)
            connection.executemany("delete from alarms where id = ?", [(alarm,) for alarm in gone])
            connection.execute(
                "delete from events where alarm is null and watched_s < ?"
                " and rowid not in (select max(rowid) from events where alarm is null group by camera)",
                (now_s - rules.keep_days * 86_400,),
            )
        with transaction(self._folder, _SCHEMA) as connection:  # rows first: none lacks its pictures after a crash
            self._evidence.keep_only({row["id"] for row in connection.execute("select id from alarms")})
        return len(gone)


def _record(connection: sqlite3.Connection, event: Event, outlets: Iterable[str]) -> None:
    alarm = event.alarm and event.alarm.id
    watched_s = _watched_s(connection)
    is_new = connection.execute(
        "insert or ignore into events values (?, ?, ?, ?, ?, ?, ?)",
        (event.id, alarm, event.at, event.kind, event.camera, event.trouble, watched_s),
    ).rowcount
    if is_new:
        if event.alarm:
            _record_alarm(connection, event, event.alarm, watched_s)
        outbox.put(connection, event, outlets)


def _record_alarm(connection: sqlite3.Connection, event: Event, facts: AlarmFacts, watched_s: float) -> None:
    """The first event that is kept of an alarm makes its row: with a new database, that may be its last."""
    row = {
        "id": facts.id,
        "camera": event.camera,
        "camera_name": event.camera_name,
        "zone": facts.zone,
        "track": facts.track,
        "began": facts.began,
        "told": event.at,
        "ended": event.at if event.kind == "alarm_off" else None,
        "why_ended": facts.why_ended,
        "confidence": facts.confidence,
        "repeats": facts.repeats,
        "watched_s": watched_s,
    }
    changed = ", ".join(f"{name} = :{name}" for name in ("ended", "why_ended", "confidence", "repeats"))
    if connection.execute(f"update alarms set {changed} where id = :id", row).rowcount == 0:  # noqa: S608  our own words
        # No upsert: each would take a number, by which alarms are counted.
        columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
        connection.execute(f"insert into alarms ({columns}) values ({values})", row)  # noqa: S608


def _watched_s(connection: sqlite3.Connection) -> float:
    """How long the watch has run up to the last purge, in seconds: the clock that alarms age by."""
    seconds: float = connection.execute("select coalesce(max(seconds), 0.0) from watched").fetchone()[0]
    return seconds


def _kept(connection: sqlite3.Connection) -> list[Kept]:
    waiting = outbox.waiting_alarms(connection)
    return [
        Kept(row["id"], row["watched_s"], row["evidence_bytes"], row["ended"] is None, row["id"] in waiting)
        for row in connection.execute("select id, watched_s, evidence_bytes, ended from alarms order by number")
    ]


def _alarm(row: sqlite3.Row) -> Alarm:
    said, box = row["acknowledged"], row["box"]
    return Alarm(
        **{name: row[name] for name in _COLUMNS},
        acknowledged=said and Acknowledgement(**json.loads(said)),
        box=box and Box(**json.loads(box)),
    )
