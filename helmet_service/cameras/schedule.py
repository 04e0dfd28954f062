"""When a camera is watched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from typing import Final, Self

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as `datetime.weekday` counts them
EXPECTED: Final = (
    'days and hours such as "mon-fri 06:00-18:00", "sat,sun 22:00-06:00" (over midnight) or "daily 00:00-12:30"'
)
"""What errors say that a time of the week is."""
_DAY: Final = f"(?:{'|'.join(_DAYS)})"
_SOME_DAYS: Final = f"{_DAY}(?:-{_DAY})?"
_HOUR: Final = r"(24:00|(?:[01][0-9]|2[0-3]):[0-5][0-9])"
_SPAN: Final = re.compile(rf"(daily|{_SOME_DAYS}(?:,{_SOME_DAYS})*) +{_HOUR}-{_HOUR}")


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """The same hours of some days.

    days: 0 (Monday) to 6, those on which it begins. begins, ends: in minutes since midnight, 0 to 1440, the end not
    included; one that ends before it begins ends on the next day.
    """

    days: frozenset[int]
    begins: int
    ends: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a text such as "mon-fri 06:00-18:00"; ValueError for another one."""
        match = _SPAN.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(EXPECTED)
        begins, ends = (60 * int(hour[:2]) + int(hour[3:]) for hour in match.groups()[1:])
        if begins in (ends, 24 * 60):
            raise ValueError("hours that begin before 24:00 and do not end at once")
        days = _DAYS[0] + "-" + _DAYS[-1] if match[1] == "daily" else match[1]
        return cls(frozenset(chain.from_iterable(map(_days_of, days.split(",")))), begins, ends)

    def holds(self, now: datetime) -> bool:
        """Whether this local time lies in it."""
        minute, day = 60 * now.hour + now.minute, now.weekday()
        if self.begins < self.ends:
            return day in self.days and self.begins <= minute < self.ends
        return (day in self.days and minute >= self.begins) or ((day - 1) % 7 in self.days and minute < self.ends)

    def in_words(self) -> str:
        """As `parse` reads it."""
        begins, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (self.begins, self.ends))
        return f"{_in_words(self.days)} {begins}-{ends}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of the week; none means always."""

    spans: tuple[WeeklySpan, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Read texts such as "mon-fri 06:00-18:00"; ValueError for the first that is none."""
        return cls(tuple(map(WeeklySpan.parse, texts)))

    def is_on(self, now: datetime) -> bool:
        """Whether the camera is watched at this local time."""
        return not self.spans or any(span.holds(now) for span in self.spans)

    def in_words(self) -> str:
        """Its times, separated by semicolons, or `always`."""
        return "; ".join(span.in_words() for span in self.spans) or "always"


def _days_of(text: str) -> Iterable[int]:
    """The days of "wed" or of "fri-mon", which goes over the week's end."""
    first, _, last = text.partition("-")
    begins = _DAYS.index(first)
    ends = _DAYS.index(last or first)
    return (day % 7 for day in range(begins, ends + 1 if begins <= ends else ends + 8))


def _in_words(days: frozenset[int]) -> str:
    """Days as "mon-wed,fri"."""
    if len(days) == 7:
        return "daily"
    runs = groupby(enumerate(sorted(days)), key=lambda placed: placed[1] - placed[0])
    names = ([_DAYS[day] for _, day in run] for _, run in runs)
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else run[0] for run in names)
