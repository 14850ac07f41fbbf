"""How long a ticket that waits will still wait, from what was learned of handling and of patience.

Flow adds what it sees (a ticket was handled, a wait came to an end) to a `Pace` and a `Patience` of each queue, keeps
them, and asks with the ticket's place for a range to tell the customer. Where skills or priorities leave the place
unclear, it asks with the time that the head of the line has waited instead. Pure values and arithmetic: nothing here
reads a clock, knows agents, or remembers what a customer was told. Rounding keeps the order of ranges, so that who
moves forward is told of more only where there is more to wait.

The estimators are QL and HOL of Ibrahim and Whitt (2009); how good they are: docs/reference/figures.md.
"""

import math
from statistics import NormalDist

import msgspec

MEMORY = 1000  # cases after which one counts for a third: some weeks of a small desk, some hours of a large one
SUMMED = 64  # places added one by one; those behind them by an integral, which is right to five digits there
REACH = NormalDist().inv_cdf(0.9)  # the range leaves out a tenth on either side
STEPS = ((60, 15), (180, 30), (900, 60), (3600, 300), (14400, 900), (math.inf, 3600))  # up to so many seconds, in these


class Pace(msgspec.Struct, frozen=True):
    """How long tickets take an agent's slot: past ones summed up, the latest of which count most."""

    seconds: float = 0.0
    cases: float = 0.0

    def add(self, seconds: float) -> "Pace":
        """A ticket took so long, from when an agent took it until the slot was free again."""
        return Pace(_faded(self.seconds) + max(0.0, seconds), _faded(self.cases) + 1)

    @property
    def rate(self) -> float:
        """Tickets per second and slot; 0 where none is known."""
        return self.cases / self.seconds if self.seconds else 0.0


class Patience(msgspec.Struct, frozen=True):
    """How soon customers give up: past waits summed up, the latest of which count most.

    Who was answered might have waited longer: their seconds count, and that they left does not. Where patience is
    exponential, that is its estimate of greatest likelihood.
    """

    seconds: float = 0.0
    abandoned: float = 0.0

    def add(self, waited: float, abandoned: bool) -> "Patience":
        """A wait of so many seconds ended: answered, or the customer gave up. No wait tells nothing."""
        if waited <= 0:
            return self
        return Patience(_faded(self.seconds) + waited, _faded(self.abandoned) + abandoned)

    @property
    def rate(self) -> float:
        """How many of those who wait give up per second; 0 where nobody did."""
        return self.abandoned / self.seconds if self.seconds else 0.0


class Wait(msgspec.Struct, frozen=True):
    """Seconds still to wait: the mean, and a range in which four of five waits end."""

    mean: float
    low: float
    high: float

    def rounded(self) -> tuple[int, int]:
        """The range in whole seconds as people speak of them: outwards, to 15 s, 30 s, minutes and so on."""
        down, up = _step(self.low), _step(self.high)
        return math.floor(self.low / down) * down, math.ceil(self.high / up) * up


def by_place(ahead: int, slots: int, pace: Pace, patience: Patience) -> Wait | None:
    """The wait of a ticket with so many before it in line for so many slots, all of them taken.

    Each place is won when a slot becomes free or one of those ahead gives up. None where no slot or no pace is known.
    """
    if slots < 1 or not pace.rate:
        return None
    freed, leaving = slots * pace.rate, patience.rate
    places = max(0, ahead) + 1
    rates = [freed + j * leaving for j in range(min(places, SUMMED))]
    mean, variance = sum(1 / rate for rate in rates), sum(1 / rate**2 for rate in rates)
    rest = places - len(rates)
    if rest:
        start = freed + (SUMMED - 0.5) * leaving
        growth = rest * leaving / start
        mean += rest / start * (math.log1p(growth) / growth if growth else 1.0)
        variance += rest / start**2 / (1 + growth)
    return _wait(mean, variance, pace)


def by_head(waited: float, slots: int, pace: Pace) -> Wait | None:
    """The same where the place is unclear, from how long the head of the line has waited (seconds).

    As many will be before this one as came while the head waited: two kinds of chance, coming and being handled.
    """
    if slots < 1 or not pace.rate:
        return None
    freed = slots * pace.rate
    mean = max(0.0, waited) + 1 / freed
    return _wait(mean, 2 * mean / freed, pace)


def _wait(mean: float, variance: float, pace: Pace) -> Wait:
    """As a gamma distribution of that mean and variance, and of what the pace may be wrong by.

    Its cube root is nearly normal (Wilson and Hilferty 1931).
    """
    spread = math.sqrt(variance / mean**2 + 1 / pace.cases) / 3
    low, high = (max(0.0, 1 - spread**2 + side * REACH * spread) for side in (-1, 1))
    return Wait(mean, mean * low**3, mean * high**3)


def _faded(total: float) -> float:
    return total * (1 - 1 / MEMORY)


def _step(seconds: float) -> int:
    return next(step for until, step in STEPS if seconds <= until)
