"""Business hours: several spans a day in a time zone, nights among them, and days on which nobody is there.

Made by `calendars` from the settings; asked by flow when it tells a customer whether people are there, and until when
something is promised. Every question is answered from pages of stretches (openings.py), of which it keeps some.
Knows no country and no holiday by name: it is given what to ask.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from contactcenter.routing.openings import DAY_SECONDS, PAGES, Page, Span, Week, make_page, number_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PAGES_KEPT = 128  # of 32 days each: eleven years

Holidays = Callable[[int], Container[date]]
"""The public holidays of a year. Asked from any thread, and about the same year more than once."""


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Dates on which no span begins: those that are named, and public holidays but for those that are worked."""

    named: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    holidays: Holidays | None = None

    def has(self, day: date) -> bool:
        """Is nobody there, whatever the weekday?"""
        if day in self.named:
            return True
        return self.holidays is not None and day not in self.worked and day in self.holidays(day.year)


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of spans, and the days off. All instants are microseconds; outside 1970 to 2299 the desk is closed.

    A span begins and ends at the first instant at which the clock on the wall shows its time, or a later one.
    """

    zone: ZoneInfo
    week: Week
    off: DaysOff = DaysOff()
    _page: Callable[[int], Page] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Pages are made when they are asked for. The cache is one for all threads; at worst two make the same page."""
        make = partial(make_page, self.zone, self.week, self.off.has)
        object.__setattr__(self, "_page", lru_cache(PAGES_KEPT)(make))

    @property
    def ever_open(self) -> bool:
        """Is there a span at all?"""
        return any(self.week)

    def open_at(self, instant: int) -> bool:
        """Is the desk open at this instant?"""
        return self._page(number_of(instant)).covers(instant)

    def next_opening(self, instant: int) -> int | None:
        """The first instant from this one on at which the desk is open; None if there is none."""
        passed = self.after(instant, 1)
        return None if passed is None else passed - 1

    def after(self, start: int, work: int) -> int | None:
        """The first instant at which `work` microseconds of open time have passed since `start`.

        What ends when the desk closes is over then, not when it opens again. No work, or less, is done at `start`,
        whether the desk is open or not. None where the desk is not open for so long any more.
        """
        if work <= 0:
            return start
        if not self.ever_open:
            return None
        first = number_of(start)
        due = work + self._page(first).opened(start)
        for number in range(first, PAGES):
            page = self._page(number)
            if due <= page.total:
                return page.reached(due)
            due -= page.total
        return None

    def between(self, start: int, end: int) -> int:
        """Open time from `start` up to `end`, in microseconds; 0 where that is not later."""
        if end <= start:
            return 0
        first, last = number_of(start), number_of(end)
        whole = sum(self._page(number).total for number in range(first, last))
        return whole + self._page(last).opened(end) - self._page(first).opened(start)


def parse_hours(
    zone: str,
    week: Mapping[str, Sequence[str]],
    closed: Sequence[str] = (),
    worked: Sequence[str] = (),
    holidays: Holidays | None = None,
) -> Hours:
    """From texts such as {"monday": ["09:00-12:00", "22:00-06:00"]}. Raises ValueError naming what it cannot read."""
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {zone!r}; use a name such as Europe/Berlin") from None
    spans = tuple(_merged([_span(day, text) for text in week.get(day, ())]) for day in DAYS)
    off, on = _dates("closed_on", closed), _dates("open_on", worked)
    for day in sorted(on):
        if day in off:
            raise ValueError(f"open_on: {day} is in closed_on, too")
        if not spans[day.weekday()]:
            raise ValueError(f"open_on: {day} is a {DAYS[day.weekday()].title()}, on which there are no hours to work")
    return Hours(place, spans, DaysOff(off, on, holidays))


def _dates(key: str, texts: Sequence[str]) -> frozenset[date]:
    return frozenset(_date(key, text) for text in texts)


def _date(key: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{key}: {text!r} is not a date such as 2026-12-25") from None


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """In order; those that overlap or touch are one, since a desk is open as soon as anybody is there."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def _span(day: str, text: str) -> Span:
    """09:00-17:00; what ends at or before its start ends on the next day, as 22:00-06:00 does, and 22:00-24:00."""
    first, _, last = (part.strip() for part in text.partition("-"))
    try:
        start, end = _second(first), DAY_SECONDS if last in ("24:00", "00:00") else _second(last)
    except ValueError:
        raise ValueError(f"{day}: {text!r} is not a span such as 09:00-17:00 or 22:00-06:00") from None
    if start == end:
        raise ValueError(f"{day}: {text!r} ends when it starts; a whole day is 00:00-24:00")
    return Span(start, end if start < end else end + DAY_SECONDS)


def _second(text: str) -> int:
    """Since midnight. Raises ValueError for what is no time of day, and for 24:00, which only ends a span."""
    at = time.fromisoformat(text)
    if at.tzinfo is not None or at.microsecond or text.startswith("24"):
        raise ValueError(text)
    return (at.hour * 60 + at.minute) * 60 + at.second
