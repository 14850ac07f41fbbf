"""How much will come in each slot of a day, and how many agents it takes then.

The day is expected to be like the same weekday of the last four weeks, slot by slot, times how much more or less came
lately: heavier models have to beat that in `backtest` first. Asked for the staffing line with counts by slot that
somebody else kept; slots are of the desk's own wall clock, any number to a day, and days not like others (holidays,
closed, a day of an outage) are named by the caller and learned nothing from. Pure arithmetic; nothing here knows what
the future holds, and each expectation says between which counts four of five will fall.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from statistics import NormalDist

import msgspec

from contactcenter.figures.erlang import Demand, service_level, staff_for

Counts = Mapping[date, Sequence[int]]
"""Arrivals by day and slot: every day that is known, with the same number of slots for each."""

WEEKS = 4
WEEK = timedelta(days=7)
RECENT = timedelta(days=7)
STEADY = 400  # arrivals: the level moves by some 5 % in a month, and fewer than these tell no more than that
SURE = 0.8  # the part of the counts that the interval is to hold
REACH = NormalDist().inv_cdf((1 + SURE) / 2)


class Slot(msgspec.Struct, frozen=True):
    """Arrivals to expect in one slot; four of five counts lie from `low` to `high`."""

    expected: float
    low: float
    high: float


class Score(msgspec.Struct, frozen=True):
    """How a forecast did: error and arrivals summed over all slots, and how many counts lay in their interval."""

    error: float
    arrivals: int
    inside: int
    slots: int

    @property
    def wape(self) -> float | None:
        """Weighted absolute percentage error, as a share: 0 is perfect; None where nothing came."""
        return self.error / self.arrivals if self.arrivals else None

    @property
    def coverage(self) -> float | None:
        """The share of the counts that lay in their interval; None where none was forecast."""
        return self.inside / self.slots if self.slots else None


class Plan(msgspec.Struct, frozen=True):
    """What a slot is staffed for: `share` of the customers answered within so many seconds.

    `handling`: mean seconds of a ticket in the hands of an agent who has no other. `patience`: mean seconds until
    customers give up (None: they do not). `throughput`: what an agent with several tickets at once gets done, in agents
    with one. `shrinkage`: the share of paid time in which an agent is not there to answer.
    """

    share: float
    within: float
    handling: float
    patience: float | None = None
    throughput: float = 1.0
    shrinkage: float = 0.0

    def __post_init__(self) -> None:
        if not self.throughput > 0:
            raise ValueError(f"throughput cannot be {self.throughput}")
        if not 0 <= self.shrinkage < 1:
            raise ValueError(f"shrinkage cannot be {self.shrinkage}")


class Staffed(msgspec.Struct, frozen=True):
    """Agents who must be there in a slot, how many that takes on the roster, and the service level it comes to."""

    present: int
    scheduled: int
    service_level: float


def forecast(known: Counts, day: date, unlike: Collection[date] = ()) -> list[Slot]:
    """What to expect of a day in all its slots; empty where no day of its weekday is known in the last four weeks.

    Only days before `day` count, so that a past day can be forecast as if it were still to come. ValueError where days
    have different numbers of slots.
    """
    last = max((known_day for known_day in known if known_day < day), default=day)
    usual = {d: known[d] for d in known if last - WEEKS * WEEK < d <= last and d < day and d not in unlike}
    if len({len(counts) for counts in usual.values()}) > 1:
        raise ValueError("days have different numbers of slots")
    weekdays = {weekday: _mean(usual, weekday) for weekday in {d.weekday() for d in usual}}
    if day.weekday() not in weekdays:
        return []
    level = _level({d: counts for d, counts in usual.items() if d > last - RECENT}, weekdays)
    weeks = sum(d.weekday() == day.weekday() for d in usual)
    restless = _restlessness(usual, weekdays)
    return [_slot(mean * level, restless * (1 + 1 / weeks)) for mean in weekdays[day.weekday()]]


def backtest(known: Counts, days: Collection[date], ahead: int = 1, unlike: Collection[date] = ()) -> Score:
    """Forecast past days from what was known so many days before each, and compare."""
    if ahead < 1:
        raise ValueError(f"ahead cannot be {ahead}")
    score = Score(0.0, 0, 0, 0)
    for day in days:
        if day in known and day not in unlike:
            before = {d: counts for d, counts in known.items() if d <= day - timedelta(days=ahead)}
            score = _scored(score, forecast(before, day, unlike), known[day])
    return score


def staffing(arrivals: Sequence[float], minutes: float, plan: Plan) -> list[Staffed]:
    """Agents for each slot of so many minutes, by what is expected to arrive in it: each as if it lasted for ever."""
    if not minutes > 0:
        raise ValueError(f"minutes cannot be {minutes}")
    return [_staffed(Demand(60 / minutes * a, plan.handling / plan.throughput, plan.patience), plan) for a in arrivals]


def _staffed(demand: Demand, plan: Plan) -> Staffed:
    present = staff_for(demand, plan.share, plan.within)
    scheduled = math.ceil(present / (1 - plan.shrinkage) - 1e-9)  # 7 / 0.7 is not to become 11
    return Staffed(present, scheduled, service_level(demand, present, plan.within) if present else 1.0)


def _mean(usual: Counts, weekday: int) -> list[float]:
    """Slot by slot over the days of that weekday."""
    days = [counts for day, counts in usual.items() if day.weekday() == weekday]
    return [sum(slot) / len(days) for slot in zip(*days, strict=True)]


def _level(recent: Counts, weekdays: Mapping[int, Sequence[float]]) -> float:
    """How much more came lately than in the mean of the weeks; drawn towards 1 where too little came to tell."""
    came = sum(sum(counts) for counts in recent.values())
    usual = sum(sum(weekdays[day.weekday()]) for day in recent)
    return (came + STEADY) / (usual + STEADY)


def _restlessness(usual: Counts, weekdays: Mapping[int, Sequence[float]]) -> float:
    """Variance by mean, 1 for pure chance (Poisson): the same slots of several weeks compared, never less than 1."""
    squares, freedom = 0.0, 0
    for weekday, means in weekdays.items():
        days = [counts for day, counts in usual.items() if day.weekday() == weekday]
        for mean, slot in zip(means, zip(*days, strict=True), strict=True):
            if mean and len(days) > 1:
                squares += sum((count - mean) ** 2 for count in slot) / mean
                freedom += len(days) - 1
    return max(1.0, squares / freedom) if freedom else 1.0


def _slot(mean: float, restless: float) -> Slot:
    reach = REACH * math.sqrt(restless * mean)
    return Slot(mean, max(0.0, mean - reach), mean + reach)


def _scored(score: Score, expected: Sequence[Slot], came: Sequence[int]) -> Score:
    pairs = list(zip(expected, came, strict=False))
    return Score(
        score.error + sum(abs(slot.expected - count) for slot, count in pairs),
        score.arrivals + sum(count for _, count in pairs),
        score.inside + sum(slot.low <= count <= slot.high for slot, count in pairs),
        score.slots + len(pairs),
    )
