"""Business hours: several spans a day in a time zone, and days on which nobody is there.

Built by `app` from the settings; asked by flow when it tells a customer whether people are there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
        local = datetime.fromtimestamp(instant / SECOND, self.zone)
        return any(start <= local < end for start, end in self._spans(local.date()))

    def next_opening(self, instant: int) -> int | None:
        """The first instant from this one on at which the desk is open; None if there is none within a year."""
        local = datetime.fromtimestamp(instant / SECOND, self.zone)
        for day in range(LOOK_AHEAD_DAYS):
            for start, end in self._spans(local.date() + timedelta(days=day)):
                if local < end:
                    return max(instant, int(start.astimezone(UTC).timestamp() * SECOND))
        return None

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if day in self.closed:
            return []
        return [(self._at(day, span.start), self._at(day, span.end, last=True)) for span in self.week[day.weekday()]]

    def _at(self, day: date, at: time, *, last: bool = False) -> datetime:
        if last and at == time(0):
            day += timedelta(days=1)
        return datetime.combine(day, at, self.zone)


def parse_hours(zone: str, week: Mapping[str, Sequence[str]], closed: Sequence[str] = ()) -> Hours:
    """From texts such as {"monday": ["09:00-12:00", "13:00-17:00"]}. Raises ValueError naming what it cannot read."""
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {zone!r}; use a name such as Europe/Berlin") from None
    spans = tuple(tuple(_span(day, text) for text in week.get(day, ())) for day in DAYS)
    return Hours(place, spans, frozenset(date.fromisoformat(text) for text in closed))


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
    return time(0) if text == "24:00" else time.fromisoformat(text)
