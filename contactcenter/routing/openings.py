"""When a desk is open, as stretches of instants, a page of days at a time.

`hours` makes pages of its week and asks them. The clock on the wall ends here: above are instants alone, so that no
question is put to a time zone twice. Refuses nothing; what lies outside the years below is in no page.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from operator import sub
from zoneinfo import ZoneInfo

from contactcenter.model.columns import DAY, SECOND

EPOCH = date(1970, 1, 1).toordinal()
PAGE_DAYS = 32
PAGE = PAGE_DAYS * DAY  # of UTC, so that a page is found by a division
PAGES = (date(2300, 1, 1).toordinal() - EPOCH) // PAGE_DAYS  # from 1970 to the end of 2299, less some days
DAY_SECONDS = 24 * 60 * 60
MICROSECOND, NO_OFFSET = timedelta(microseconds=1), timedelta()

# Days of the wall clock that can reach into a page, before and after its own: a span runs into the next day, and no
# clock is further from UTC than 16 hours.
BEFORE, AFTER = 3, 1


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to but not including `end`, in seconds of the wall clock since the day began.

    An end after 86,400 is one of the next day.
    """

    start: int
    end: int


Week = tuple[tuple[Span, ...], ...]
"""The spans of each day, Monday first."""


@dataclass(frozen=True, slots=True)
class Page:
    """The stretches of some days in which the desk is open, in order and apart; microseconds."""

    starts: "array[int]"
    ends: "array[int]"
    through: "array[int]"  # open time from the page's beginning to the end of each
    total: int  # open time of the whole page

    def covers(self, instant: int) -> bool:
        """Is the desk open then?"""
        before = bisect_right(self.starts, instant)
        return before > 0 and instant < self.ends[before - 1]

    def opened(self, instant: int) -> int:
        """Open time from the page's beginning to that instant, which may lie outside."""
        before = bisect_right(self.starts, instant)
        if not before:
            return 0
        return self.through[before - 1] - max(0, self.ends[before - 1] - instant)

    def reached(self, opened: int) -> int:
        """The first instant at which so much open time has passed: more than none, and at most the total."""
        within = bisect_left(self.through, opened)
        return self.ends[within] - (self.through[within] - opened)


def number_of(instant: int) -> int:
    """Of the page to ask about an instant: its own, or the nearest there is."""
    return min(max(instant // PAGE, 0), PAGES - 1)


def make_page(zone: ZoneInfo, week: Week, is_off: Callable[[date], bool], number: int) -> Page:
    """The stretches of a page; those that touch or overlap are one."""
    opens, closes = number * PAGE, (number + 1) * PAGE
    starts, ends = array("q"), array("q")
    first = EPOCH + number * PAGE_DAYS
    for ordinal in range(first - BEFORE, first + PAGE_DAYS + AFTER):
        for begins, finishes in _stretches(zone, week, is_off, ordinal):
            start, end = max(begins, opens), min(finishes, closes)
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            elif start < end:
                starts.append(start)
                ends.append(end)
    through = array("q", accumulate(map(sub, ends, starts)))
    return Page(starts, ends, through, through[-1] if through else 0)


def _stretches(zone: ZoneInfo, week: Week, is_off: Callable[[date], bool], ordinal: int) -> Iterator[tuple[int, int]]:
    """Those that begin on a day; its night is its own, so that a day off after it takes nothing of it."""
    spans = week[(ordinal - 1) % 7]  # the first of January of the year 1 was a Monday
    if not spans or is_off(date.fromordinal(ordinal)):
        return
    offset = zone.utcoffset(datetime.fromordinal(ordinal)) or NO_OFFSET
    steady = zone.utcoffset(datetime.fromordinal(ordinal + 2)) == offset
    midnight = (ordinal - EPOCH) * DAY - offset // MICROSECOND
    for span in spans:
        if steady:  # the clock is not changed in these two days
            yield midnight + span.start * SECOND, midnight + span.end * SECOND
        else:
            yield _first_shown(zone, ordinal, span.start) * SECOND, _first_shown(zone, ordinal, span.end) * SECOND


def _first_shown(zone: ZoneInfo, ordinal: int, second: int) -> int:
    """The first instant (seconds) at which the clock on the wall shows that time of that day, or a later one.

    So a time that spring skips is when the clock is changed, and one that autumn repeats is when it comes first.
    """
    wall = datetime.fromordinal(ordinal) + timedelta(seconds=second)
    instant = _seconds(wall.replace(tzinfo=zone))
    other = _seconds(wall.replace(tzinfo=zone, fold=1))
    if other >= instant:
        return instant
    around = range(other, instant + 1)  # no clock shows that time (PEP 495): it is changed between the two
    return around[bisect_left(around, wall, key=lambda at: _shown(zone, at))]


def _seconds(wall: datetime) -> int:
    return int(wall.timestamp())


def _shown(zone: ZoneInfo, second: int) -> datetime:
    return datetime.fromtimestamp(second, zone).replace(tzinfo=None)
