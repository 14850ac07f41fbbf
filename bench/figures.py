"""Are the figures what the history says, and what do they cost to write and to read?

Random days at a desk (tests/steps.py) until so many events have happened; after each, the tallies are compared with a
recount of the events, the slots of every day are summed and held against the day, and every figure is opened. Then one
day of 10,000 contacts is written, and what a wallboard and a supervisor ask of it is timed.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.common import program
from bench.common.figures import Goal, percentile, significant
from bench.common.program import say
from contactcenter.figures import outlook, recount, report, shifts
from contactcenter.figures.days import day_of, days, instant
from contactcenter.figures.report import FIGURES, Scope, Terms
from contactcenter.figures.tallies import ADD, tally
from contactcenter.model.columns import DAY, HOUR, MINUTE, SECOND, table
from contactcenter.model.history import Event
from contactcenter.ports import Tx
from contactcenter.storage import migrate
from contactcenter.storage.open import locate
from tests.desk import QuietDesk, asking_policies, opened_quiet_desk
from tests.steps import BusySteps

TERMS = Terms("Europe/Berlin", within=20 * MINUTE)
DATES = ("2026-03-29", "2026-10-25", "2026-11-20")  # the clocks change on the first two
STEPS = 1_500  # of one desk: what is open to choose from is listed at each
EVENTS = select(func.count().label("number")).select_from(table(Event))
CONTACTS = 10_000


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """In a thread of its own: the desk's steps run loops."""
    return await asyncio.to_thread(_measure, options)


def _measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Desk after desk, then the large day."""
    wanted = options.events or (5_000 if options.quick else 100_000)
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        folder = Path(name)
        empty = folder / "empty.db"
        migrate.upgrade(locate(f"sqlite:///{empty}", folder))
        checked = {"events": 0, "tallies": 0, "days": 0, "figures_opened": 0, "differences": 0}
        while checked["events"] < wanted:
            with opened_quiet_desk(empty, folder, asking_policies()) as quiet:
                _live(quiet, random.Random(options.seed + checked["events"]))
                _check(quiet, checked)
            say(f"figures: {checked['events']} events, {checked['differences']} differences")
        with opened_quiet_desk(empty, folder) as quiet:
            costs = _costs(quiet)
    figures = {**checked, **costs}
    return figures, [
        Goal("differences from a recount", 0, checked["differences"], must=True),
        Goal("the wallboard's figures of 10,000 contacts, ms", 100, costs["half_hour_and_day_ms"]["p99"]),
    ]


def _live(quiet: QuietDesk, chance: random.Random) -> None:
    steps = BusySteps(quiet, chance)
    begin = instant(chance.choice(DATES), TERMS.timezone, "day")
    quiet.clock.at = max(begin, 0)
    for _ in range(STEPS):
        if quiet.clock.at > begin + 3 * DAY:
            quiet.clock.at = begin
        steps.random_step()


def _check(quiet: QuietDesk, checked: dict[str, int]) -> None:
    """All that must be equal; what is not is counted."""
    checked["events"] += quiet.row(EVENTS).number
    checked["differences"] += len(quiet.do(recount.compare))
    rows = quiet.rows(select(func.min(tally.c.at), func.max(tally.c.at), func.count()))[0]
    checked["tallies"] += rows[2]
    for begin, end in days(rows[0], rows[1] + 1, TERMS.timezone):
        scope = Scope(begin, end)
        by_slot = report.total(quiet.do(report.count, TERMS, scope).values())
        by_day = report.total(quiet.do(report.count, TERMS, scope, [(begin, end)]).values())
        checked["differences"] += by_slot != by_day
        checked["days"] += 1
        for figure in FIGURES:
            opened = len(quiet.do(report.rows, TERMS, scope, figure, (0, 0), 1_000_000))
            checked["differences"] += opened != by_day.figures[figure]
            checked["figures_opened"] += 1


def _costs(quiet: QuietDesk) -> dict[str, Any]:
    """Of a day with 10,000 contacts in four queues, of which nine in ten were answered, after 29 days like it."""
    quiet.hear("ada@example.test", "Hello?", channel="people")
    begin = instant("2026-11-20", TERMS.timezone, "day")
    chance = random.Random(1)
    wrote = 0.0
    for day in range(30):
        wrote += quiet.do(_write_day, begin - day * DAY, chance)
    today, month = Scope(begin, begin + DAY), Scope(begin - 29 * DAY, begin + DAY)
    soon = Scope(begin + 10 * HOUR, begin + 10 * HOUR + 30 * MINUTE)
    stretches = list(days(month.begin, month.end, TERMS.timezone))

    def wallboard(tx: Tx) -> None:
        for scope in (today, soon):
            report.of_service(tx, TERMS, scope.begin, scope.end)

    return {
        "a_tally_us": significant(wrote / (30 * CONTACTS * 7) * 1e6),
        "half_hour_and_day_ms": _timed(quiet, 50, wallboard),
        "day_by_slot_ms": _timed(quiet, 20, lambda tx: report.count(tx, TERMS, today)),
        "month_by_day_ms": _timed(quiet, 3, lambda tx: report.count(tx, TERMS, month, stretches)),
        "agents_ms": _timed(quiet, 10, lambda tx: shifts.shifts(tx, today.begin, today.end)),
        "forecast_ms": _timed(quiet, 3, lambda tx: outlook.outlook(tx, TERMS, day_of(today.end, TERMS.timezone))),
        "first_page_of_rows_ms": _timed(quiet, 50, lambda tx: report.rows(tx, TERMS, today, "answered", (0, 0), 50)),
    }


def _write_day(tx: Tx, begin: int, chance: random.Random) -> float:
    before = time.perf_counter()
    for _ in range(CONTACTS):
        at, queue = begin + chance.randrange(DAY), f"queue{chance.randrange(4)}"
        for figure in ("offered", "answered", "first_response", "replied", "accepted", "solved", "held"):
            tx.add(ADD, figure=figure, at=at, ticket_id=1, queue=queue, channel="people", agent_id=chance.randrange(50),
                   value=chance.randrange(600 * SECOND), ref=0)  # fmt: skip
    return time.perf_counter() - before


def _timed(quiet: QuietDesk, times: int, ask: Callable[[Tx], Any]) -> dict[str, float]:
    found = []
    for _ in range(times):
        before = time.perf_counter()
        quiet.do(ask)
        found.append((time.perf_counter() - before) * 1e3)
    return {"p50": significant(percentile(found, 0.5)), "p99": significant(percentile(found, 0.99))}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.figures")
    parser.add_argument("--events", type=int, default=0, help="until so many have happened; 100,000 when left out")
    parser.add_argument("--seed", type=int, default=1)
    program.run("figures", measure, parser)
