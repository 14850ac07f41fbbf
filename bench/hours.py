"""What it costs to ask when a promise is due, and how much open time lies between two instants.

Each calendar is asked at random instants of two years; a question is timed by itself, clock included. The first
question of all makes the pages, and is told apart. `--check N` compares N random calendars with a count of minutes, of
which the tests do ten thousand.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from bench.common import program
from bench.common.figures import Goal, percentile, significant
from bench.common.program import say
from contactcenter.calendars import of_queues
from contactcenter.model.columns import DAY, HOUR, MINUTE
from contactcenter.routing.hours import DAYS, Hours, parse_hours
from contactcenter.settings import HoursSettings, QueueSettings, Settings
from tests.minutes import compare, random_calendar

BEGIN = (date(2026, 1, 1) - date(1970, 1, 1)).days * DAY
YEARS = 2 * 365 * DAY
OFFICE = dict.fromkeys(DAYS[:5], ("09:00-12:30", "13:30-17:00"))
SLA = (
    HOUR,
    4 * HOUR,
    8 * HOUR,
    16 * HOUR,
    24 * HOUR,
)  # of open time: up to three working days of seven hours and a half


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Each calendar alone."""
    count = 5_000 if options.quick else 50_000
    costs = {}
    for name, hours in _calendars().items():
        say(f"hours: {name}")
        costs[name] = _cost(hours, count)
    figures: dict[str, Any] = {**costs}
    if options.check:
        say(f"hours: {options.check} random calendars by the minute")
        random = Random(options.seed)
        figures["deadlines_checked"] = sum(compare(random_calendar(random), random) for _ in range(options.check))
    return figures, [_goal(asked, costs.values()) for asked in ("after", "between")]


def _goal(asked: str, costs: Iterable[dict[str, Any]]) -> Goal:
    dearest = max(cost[f"{asked}_us"]["p99"] for cost in costs)
    return Goal(f"the dearest calendar's p99 of `{asked}`, µs", 20, dearest)


def _calendars() -> dict[str, Hours]:
    """What desks have; the last is closed for sixty days of each seventy, and most deadlines lie beyond those."""
    away = [str(date(2026, 1, 1) + timedelta(n)) for n in range(2 * 365) if n % 70 < 60]
    berlin = HoursSettings(timezone="Europe/Berlin", holidays="DE-BE", **{day: list(OFFICE[day]) for day in OFFICE})
    queue = {"support": QueueSettings(hours="office")}
    return {
        "office": parse_hours("Europe/Berlin", OFFICE),
        "office_with_holidays": of_queues(Settings(hours={"office": berlin}, queues=queue))["support"],
        "always": parse_hours("UTC", dict.fromkeys(DAYS, ("00:00-24:00",))),
        "nights": parse_hours("America/New_York", dict.fromkeys(DAYS, ("22:00-06:00",))),
        "lord_howe": parse_hours("Australia/Lord_Howe", dict.fromkeys(DAYS, ("01:45-02:15", "08:00-20:00"))),
        "closed_60_of_70_days": parse_hours("Europe/Berlin", OFFICE, away),
    }


def _cost(hours: Hours, count: int) -> dict[str, Any]:
    random = Random(1)
    starts = [BEGIN + random.randrange(YEARS // MINUTE) * MINUTE for _ in range(count)]
    asked = [(start, random.choice(SLA)) for start in starts]
    until = [(start, start + random.randrange(14 * DAY)) for start in starts]
    first = _timed(hours.after, asked[:1])[0]
    for start in range(BEGIN, BEGIN + YEARS + 100 * DAY, DAY):  # as a desk that runs has been asked before
        hours.after(start, HOUR)
    return {
        "first_us": significant(first),
        "after_us": _told(_timed(hours.after, asked)),
        "between_us": _told(_timed(hours.between, until)),
    }


def _timed(question: Callable[[int, int], object], asked: Sequence[tuple[int, int]]) -> list[float]:
    """Microseconds of each."""
    clock, taken = time.perf_counter_ns, []
    for one, other in asked:
        began = clock()
        question(one, other)
        taken.append((clock() - began) / 1000)
    return taken


def _told(taken: Sequence[float]) -> dict[str, float]:
    return {f"p{part * 100:g}": significant(percentile(taken, part)) for part in (0.5, 0.99)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.hours")
    parser.add_argument("--check", type=int, default=0, metavar="N", help="random calendars to compare with a count")
    parser.add_argument("--seed", type=int, default=1, help="of those calendars")
    program.run("hours", measure, parser)
