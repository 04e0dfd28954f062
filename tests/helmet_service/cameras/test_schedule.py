from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.cameras.schedule import Schedule, WeeklySpan

MONDAY = datetime(2026, 11, 23)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPANS = st.builds(
    WeeklySpan,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1440),
).filter(lambda span: span.begins != span.ends)


def at(text: str) -> datetime:
    """ "sat 23:59" -> that time of a week."""
    day, _, hour = text.partition(" ")
    return MONDAY + timedelta(days=DAYS.index(day), hours=int(hour[:2]), minutes=int(hour[3:]))


@pytest.mark.parametrize(
    ("texts", "on", "off"),
    [
        ((), ("mon 00:00", "sun 23:59"), ()),
        (("mon-fri 06:00-18:00",), ("mon 06:00", "fri 17:59"), ("mon 05:59", "fri 18:00", "sat 12:00")),
        (("sat,sun 22:00-06:00",), ("sat 22:00", "sun 05:59", "mon 05:59"), ("sat 05:59", "mon 06:00", "mon 23:00")),
        (("fri-mon 08:00-09:00",), ("fri 08:00", "sun 08:30", "mon 08:59"), ("tue 08:30", "thu 08:30")),
        (("Daily 00:00-24:00",), ("mon 00:00", "sun 23:59"), ()),
        (("daily 23:00-00:00",), ("mon 23:59",), ("tue 00:00", "mon 22:59")),
        (("mon 06:00-07:00", "tue,thu-fri 06:00-07:00"), ("mon 06:30", "fri 06:30"), ("wed 06:30",)),
    ],
)
def test_a_camera_is_watched_at_its_times(texts, on, off):
    schedule = Schedule.parse(texts)
    assert {time: schedule.is_on(at(time)) for time in (*on, *off)} == dict.fromkeys(on, True) | dict.fromkeys(
        off, False
    )


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ((), "always"),
        (("sun-tue,thu 22:00-06:00",), "mon-tue,thu,sun 22:00-06:00"),
        (("mon-fri  06:00-18:00", "DAILY 22:00-24:00"), "mon-fri 06:00-18:00; daily 22:00-24:00"),
    ],
)
def test_a_schedule_says_itself(texts, words):
    assert Schedule.parse(texts).in_words() == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mon",
        "06:00-18:00",
        "mon 6:00-18:00",
        "mon 06:00-24:01",
        "mon 06:60-07:00",
        "mon 06:00-06:00",
        "mon 24:00-06:00",
        "monday 06:00-07:00",
        "mon, tue 06:00-07:00",
        "mon-tue-wed 06:00-07:00",
        "mon ٠٦:00-07:00",
    ],
)
def test_another_text_is_no_time_of_the_week(text):
    with pytest.raises(ValueError, match="hours"):
        WeeklySpan.parse(text)


@settings(max_examples=50)
@given(SPANS)
def test_a_span_in_words_is_read_as_the_same(span):
    assert WeeklySpan.parse(span.in_words()) == span


@settings(max_examples=50)
@given(SPANS.filter(lambda span: span.ends <= span.begins), st.integers(0, 7 * 1440 - 1))
def test_a_span_over_midnight_is_one_before_it_and_one_behind_it(span, minute):
    before = WeeklySpan(span.days, span.begins, 1440)
    behind = WeeklySpan(frozenset((day + 1) % 7 for day in span.days), 0, span.ends)
    now = MONDAY + timedelta(minutes=minute)
    assert span.holds(now) == (before.holds(now) or (span.ends > 0 and behind.holds(now)))
