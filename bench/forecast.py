"""How well arrivals are forecast: days that never were, with the shape of a week and of a day and a level that drifts.

Every count is drawn by chance (Poisson) around a rate that is known here, and so is the error that nobody can avoid:
that of the rate itself. The last two weeks of sixty days are forecast, each day a week and a day before it comes.
Beside ours stand the same slot of last week, and the mean of four weeks with no level to it. Five holidays, on which
hardly anybody writes, are named to all of them.
"""

import argparse
import math
import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bench.common import program
from bench.common.figures import Goal, middle, spread
from contactcenter.figures.forecast import backtest

SEED = 20261122
DAYS, TESTED, SLOTS = 60, 14, 48
FIRST = date(2026, 9, 21)  # a Monday
WEEK = timedelta(days=7)
WEEKDAYS = (1.25, 1.1, 1.0, 0.95, 0.9, 0.45, 0.35)
DRIFT = 0.03  # how far the level wanders from one day to the next
BUSY = {"large": 230.0, "small": 30.0}  # arrivals in the half hour before noon, on a day of weight 1
HOLIDAYS = frozenset(FIRST + timedelta(days=n) for n in (12, 26, 31, 40, 54))

Rates = Mapping[date, Sequence[float]]


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Two sizes of a desk, many times each."""
    rounds = 5 if options.quick else 30
    found = {size: _desks(busy, rounds) for size, busy in BUSY.items()}
    figures = {size: {name: spread(values) for name, values in of.items()} for size, of in found.items()}
    goals = []
    for size, of in found.items():
        inside = 100 * middle(of["inside_interval"])
        goals.append(Goal(f"{size}: WAPE a week ahead, in that of the true rate", 1.6, middle(of["in_oracles"])))
        goals.append(Goal(f"{size}: counts outside 80 % by how many % more or fewer", 5, abs(inside - 80)))
    return figures, goals


def _desks(busy: float, rounds: int) -> dict[str, list[float]]:
    """WAPE by rule, as shares, each desk with its own chance."""
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        chance = random.Random(SEED + number)
        rates = _rates(chance, busy)
        counts = {day: [_poisson(chance, rate) for rate in slots] for day, slots in rates.items()}
        tested = [day for day in sorted(counts)[-TESTED:] if day not in HOLIDAYS]
        week, day = backtest(counts, tested, 7, HOLIDAYS), backtest(counts, tested, 1, HOLIDAYS)
        oracle = _wape(rates, counts, tested)
        row = {
            "oracle": oracle,
            "ours_a_week_ahead": week.wape or 0.0,
            "ours_a_day_ahead": day.wape or 0.0,
            "same_slot_last_week": _wape(_past(counts, tested, 1), counts, tested),
            "mean_of_four_weeks": _wape(_past(counts, tested, 4), counts, tested),
            "in_oracles": (week.wape or 0.0) / oracle,
            "inside_interval": week.coverage or 0.0,
        }
        for name, value in row.items():
            found.setdefault(name, []).append(value)
    return found


def _rates(chance: random.Random, busy: float) -> Rates:
    level, rates = 1.0, {}
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        level *= math.exp(chance.gauss(0.0, DRIFT))
        weight = busy * level * (0.1 if day in HOLIDAYS else WEEKDAYS[day.weekday()])
        rates[day] = [weight * _shape(24 * slot / SLOTS) for slot in range(SLOTS)]
    return rates


def _shape(hour: float) -> float:
    """Two humps, and nearly nobody at night."""
    return 0.02 + math.exp(-(((hour - 11) / 2.5) ** 2)) + 0.7 * math.exp(-(((hour - 17.5) / 3) ** 2))


def _poisson(chance: random.Random, rate: float) -> int:
    """How many waits of mean 1 fit into the rate."""
    count, passed = 0, chance.expovariate(1.0)
    while passed < rate:
        count, passed = count + 1, passed + chance.expovariate(1.0)
    return count


def _past(counts: Mapping[date, Sequence[int]], tested: Sequence[date], weeks: int) -> Rates:
    """The mean of as many past weeks as are asked for, holidays passed over."""
    means = {}
    for day in tested:
        before = [counts[past] for n in range(1, 9) if (past := day - n * WEEK) in counts and past not in HOLIDAYS]
        means[day] = [sum(slot) / len(slot) for slot in zip(*before[:weeks], strict=True)]
    return means


def _wape(rates: Rates, counts: Mapping[date, Sequence[int]], tested: Sequence[date]) -> float:
    pairs = [pair for day in tested for pair in zip(rates[day], counts[day], strict=True)]
    return sum(abs(rate - count) for rate, count in pairs) / sum(count for _, count in pairs)


if __name__ == "__main__":
    program.run("forecast", measure)
