"""From signals to a probability that means what it says, learned from the articles alone.

Before it: signals of the base's own texts, each without itself (right or wrong) and without its article (a stranger,
always wrong). After it: finder. A logistic regression, drawn towards what public question sets taught (PRIOR, numbers
only), so that a desk with eight articles begins with good sense and one with eighty has its own. Nearly half of what
comes in is taken to be strangers: a desk cannot know, and where fewer are, answers are only righter than asked for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contactcenter.knowledge.answering.numbers import Floats
from contactcenter.knowledge.answering.ridge import Doubles
from contactcenter.knowledge.answering.signals import NAMES

STRANGERS = 0.45  # of what is asked
LIKELY = 0.5  # whatever precision is asked for: what is rather wrong than right is not said
PULL = 4.0  # of the prior: that of about as many texts
EVEN = 20  # examples with evenly spread probabilities, so that a few real ones do not promise too much
ROUNDS = 30
ODDS = NAMES.index("odds")


class Prior(NamedTuple):
    """By signal: where it is usually, how far it spreads, and what it says; the last of `says` is said anyway."""

    centres: tuple[float, ...]
    spreads: tuple[float, ...]
    says: tuple[float, ...]


class Examples(NamedTuple):
    """Signals of texts that were asked for, whether the best article was right, and what each example counts."""

    signals: Doubles
    right: Doubles
    counts: Doubles

    def some(self, rows: NDArray[np.bool]) -> "Examples":
        """Some of the examples."""
        return Examples(self.signals[rows], self.right[rows], self.counts[rows])


class Calibrator(NamedTuple):
    """What signals say. Made by `calibrated`."""

    prior: Prior
    says: Doubles

    def probability(self, signals: Doubles) -> Doubles:
        """That the best article is right, by row; never more than its share against the other articles."""
        return np.minimum(_logistic(_scaled(signals, self.prior) @ self.says), _logistic(signals[:, ODDS]))


def calibrated(examples: Examples, prior: Prior) -> Calibrator:
    """Fitted by Newton's method, which settles within a few rounds."""
    scaled, says = _scaled(examples.signals, prior), np.array(prior.says)
    pull = np.full(len(says), PULL)
    for _ in range(ROUNDS):
        chance = _logistic(scaled @ says)
        slope = scaled.T @ (examples.counts * (chance - examples.right)) + pull * (says - prior.says)
        bend = (scaled * (examples.counts * chance * (1 - chance))[:, None]).T @ scaled + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        says = says - step / max(1.0, np.abs(step).max())  # a bold step where the curve is flat would never come back
        if np.abs(step).max() < 1e-6:
            break
    return Calibrator(prior, says)


def mixed(known: Doubles, right: Doubles, strangers: Doubles) -> Examples:
    """Examples of both kinds, in the shares that are expected; of strangers alone nothing is learned."""
    many = len(known)
    strangers = strangers if many else strangers[:0]
    return Examples(
        np.concatenate([known, strangers]),
        np.concatenate([right, np.zeros(len(strangers))]),
        np.repeat([(1 - STRANGERS), STRANGERS * many / max(1, len(strangers))], [many, len(strangers)]),
    )


class Promise(NamedTuple):
    """Probabilities of the examples, highest first, and the mean of each and all above it."""

    least: Floats
    mean: Floats

    def enough(self, precision: float) -> float:
        """The least probability above which the mean is `precision`, but never less than LIKELY; 1 where none is."""
        kept = int(np.count_nonzero(self.mean >= precision))  # means only fall
        return max(LIKELY, float(self.least[kept - 1])) if kept else 1.0


def promise(examples: Examples, calibrator: Calibrator) -> Promise:
    """What can be promised of probabilities like these."""
    chance = np.concatenate([calibrator.probability(examples.signals), (np.arange(EVEN) + 0.5) / EVEN])
    order = np.argsort(-chance)
    counts = np.concatenate([examples.counts, np.ones(EVEN)])[order]
    mean = np.cumsum(chance[order] * counts) / np.cumsum(counts)
    return Promise(chance[order].astype(np.float32), mean.astype(np.float32))


def _scaled(signals: Doubles, prior: Prior) -> Doubles:
    """Around the prior's centres, within four of its spreads, and a 1 behind."""
    scaled = np.clip((signals - np.array(prior.centres)) / np.array(prior.spreads), -4, 4)
    return np.concatenate([scaled, np.ones((len(scaled), 1))], axis=1)


def _logistic(value: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))))
