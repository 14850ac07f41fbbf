"""What a measurement comes to: spreads over rounds, percentiles, and goals with what was reached."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A bar that was set, and where we are. What `must` be met is no matter of degree: the program fails."""

    text: str
    asked: float
    reached: float
    at_least: bool = False
    must: bool = False

    @property
    def met(self) -> bool:
        return self.reached >= self.asked if self.at_least else self.reached <= self.asked

    def shown(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "asked": significant(self.asked), "reached": significant(self.reached), "met": self.met}


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """Least, middle and greatest of the rounds."""
    return {
        "min": significant(min(values)),
        "median": significant(median(values)),
        "max": significant(max(values)),
        "rounds": len(values),
    }


def middle(values: Sequence[float]) -> float:
    """The median, by which goals are judged."""
    return float(median(values))


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def significant(value: float) -> float:
    """Four digits: a measurement has no more."""
    return float(f"{value:.4g}")
