from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from helmet_service.http.problems import Problem
from helmet_service.http.rate_limit import RateLimit, shared_counts


@pytest.fixture
def now(monkeypatch):
    """The monotonic clock, to be turned by hand."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


def let_in(limit, client="key 1"):
    """Whether a request is, or after how many seconds it would be."""
    try:
        limit.count(client)
    except Problem as problem:
        return int(problem.headers["Retry-After"])
    return True


def test_a_client_makes_so_many_requests_in_a_period(now):
    limit = RateLimit(2, 60)
    assert [let_in(limit) for _ in range(4)] == [True, True, 60, 60]
    now[0] += 59.5
    assert let_in(limit) == 1
    now[0] += 0.5
    assert [let_in(limit) for _ in range(3)] == [True, True, 60]


def test_clients_do_not_take_from_each_other(now):
    limit = RateLimit(1, 60)
    assert [let_in(limit, client) for client in ("key 1", "key 2", "key 1")] == [True, True, 60]


def test_without_a_limit_nobody_is_refused():
    limit = RateLimit(0, 1)
    assert [let_in(limit) for _ in range(100)] == [True] * 100


def test_the_refusal_tells_the_limit(now):
    limit = RateLimit(1, 10)
    limit.count("key 1")
    with pytest.raises(Problem) as raised:
        limit.count("key 1")
    assert raised.value.status == 429
    assert [(e.field, e.expected, e.got) for e in raised.value.errors] == [("requests", "at most 1 in 10 s", "more")]


def test_clients_that_ask_no_more_are_forgotten(now, tmp_path):
    path = str(tmp_path / "counts")
    limit = RateLimit(5, 60, path)
    for client in range(50):
        limit.count(f"address {client}")
    now[0] += 61
    limit.count("address new")
    with closing(sqlite3.connect(path)) as counts:
        assert counts.execute("SELECT count(*) FROM counts").fetchone() == (1,)


def test_all_who_count_in_one_file_count_together(tmp_path):
    path = str(tmp_path / "counts")
    limits = [RateLimit(100, 3600, path) for _ in range(4)]
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(let_in, limits * 40))
    assert answers.count(True) == 100
    assert len(answers) == 160


def test_counts_that_cannot_be_kept_refuse_nobody_and_are_logged(tmp_path, caplog):
    path = str(tmp_path / "counts")
    limit = RateLimit(1, 60, path)
    with closing(sqlite3.connect(path)) as counts:
        counts.execute("DROP TABLE counts")
    assert [let_in(limit) for _ in range(2)] == [True, True]
    assert "requests cannot be counted: no such table: counts" in caplog.text


def test_the_shared_file_is_one_in_a_process_and_nobody_elses():
    path = Path(shared_counts())
    assert shared_counts() == str(path)
    assert path.parent.stat().st_mode & 0o777 == 0o700
