"""How well customers are told how long they will wait, and whether a line of customers does as Erlang A says.

A line is simulated event by event (bench/common/line.py), and everybody who has to wait is told how long: by their
place with the true rates (QL), by their place with rates learned meanwhile from whoever was before them, by how long
the head of the line has waited (HOL), and by the mean of the last ten accepted, the latest weighing most, as Salesforce
does. Errors count for those who were served: the root of their mean square, in mean waits.
"""

import argparse
import math
import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from statistics import mean, stdev
from typing import Any

from bench.common import program
from bench.common.figures import Goal, significant
from bench.common.line import Choose, Customer, Line, Size, Watcher, first_come, lognormal
from bench.common.program import say
from bench.common.routed import Routed
from contactcenter.figures.erlang import Demand, expect, service_level
from contactcenter.routing.waits import Pace, Patience, Wait, by_head, by_place

SEED = 20261122
HANDLING = 300.0
PROMISE = 20.0  # seconds
WARM = 0.1  # of a run passes before anything counts
T_OF_95 = {5: 2.571, 11: 2.201}  # Student's t by degrees of freedom
ROWS = {
    "n=30 a=29": Size(30, 29 / HANDLING, HANDLING),
    "n=30 a=33 patience=AHT": Size(30, 33 / HANDLING, HANDLING, HANDLING),
    "n=10 a=9.5": Size(10, 9.5 / HANDLING, HANDLING),
    "n=10 a=11 patience=AHT": Size(10, 11 / HANDLING, HANDLING, HANDLING),
    "n=30 a=33 patience=AHT, lognormal": Size(30, 33 / HANDLING, HANDLING, HANDLING, lognormal),
}
CHECKED = {
    "n=55 a=48": Size(55, 48 / 240, 240.0),
    "n=14 a=10": Size(14, 10 / 180, 180.0),
    "n=50 a=48 patience=2 AHT": Size(50, 48 / 60, 60.0, 120.0),
    "n=50 a=50 patience=2/3 AHT": Size(50, 50 / 180, 180.0, 120.0),
}
ROUTED = "n=50 a=48 patience=2 AHT"


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """What is told, then Erlang."""
    customers = 5_000 if options.quick else 30_000
    told = {}
    for name, size in ROWS.items():
        say(f"waits: {name}")
        told[name] = _told(size, customers, runs=2 if options.quick else 8)
    say("waits: Erlang")
    runs = 6 if options.quick else 12
    against = {name: erlang(size, customers, runs) for name, size in CHECKED.items()}
    say("waits: Erlang, by the product's router")
    given = CHECKED[ROUTED]
    against[f"{ROUTED}, by the product's router"] = erlang(given, customers, runs, lambda: Routed(given))
    outside = [f"{name}: {what}" for name, of in against.items() for what, figure in of.items() if not figure["inside"]]
    second = told["n=30 a=33 patience=AHT"]
    goals = [
        Goal("error by place, learned, n=30 a=33 patience=AHT", 0.45, second["by_place_learned"]),
        Goal("% better than the last ten, the same", 30, second["better_than_last_ten_percent"], at_least=True),
        *(Goal(f"% from 80 inside the range, {name}", 5, abs(of["inside_percent"] - 80)) for name, of in told.items()),
        Goal("figures of Erlang outside a 95 % interval", 1, len(outside)),  # of eighteen
    ]
    return {"told": told, "erlang": against, "outside": outside}, goals


# --- what customers are told ------------------------------------------------------------------------------------------


