"""One line of customers before n agents with one ticket at a time: M/M/n, and M/M/n+M where customers give up.

Handling need not be exponential. Time is a number that jumps from event to event. Who is served next by whom is asked
of a function, so that any router can be put to the test; what happens is told to a watcher, so that estimators can live
off it.
"""

import heapq
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

ARRIVES, FINISHES, GIVES_UP = range(3)
SIGMA = 0.8  # of handling that is no exponential: a standard deviation of 0.95 means, and next to no short ones


def exponential(chance: random.Random, mean: float) -> float:
    """As Erlang has it."""
    return chance.expovariate(1 / mean)


def lognormal(chance: random.Random, mean: float) -> float:
    """As handling was found to be in call centres (Brown et al. 2005)."""
    return chance.lognormvariate(math.log(mean) - SIGMA**2 / 2, SIGMA)


class Size(NamedTuple):
    """Agents, arrivals per second, mean handling and mean patience in seconds (None: nobody gives up)."""

    agents: int
    arrivals: float
    handling: float
    patience: float | None = None
    handled: Callable[[random.Random, float], float] = exponential


@dataclass(slots=True)
class Customer:
    """Seconds since the beginning."""

    number: int
    came: float
    served: float = 0.0
    ended: float = 0.0
    gave_up: bool = False


Choose = Callable[[Mapping[int, Customer], Mapping[int, float], float], tuple[int, int] | None]
"""(who waits, by number and in order; free agents and since when; now) -> the customer and the agent, or nobody."""


class Watcher:
    """Sees nothing; heirs look at what they want to."""

    def waits(self, customer: Customer, line: "Line") -> None:
        """A customer came and was not served at once; they are the last in `line.waiting`."""

    def served(self, customer: Customer) -> None:
        """Their handling begins."""

    def finished(self, customer: Customer) -> None:
        """Their agent is free again."""

    def gave_up(self, customer: Customer) -> None:
        """They wait no longer."""


def first_come(waiting: Mapping[int, Customer], free: Mapping[int, float], now: float) -> tuple[int, int] | None:
    """Who came first, by the agent who is idle longest."""
    return (next(iter(waiting)), next(iter(free))) if waiting and free else None


@dataclass(slots=True)
class Line:
    """One run; the same seed gives the same customers whatever is chosen."""

    size: Size
    chance: random.Random
    choose: Choose = first_come
    watcher: Watcher = field(default_factory=Watcher)
    now: float = 0.0
    waiting: dict[int, Customer] = field(default_factory=dict)
    free: dict[int, float] = field(default_factory=dict)
    _events: list[tuple[float, int, int, int]] = field(default_factory=list)  # when, order, what, customer
    _served: dict[int, tuple[Customer, int]] = field(default_factory=dict)
    _told: int = 0

    def run(self, customers: int) -> list[Customer]:
        """So many come; answers all of them, in the order in which their stories end."""
        self.free = dict.fromkeys(range(self.size.agents), 0.0)
        ended: list[Customer] = []
        self._later(self.chance.expovariate(self.size.arrivals), ARRIVES, 1)
        while self._events:
            self.now, _, what, number = heapq.heappop(self._events)
            if what == ARRIVES and number <= customers:
                self._arrive(number)
            elif what == FINISHES:
                ended.append(self._finish(number))
            elif what == GIVES_UP and number in self.waiting:
                ended.append(self._give_up(number))
        return ended

    def _arrive(self, number: int) -> None:
        customer = self.waiting[number] = Customer(number, self.now)
        self._serve()
        if number in self.waiting:
            if self.size.patience is not None:
                self._later(self.chance.expovariate(1 / self.size.patience), GIVES_UP, number)
            self.watcher.waits(customer, self)
        self._later(self.chance.expovariate(self.size.arrivals), ARRIVES, number + 1)

    def _finish(self, number: int) -> Customer:
        customer, agent = self._served.pop(number)
        customer.ended = self.free[agent] = self.now
        self.watcher.finished(customer)
        self._serve()
        return customer

    def _give_up(self, number: int) -> Customer:
        customer = self.waiting.pop(number)
        customer.ended, customer.gave_up = self.now, True
        self.watcher.gave_up(customer)
        return customer

    def _serve(self) -> None:
        while chosen := self.choose(self.waiting, self.free, self.now):
            number, agent = chosen
            customer = self.waiting.pop(number)
            del self.free[agent]
            customer.served = self.now
            self._served[number] = customer, agent
            self._later(self.size.handled(self.chance, self.size.handling), FINISHES, number)
            self.watcher.served(customer)

    def _later(self, delay: float, what: int, number: int) -> None:
        self._told += 1
        heapq.heappush(self._events, (self.now + delay, self._told, what, number))
