"""Erlang's formulas: how long customers wait, and how many agents it takes to keep a promise.

Asked by `forecast` for the staffing line, and wherever what was to be expected is shown beside what came. Customers
come at random (Poisson), handling and patience are exponential, agents are alike and have one ticket at a time.
Erlang B turns away whoever finds all agents busy, C lets them wait for ever, A lets them give up. Where the formulas
come from, and how they are summed: docs/reference/figures.md.

Pure arithmetic. It knows nothing of skills, priorities or several tickets at once, and corrects no input: a ValueError
names what cannot be.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise

import msgspec

MOST = 1_000_000  # agents, and erlangs: beyond every contact centre, and a fraction of a second of work
NEGLIGIBLE = 40.0  # e**-40 of the density's height is nothing to a float
PANELS = 12  # of ten points each, between two cuts of the integral: errors stay below 1e-10
GAUSS = (  # points and weights of Gauss and Legendre on [-1, 1], mirrored (Abramowitz and Stegun, table 25.4)
    (0.1488743389816312, 0.2955242247147529),
    (0.4333953941292472, 0.2692667193099963),
    (0.6794095682990244, 0.2190863625159821),
    (0.8650633666889845, 0.1494513491505806),
    (0.9739065285171717, 0.0666713443086881),
)
POINTS = [  # the same for all panels of [0, 1]
    ((panel + (1 + side * point) / 2) / PANELS, weight / 2 / PANELS)
    for panel in range(PANELS)
    for point, weight in GAUSS
    for side in (-1, 1)
]


class Demand(msgspec.Struct, frozen=True):
    """What comes in: arrivals per hour, mean handling in seconds, mean patience in seconds (None: nobody gives up)."""

    arrivals: float
    handling: float
    patience: float | None = None

    def __post_init__(self) -> None:
        _check("arrivals", self.arrivals >= 0, self.arrivals)
        _check("handling", self.handling > 0, self.handling)
        _check("patience", self.patience is None or self.patience > 0, self.patience)
        _check("load", self.load <= MOST, self.load)

    @property
    def load(self) -> float:
        """In erlangs: how many agents it would keep busy without a pause."""
        return self.arrivals * self.handling / 3600


class Expected(msgspec.Struct, frozen=True):
    """What a demand meets. Waits in seconds, infinite where the queue only grows; shares from 0 to 1."""

    delayed: float  # share of all customers who wait at all
    abandoned: float  # share who give up
    wait: float  # mean over all customers, whatever became of them
    speed: float  # mean until answered, over those who are: the average speed of answer
    queue: float  # how many wait, on average
    occupancy: float  # share of their time that agents are busy


def erlang_b(agents: int, load: float) -> float:
    """The share turned away where nobody can wait. `load` in erlangs."""
    _check("agents", 0 <= agents <= MOST, agents)
    _check("load", 0 <= load <= MOST, load)
    blocked = 1.0
    for busy in range(1, agents + 1):
        blocked = load * blocked / (busy + load * blocked)
    return blocked


def erlang_c(agents: int, load: float) -> float:
    """The share that waits where nobody gives up: 1 where the load is too much for the agents. `load` in erlangs."""
    blocked = erlang_b(agents, load)
    return 1.0 if agents <= load else agents * blocked / (agents - load * (1 - blocked))


def expect(demand: Demand, agents: int) -> Expected:
    """What customers and agents are to expect: Erlang A where patience is known, else C."""
    _check("agents", agents >= 1, agents)
    if demand.patience is None:
        return _expect_patient(demand, agents)
    haste = demand.handling / demand.patience
    delayed, waits = _delay(demand.load, haste, agents, math.inf)
    wait = delayed * demand.handling * sum(mass * _lost(x, haste) for x, mass in waits)
    until_answered = delayed * demand.handling * sum(mass * x * math.exp(-haste * x) for x, mass in waits)
    abandoned = wait / demand.patience
    return Expected(
        delayed=delayed,
        abandoned=abandoned,
        wait=wait,
        speed=until_answered / (1 - abandoned),
        queue=wait * demand.arrivals / 3600,
        occupancy=min(1.0, demand.load * (1 - abandoned) / agents),
    )


def service_level(demand: Demand, agents: int, within: float) -> float:
    """The share of all customers who are answered within so many seconds; who gives up before is not."""
    _check("agents", agents >= 1, agents)
    _check("within", within >= 0, within)
    if demand.patience is None:
        spare = agents - demand.load
        waiting = erlang_c(agents, demand.load)
        return 1 - waiting * math.exp(-spare * within / demand.handling) if spare > 0 else 0.0
    haste, until = demand.handling / demand.patience, within / demand.handling
    delayed, waits = _delay(demand.load, haste, agents, until)
    return 1 - delayed + delayed * sum(mass * math.exp(-haste * x) for x, mass in waits if x < until)


def staff_for(demand: Demand, share: float, within: float) -> int:
    """The fewest agents who answer that share (between 0 and 1) of all customers within so many seconds."""
    _check("share", 0 < share < 1, share)
    if not demand.arrivals:
        return 0
    enough = math.ceil(demand.load) + 1
    while service_level(demand, enough, within) < share:
        enough *= 2
    return 1 + bisect_left(range(1, enough), share, key=lambda agents: service_level(demand, agents, within))


def _expect_patient(demand: Demand, agents: int) -> Expected:
    """Erlang C."""
    spare = agents - demand.load
    delayed = erlang_c(agents, demand.load)
    wait = delayed * demand.handling / spare if spare > 0 else math.inf
    return Expected(
        delayed=delayed,
        abandoned=0.0,
        wait=wait,
        speed=wait,
        queue=wait * demand.arrivals / 3600,
        occupancy=min(1.0, demand.load / agents),
    )


def _delay(load: float, haste: float, agents: int, until: float) -> tuple[float, list[tuple[float, float]]]:
    """Erlang A by its integral: the share that waits, and how long one of them would with endless patience.

    `haste` is handling by patience. That wait has the density exp(growth(x)) up to a factor, x in handling times
    (Zeltyn and Mandelbaum 2005); the answer is points of x with their masses, which sum to 1. No point's panel reaches
    across `until`. Unlike the sum over the states it is short for any patience and any load, and as `growth` is
    concave, its mass has one hill.
    """
    fewer = erlang_b(agents - 1, load)
    if not load or not fewer:  # nobody comes, or so few that a float cannot tell
        return 0.0, []

    def growth(x: float) -> float:
        return load * _lost(x, haste) - agents * x

    peak = max(0.0, math.log(load / agents) / haste)
    floor = growth(peak) - NEGLIGIBLE
    first = _edge(growth, floor, peak, 0.0) if floor > 0 else 0.0
    last = _edge(growth, floor, peak, _beyond(growth, floor, peak, 1 / agents))
    cuts = [first, *sorted(cut for cut in (until, NEGLIGIBLE / haste) if first < cut < last), last]
    points = [point for start, end in pairwise(cuts) for point in _points(start, end)]
    masses = [(x, weight * math.exp(growth(x) - growth(peak))) for x, weight in points]
    total = sum(mass for _, mass in masses)
    # The odds of finding somebody free: all states below `agents` against all from it on.
    odds = math.log(agents / load) - math.log(fewer) - math.log(agents * total) - growth(peak)
    return 1 / (1 + math.exp(min(odds, 700.0))), [(x, mass / total) for x, mass in masses]


def _lost(x: float, haste: float) -> float:
    """The mean of the shorter one, x or the patience; both in handling times. Gives x itself where haste is tiny."""
    return -math.expm1(-haste * x) / haste


def _beyond(growth: Callable[[float], float], floor: float, peak: float, step: float) -> float:
    """Some point to the right of the peak and below the floor."""
    while growth(peak + step) > floor:
        step *= 2
    return peak + step


def _edge(growth: Callable[[float], float], floor: float, above: float, below: float) -> float:
    """Where a concave function meets the floor between two points: near enough for the end of an integral."""
    for _ in range(30):
        middle = (above + below) / 2
        above, below = (middle, below) if growth(middle) > floor else (above, middle)
    return below


def _points(start: float, end: float) -> list[tuple[float, float]]:
    """Where to look at a function from start to end, and what each value counts."""
    return [(start + (end - start) * point, (end - start) * weight) for point, weight in POINTS]


def _check(name: str, right: bool, value: float | None) -> None:
    if not right or (value is not None and not math.isfinite(value)):
        raise ValueError(f"{name} cannot be {value}")
