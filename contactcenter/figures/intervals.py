"""How sure a figure is: intervals around shares and means, and quantiles out of counts.

Asked by every report that shows a share or a mean, so that five ratings are not read like five thousand. All of them
work on counts and sums, never on figures of figures: slots of a day can be added up first. Pure arithmetic; it corrects
no sample, and where there is nothing to tell from, the answer is None.
"""

import math
from collections.abc import Mapping
from statistics import NormalDist

import msgspec

SURE = 0.95


class Estimate(msgspec.Struct, frozen=True):
    """A figure, the interval in which its true value is to be looked for, and the number of cases behind it."""

    value: float
    low: float
    high: float
    cases: int


def share(hits: int, cases: int, sure: float = SURE) -> Estimate | None:
    """How many of the cases, from 0 to 1, with Wilson's interval; None where there was no case.

    It stays within 0 and 1, and says something also where nobody or everybody did (Wilson 1927).
    """
    _check_counts(hits=hits, misses=cases - hits)
    if not cases:
        return None
    z = _reach(sure)
    value = hits / cases
    middle = value + z * z / (2 * cases)
    reach = z * math.sqrt(value * (1 - value) / cases + (z / (2 * cases)) ** 2)
    low, high = ((middle + side * reach) / (1 + z * z / cases) for side in (-1, 1))
    return Estimate(value, max(0.0, low) if hits else 0.0, min(1.0, high) if hits < cases else 1.0, cases)


def mean(cases: int, total: float, squares: float, sure: float = SURE) -> Estimate | None:
    """The mean in the unit of `total`, with the normal interval; None where there were not two cases.

    `squares` is the sum of the squared values.
    """
    _check_counts(cases=cases)
    if cases < 2:
        return None
    value = total / cases
    variance = max(0.0, squares - total * value) / (cases - 1)
    reach = _reach(sure) * math.sqrt(variance / cases)
    return Estimate(value, value - reach, value + reach, cases)


def promoter_score(promoters: int, passives: int, detractors: int, sure: float = SURE) -> Estimate | None:
    """NPS, from -100 to 100: promoters (9 or 10 of 10) less detractors (0 to 6) in a hundred answers."""
    _check_counts(promoters=promoters, passives=passives, detractors=detractors)
    cases = promoters + passives + detractors
    found = mean(cases, 100 * (promoters - detractors), 1e4 * (promoters + detractors), sure)
    return found and Estimate(found.value, max(-100.0, found.low), min(100.0, found.high), cases)


def quantile(counts: Mapping[float, int], part: float) -> float | None:
    """The least value that at least this part (above 0, at most 1) of all cases does not exceed; None without cases.

    `counts` tells how often each value came. Where values are gathered in steps, each under the upper end of its step,
    so is the answer: it promises nothing that was not kept.
    """
    if not 0 < part <= 1:
        raise ValueError(f"part cannot be {part}")
    _check_counts(**{str(value): count for value, count in counts.items()})
    wanted = part * sum(counts.values())
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if passed and passed >= wanted - 1e-9:
            return value
    return None


def _reach(sure: float) -> float:
    """Standard deviations to each side."""
    if not 0 < sure < 1:
        raise ValueError(f"sure cannot be {sure}")
    return NormalDist().inv_cdf((1 + sure) / 2)


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"{name} cannot be {count}")
