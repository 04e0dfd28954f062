from __future__ import annotations

import pytest

from helmet_service.observing.recent_problems import RecentProblems
from helmet_service.observing.shared_records import Records, read_records

NO_PROCESS = 2**22 + 1  # beyond the largest number that Linux gives
ID = "01M7Y1YYD3GG2GVN7STYYK1ZQ0"


@pytest.fixture
def now(monkeypatch):
    clock = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    return clock


def kinds(problems):
    return [(told["route"], told["status"], told["reason"], told["count"]) for told in problems.told()]


def note(problems, now, *reasons):
    for reason in reasons:
        now[0] += 1
        problems.note("/", 503, reason, f"{ID[:-4]}{now[0] % 10_000:04.0f}")


def test_a_kind_is_told_once_with_its_count_and_what_was_last(now):
    problems = RecentProblems(None)
    note(problems, now, "queue_full", "loading", "queue_full")
    assert kinds(problems) == [("/", 503, "queue_full", 2), ("/", 503, "loading", 1)]
    latest = problems.told()[0]
    assert (latest["last_s"], latest["request_id"]) == (1_000_003.0, f"{ID[:-4]}0003")


def test_the_twenty_latest_of_any_number_of_kinds_are_told(now):
    problems = RecentProblems(None)
    note(problems, now, "first", *(f"reason {number}" for number in range(100)), "first")
    told = [problem["reason"] for problem in problems.told()]
    assert told == ["first", *(f"reason {number}" for number in range(99, 80, -1))]
    assert problems.told()[0]["count"] == 1  # its place was needed in between


def workers(monkeypatch, folder, *pids):
    """The problems of workers with these process numbers."""
    for pid in pids:
        monkeypatch.setattr("os.getpid", lambda pid=pid: pid)
        yield RecentProblems(folder)


def test_all_workers_tell_those_of_all(now, monkeypatch, tmp_path):
    first, second = workers(monkeypatch, tmp_path, 1, 2)
    monkeypatch.setattr("psutil.pid_exists", lambda pid: True)
    note(first, now, "queue_full", "queue_full")
    note(second, now, "loading", "queue_full")
    assert kinds(first) == kinds(second) == [("/", 503, "queue_full", 3), ("/", 503, "loading", 1)]


def test_those_of_an_ended_worker_are_told_for_ten_minutes(now, monkeypatch, tmp_path):
    ended, living = workers(monkeypatch, tmp_path, NO_PROCESS, 1)
    note(ended, now, "queue_full")
    note(living, now, "loading")
    now[0] += 598
    assert kinds(living) == [("/", 503, "loading", 1), ("/", 503, "queue_full", 1)]
    now[0] += 1
    assert kinds(living) == [("/", 503, "loading", 1)]
    assert [path.name for path in tmp_path.iterdir()] == ["problems_1.bin"]


def test_a_worker_with_an_ended_ones_number_begins_anew(now, monkeypatch, tmp_path):
    ended, new = workers(monkeypatch, tmp_path, 1, 1)
    note(ended, now, "queue_full")
    assert new.told() == []


def test_every_route_and_reason_fits_into_a_record(app):
    longest = max((rule.rule for rule in app.url_map.iter_rules()), key=len)
    problems = RecentProblems(None)
    problems.note(longest, 503, 40 * "x", ID)
    assert kinds(problems) == [(longest, 503, 40 * "x", 1)]


def test_half_a_record_is_none(tmp_path):
    path = tmp_path / "records"
    records = Records(path, 3)
    for place in (0, 2):
        records.write(place, {"place": place})
    with path.open("r+b") as file:
        file.write(b'{"pla')
        file.write(b"\0" * 20)
    assert records.read() == read_records(path) == [{"place": 2}]
    assert read_records(tmp_path / "removed") == []
