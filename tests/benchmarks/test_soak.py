from __future__ import annotations

import pytest

from benchmarks.soak import Sample, growth, table

MINUTES = range(0, 3600, 60)


def run(memory_mb=lambda _: 400, threads=lambda _: 25, files=lambda _: 50):
    """An hour of one worker, each value by the second."""
    return [Sample(s, 7, memory_mb(s), threads(s), files(s)) for s in MINUTES]


def test_what_is_flat_is_no_fault():
    assert growth(run()) == []


def test_what_is_only_needed_at_the_start_or_for_a_moment_is_no_fault():
    assert growth(run(memory_mb=lambda s: 900 if s in (1200, 3000) else min(400, 250 + s))) == []


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ({"memory_mb": lambda s: 400 + s / 30}, "at most 50 MB more memory, got 72"),
        ({"threads": lambda s: 25 + s // 300}, "at most 4 more threads"),
        ({"files": lambda s: 50 + s // 30}, "at most 40 more open files"),
    ],
)
def test_what_grows_all_the_time_is_a_fault(what, fault):
    (told,) = growth(run(**what))
    assert "worker 7" in told
    assert fault in told


def test_the_table_tells_the_slope_after_the_first_tenth():
    (row,) = table(run(memory_mb=lambda s: 400 + s / 36)).splitlines()[2:]
    assert row.startswith("| 1 | 400 | 410 |")
    assert "| +100.0 |" in row