class _Telling(Watcher):
    """Learns, and tells everybody who waits."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.pace, self.patience = Pace(), Patience()
        self.true_pace = Pace(size.handling * 1e9, 1e9)
        self.true_patience = Patience(size.patience * 1e9, 1e9) if size.patience else Patience()
        self.accepted: deque[float] = deque(maxlen=10)
        self.told: list[tuple[Customer, Wait, Wait, Wait, float]] = []

    def waits(self, customer: Customer, line: Line) -> None:
        head = next(iter(line.waiting.values()))
        ahead = len(line.waiting) - 1
        given = by_place(ahead, self.size.agents, self.true_pace, self.true_patience)
        learned = by_place(ahead, self.size.agents, self.pace, self.patience)
        by_first = by_head(line.now - head.came, self.size.agents, self.pace)
        if given and learned and by_first:
            self.told.append((customer, given, learned, by_first, _last_ten(self.accepted)))

    def served(self, customer: Customer) -> None:
        self.accepted.append(customer.served - customer.came)
        self.patience = self.patience.add(customer.served - customer.came, False)

    def finished(self, customer: Customer) -> None:
        self.pace = self.pace.add(customer.ended - customer.served)

    def gave_up(self, customer: Customer) -> None:
        self.patience = self.patience.add(customer.ended - customer.came, True)


def _last_ten(accepted: Sequence[float]) -> float:
    """Weights 10 for the latest to 1."""
    weights = range(11 - len(accepted), 11)
    return sum(w * waited for w, waited in zip(weights, accepted, strict=True)) / sum(weights) if accepted else 0.0


def _told(size: Size, customers: int, runs: int) -> dict[str, float]:
    """Errors in mean waits, and how often the range held."""
    found = []
    for number in range(runs):
        telling = _Telling(size)
        Line(size, random.Random(SEED + number), watcher=telling).run(customers)
        found += [one for one in telling.told if one[0].served and one[0].number > WARM * customers]
    waits = [customer.served - customer.came for customer, *_ in found]

    def error(estimates: Iterator[float]) -> float:
        return math.sqrt(mean((e - w) ** 2 for e, w in zip(estimates, waits, strict=True))) / mean(waits)

    def inside(ranges: Iterator[tuple[float, float]]) -> float:
        return 100 * mean(low <= w <= high for (low, high), w in zip(ranges, waits, strict=True))

    learned, last_ten = error(one[2].mean for one in found), error(one[4] for one in found)
    figures = {
        "waited": len(waits),
        "mean_wait_s": mean(waits),
        "by_place_given": error(one[1].mean for one in found),
        "by_place_learned": learned,
        "by_head": error(one[3].mean for one in found),
        "last_ten": last_ten,
        "better_than_last_ten_percent": 100 * (1 - learned / last_ten),
        "inside_percent": inside((one[2].low, one[2].high) for one in found),
        "inside_given_percent": inside((one[1].low, one[1].high) for one in found),
        "inside_rounded_percent": inside(one[2].rounded() for one in found),
        "inside_by_head_percent": inside((one[3].low, one[3].high) for one in found),
    }
    return {name: significant(value) for name, value in figures.items()}


# --- Erlang -----------------------------------------------------------------------------------------------------------


def erlang(
    size: Size, customers: int, runs: int, asked: Callable[[], Choose] = lambda: first_come
) -> dict[str, dict[str, Any]]:
    """What a line does beside what Erlang A says (C where nobody gives up), each with the interval of its runs.

    `asked`: makes who is asked for the next customer, anew for each run.
    """
    rows = []
    for number in range(runs):
        ended = Line(size, random.Random(SEED + number), asked()).run(customers)
        rows.append(_seen([customer for customer in ended if customer.number > WARM * customers]))
    demand = Demand(3600 * size.arrivals, size.handling, size.patience)
    expected = expect(demand, size.agents)
    exact = {"delayed": expected.delayed, "wait_s": expected.wait}
    exact["service_level"] = service_level(demand, size.agents, PROMISE)
    if size.patience is not None:
        exact["abandoned"] = expected.abandoned
    return {what: _beside(value, [row[what] for row in rows]) for what, value in exact.items()}


def _seen(customers: Sequence[Customer]) -> dict[str, float]:
    waits = [(c.ended if c.gave_up else c.served) - c.came for c in customers]
    return {
        "delayed": mean(wait > 0 for wait in waits),
        "wait_s": mean(waits),
        "abandoned": mean(c.gave_up for c in customers),
        "service_level": mean(wait <= PROMISE and not c.gave_up for wait, c in zip(waits, customers, strict=True)),
    }


def _beside(exact: float, seen: Sequence[float]) -> dict[str, Any]:
    reach = T_OF_95[len(seen) - 1] * stdev(seen) / math.sqrt(len(seen))
    return {
        "exact": significant(exact),
        "simulated": significant(mean(seen)),
        "half_width": significant(reach),
        "inside": abs(mean(seen) - exact) <= reach,
    }


if __name__ == "__main__":
    program.run("waits", measure)
