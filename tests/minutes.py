"""A desk's hours by the minute: the oracle of routing/hours.py, of whose pages it knows nothing.

What the clock on the wall has shown by each minute of some months is asked of the zone, minute by minute, once. A
calendar is then painted on the wall's own minutes, and what is open is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from contactcenter.model.columns import DAY, HOUR, MINUTE
from contactcenter.routing.hours import DAYS, Hours, parse_hours

# Clocks that are changed at two, by half an hour, at midnight, and never.
ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu", "UTC",
)  # fmt: skip
WINDOW_DAYS = 120
WINDOWS = (date(2026, 2, 20), date(2026, 9, 20))  # each has a change of every clock that is changed
BEFORE = 2  # days of the wall that are painted before the window, and after it
A_DAY = 24 * 60


@dataclass(frozen=True)
class Clock:
    """What a zone's clock shows in each minute of a window, as minutes of the wall."""

    zone: str
    begins: date
    runs: tuple[tuple[int, int], ...]  # of the wall's minutes, as the window passes them; the last one reached stays
    changes: tuple[int, ...]  # minutes of the window at which the clock is changed

    @property
    def begin(self) -> int:
        """The window's first instant."""
        return (self.begins - date(1970, 1, 1)).days * DAY

    @property
    def end(self) -> int:
        return self.begin + WINDOW_DAYS * DAY


@cache
def clock_of(zone: str, begins: date) -> Clock:
    """The zone asked, minute by minute. Where the clock is put back, the latest time that it has shown goes on."""
    place, first = ZoneInfo(zone), int(datetime.combine(begins, time(), UTC).timestamp())
    runs: list[list[int]] = []
    changes, latest, before = [], -1, None
    for minute in range(WINDOW_DAYS * A_DAY):
        offset = datetime.fromtimestamp(first + minute * 60, place).utcoffset() or timedelta()
        shown = BEFORE * A_DAY + minute + offset // timedelta(minutes=1)
        if before is not None and shown != before + 1:
            changes.append(minute)
        before, latest = shown, max(latest, shown)
        if runs and runs[-1][1] == latest:
            runs[-1][1] += 1
        else:
            runs.append([latest, latest + 1])
    return Clock(zone, begins, tuple((start, end) for start, end in runs), tuple(changes))


@dataclass(frozen=True)
class Calendar:
    """As the settings have it."""

    clock: Clock
    week: dict[str, list[str]]
    closed: frozenset[date] = frozenset()
    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = field(default_factory=frozenset)

    def hours(self) -> Hours:
        """What is put to the test."""
        closed, worked = sorted(map(str, self.closed)), sorted(map(str, self.worked))
        return parse_hours(self.clock.zone, self.week, closed, worked, lambda year: self.holidays)

    def minutes(self) -> bytes:
        """One for each minute of the window in which the desk is open, zero for each other."""
        wall = bytearray((WINDOW_DAYS + 2 * BEFORE + 1) * A_DAY)
        for number in range(WINDOW_DAYS + 2 * BEFORE):
            day = self.clock.begins + timedelta(number - BEFORE)
            if day in self.closed or (day in self.holidays and day not in self.worked):
                continue
            for text in self.week[DAYS[day.weekday()]]:
                start, end = (number * A_DAY + int(at[:2]) * 60 + int(at[3:]) for at in text.split("-"))
                end += 0 if start < end else A_DAY
                wall[start:end] = b"\1" * (end - start)
        return b"".join(wall[start:end] for start, end in self.clock.runs)


def random_calendar(random: Random) -> Calendar:
    """Anything a settings file may have: breaks, nights, days without hours, days off, months off."""
    clock = clock_of(random.choice(ZONES), random.choice(WINDOWS))
    usual = [_span(random) for _ in range(random.choice((1, 1, 2, 3)))]
    week = {day: usual if random.random() < 0.7 else _spans(random) for day in DAYS}
    closed = {_day(random, clock) for _ in range(random.choice((0, 0, 3)))}
    if random.random() < 0.3:
        away = _day(random, clock)
        closed |= {away + timedelta(n) for n in range(random.choice((2, 14, 60, 75)))}
    holidays = frozenset(_day(random, clock) for _ in range(random.choice((0, 4))))
    can_work = sorted(day for day in holidays - closed if week[DAYS[day.weekday()]])
    return Calendar(clock, week, frozenset(closed), holidays, frozenset(can_work[: random.choice((0, 1))]))


def compare(calendar: Calendar, random: Random, questions: int = 3) -> int:
    """Whether closed form and count agree about some questions; answers how many deadlines the window had."""
    hours, minutes, clock = calendar.hours(), calendar.minutes(), calendar.clock
    within = 0
    for _ in range(questions):
        start = _instant(random, clock)
        end = start + random.choice((random.randrange(2 * DAY), random.randrange(45 * DAY)))
        assert hours.open_at(start) == bool(minutes[(start - clock.begin) // MINUTE])
        assert hours.between(start, end) == counted(minutes, start - clock.begin, end - clock.begin)
        assert hours.between(end, start) == 0
        work = random.choice((1, random.randrange(1, 12 * HOUR), HOUR * random.randrange(1, 400)))
        within += _is_due(hours.after(start, work), work, start, clock, minutes)
    return within


def _is_due(deadline: int | None, work: int, start: int, clock: Clock, minutes: bytes) -> bool:
    """It is right that so much work from `start` on is due then: the first instant at which it is all done."""
    since = start - clock.begin
    if deadline is None or deadline > clock.end:
        assert counted(minutes, since, clock.end - clock.begin) < work
        return False
    due = deadline - clock.begin
    assert counted(minutes, since, due) == work
    assert minutes[(due - 1) // MINUTE] == 1
    return True


def counted(minutes: Sequence[int], start: int, end: int) -> int:
    """Open time between two instants, counted from the window's beginning: whole minutes, and the parts of two."""
    first, last = start // MINUTE, end // MINUTE
    parts = (end % MINUTE if last < len(minutes) and minutes[last] else 0) - (start % MINUTE if minutes[first] else 0)
    return bytes(minutes[first:last]).count(1) * MINUTE + parts


def _instant(random: Random, clock: Clock) -> int:
    """Some instant of the window's first half; often on a night when the clock is changed."""
    minute = random.randrange(WINDOW_DAYS // 2 * A_DAY)
    if clock.changes and random.random() < 0.3:
        minute = random.choice(clock.changes) + random.randrange(-6 * 60, 6 * 60)
    return clock.begin + minute * MINUTE + random.choice((0, 0, random.randrange(MINUTE)))


def _day(random: Random, clock: Clock) -> date:
    return clock.begins + timedelta(random.randrange(WINDOW_DAYS))


def _spans(random: Random) -> list[str]:
    return [_span(random) for _ in range(random.choice((0, 0, 1, 2)))]


def _span(random: Random) -> str:
    start, end = _time(random), random.choice(("24:00", "17:00", _time(random), _time(random)))
    return _span(random) if start == end else f"{start}-{end}"


def _time(random: Random) -> str:
    """Of the working day, of the night in which clocks are changed, or any."""
    minute = random.choice((random.randrange(7, 19) * 60, random.randrange(20) * 15, random.randrange(A_DAY)))
    return f"{minute // 60:02}:{minute % 60:02}"
