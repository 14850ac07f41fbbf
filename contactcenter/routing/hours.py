"""Business hours: several spans a day in a time zone, and days on which nobody is there.

Built by `app` from the settings; asked by flow when it tells a customer whether people are there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contactcenter.model.columns import SECOND

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LOOK_AHEAD_DAYS = 400  # a desk that stays closed for longer has no next opening


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to but not including `end`, local time; an end of 00:00 means midnight at the day's end."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of spans (Monday first), and the dates that are closed whatever their weekday."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    closed: frozenset[date] = frozenset()

    def open_at(self, instant: int) -> bool:
        """Is the desk open at this instant (microseconds)?"""
        return any(start <= instant < end for start, end in self._spans(self._day(instant)))

    def next_opening(self, instant: int) -> int | None:
        """The first instant from this one on at which the desk is open; None if there is none within a year."""
        today = self._day(instant)
        for ahead in range(LOOK_AHEAD_DAYS):
            coming = [start for start, end in self._spans(today + timedelta(days=ahead)) if instant < end]
            if coming:
                return max(instant, min(coming))
        return None

    def _day(self, instant: int) -> date:
        return datetime.fromtimestamp(instant // SECOND, self.zone).date()

    def _spans(self, day: date) -> list[tuple[int, int]]:
        """The day's spans as instants: wall clocks of one zone compare wrongly on the nights when they are changed."""
        if day in self.closed:
            return []
        return [(self._at(day, span.start), self._at(day, span.end, last=True)) for span in self.week[day.weekday()]]

    def _at(self, day: date, at: time, *, last: bool = False) -> int:
        if last and at == time(0):
            day += timedelta(days=1)
        return int(datetime.combine(day, at, self.zone).timestamp()) * SECOND


def parse_hours(zone: str, week: Mapping[str, Sequence[str]], closed: Sequence[str] = ()) -> Hours:
    """From texts such as {"monday": ["09:00-12:00", "13:00-17:00"]}. Raises ValueError naming what it cannot read."""
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {zone!r}; use a name such as Europe/Berlin") from None
    spans = tuple(tuple(_span(day, text) for text in week.get(day, ())) for day in DAYS)
    return Hours(place, spans, frozenset(_date(text) for text in closed))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"closed_on: {text!r} is not a date such as 2026-12-25") from None


def _span(day: str, text: str) -> Span:
    start, dash, end = text.partition("-")
    try:
        span = Span(_time(start), _time(end))
    except ValueError:
        raise ValueError(f"{day}: {text!r} is not a span such as 09:00-17:00") from None
    if not dash or (span.end <= span.start and span.end != time(0)):
        raise ValueError(f"{day}: {text!r} ends before it starts")
    return span


def _time(text: str) -> time:
    text = text.strip()
    at = time(0) if text == "24:00" else time.fromisoformat(text)
    if at.tzinfo is not None:
        raise ValueError("the zone is told by the setting timezone")
    return at
