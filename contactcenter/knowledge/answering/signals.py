"""What speaks for the best article and what against it, as a few numbers that mean the same in every base.

Before it: ridge's scores and nearness's views. After it: calibration, which makes a probability of them. They are all
relative: to the second best, to what is usual among this article's own texts, to the words of the question. So a
calibration that other bases taught is a sensible beginning for a base that is too small to teach one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import NamedTuple

import numpy as np

from contactcenter.knowledge.answering.nearness import Views
from contactcenter.knowledge.answering.normal import words_of
from contactcenter.knowledge.answering.numbers import Floats, Ints
from contactcenter.knowledge.answering.ridge import Doubles

NAMES = ("score", "lead", "odds", "cover", "words", "words lead", "words usual")
MEANING_NAMES = ("meaning", "meaning lead", "meaning usual")
FEWEST = 10  # articles; a base of fewer is taken to have so many, the others with a score of 0
HIDDEN = -1.0  # the score and the nearness of an article that is not there


class Usual(NamedTuple):
    """What a text of the base gets from the others: its score, and by article its nearness in each view."""

    score: float
    words: Floats
    meaning: Floats | None
    sharpness: float


class Wordbook:
    """Which words each article has."""

    def __init__(self, tamed: Sequence[str], owners: Ints) -> None:
        self.size = len(tamed)
        self._of_word: dict[str, Counter[int]] = {}
        for text, owner in zip(tamed, owners.tolist(), strict=True):
            for word in set(words_of(text)):
                self._of_word.setdefault(word, Counter())[owner] += 1

    def cover(self, text: str, article: int, own: int | None = None, gone: bool = False) -> float:
        """The share of a text's words that an article has, rare words counting more.

        `own`: the article the text is one of; it counts as if it were not, or with `gone` as if none of it were.
        """
        has, all_ = 0.0, 1e-9
        for word in set(words_of(text)):
            times = self._of_word.get(word, Counter[int]())
            less = 0 if own is None else times[own] if gone else 1
            weight = log((self.size + 1) / (max(0, times.total() - less) + 0.5))
            all_ += weight
            has += weight * (times[article] - (less if article == own else 0) > 0)
        return has / all_


def nearest(near: Floats, owners: Ints, articles: int) -> Floats:
    """How near each article's nearest text is, by row; `owners` of the columns, in order."""
    found = np.full((len(near), articles), HIDDEN, dtype=np.float32)
    present, begin = np.unique(owners, return_index=True)
    if len(present):
        found[:, present] = np.maximum.reduceat(near, begin, axis=1)
    return found


def by_article(views: Views, owners: Ints, articles: int) -> Views:
    """Both views, of articles instead of texts."""
    meaning = None if views.meaning is None else nearest(views.meaning, owners, articles)
    return Views(nearest(views.words, owners, articles), meaning)


def signals(scores: Doubles, near: Views, usual: Usual, covers: Iterable[float]) -> Doubles:
    """A row of numbers for the best article of each row of scores. `covers`: of those articles."""
    best = scores.argmax(axis=1)
    first = scores[np.arange(len(scores)), best]
    shares = _shares(scores, first, usual.sharpness)
    columns = [
        first / usual.score,
        (first - np.maximum(_without(scores, best), 0)) / usual.score,
        np.log((shares + 1e-4) / (1 - shares + 1e-4)),
        np.fromiter(covers, np.float64, len(scores)),
        *_of_view(near.words, best, usual.words),
    ]
    if near.meaning is not None and usual.meaning is not None:
        columns += _of_view(near.meaning, best, usual.meaning)
    return np.stack(columns, axis=1)


def _shares(scores: Doubles, best: Doubles, sharpness: float) -> Doubles:
    """The best article's share against the others, and against nothing: a small base leaves more unsaid."""
    others = np.exp(sharpness * (scores - best[:, None])).sum(axis=1)
    nothing = max(1, FEWEST - scores.shape[1]) * np.exp(-sharpness * best)
    return np.asarray(1 / (others + nothing))


def _of_view(near: Floats, best: Ints, usual: Floats) -> list[Doubles]:
    found = near[np.arange(len(near)), best].astype(np.float64)
    return [found, found - np.maximum(_without(near, best), 0), found - usual[best]]


def _without(table: Doubles | Floats, best: Ints) -> Doubles:
    """The highest of each row but for the best article's."""
    others = np.array(table, dtype=np.float64)
    others[np.arange(len(others)), best] = HIDDEN
    return np.asarray(others.max(axis=1))
