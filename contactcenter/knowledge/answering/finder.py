"""The answerer: finds the articles for a question and says how sure it is.

Made by fitting (or read back by keeping), extended by steps; asked by knowledge/assistant, in a thread. A question is
made tame, its typing errors mended, its nearness to the base's texts taken by both views; what was learned makes scores
of that, signals of those, and the calibrator a probability. Bounded: a text costs what 2,000 letters cost.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from contactcenter.knowledge.answerer import Ranked
from contactcenter.knowledge.answering.calibration import Calibrator, Promise
from contactcenter.knowledge.answering.encoder import Encoder
from contactcenter.knowledge.answering.nearness import Nearness, Views, joined
from contactcenter.knowledge.answering.normal import tame, words_of
from contactcenter.knowledge.answering.numbers import Floats, Ints
from contactcenter.knowledge.answering.signals import HIDDEN, Usual, Wordbook, by_article, signals
from contactcenter.knowledge.answering.spelling import Spelling
from contactcenter.knowledge.answering.weighing import Weights

CANDIDATES = 50  # articles by each view that get a score, where there are many
ALIKE = 0.3  # so near in letters are words and their other forms
SAME = 0.99  # the least probability of an article, and of no other, that is asked for in its own words
NOTHING = 0.05  # nearness below which a base has nothing to say to a text


class Shelf(NamedTuple):
    """Texts that were learned from, in the order of their articles, and what each says for which article."""

    nearness: Nearness
    texts: tuple[str, ...]
    owners: Ints
    coefficients: Floats


class Learned(NamedTuple):
    """All that was learned from the articles; shelves after the first are steps."""

    slugs: tuple[str, ...]
    shelves: tuple[Shelf, ...]
    weights: Weights
    usual: Usual
    calibrator: Calibrator
    promise: Promise
    absent: frozenset[int] = frozenset()  # articles that were learned and are no more


class Finder:
    """Ranks articles for texts. Threads may share it: it never changes."""

    def __init__(self, learned: Learned, encoder: Encoder | None) -> None:
        self.learned, self._encoder = learned, encoder
        texts = [text for shelf in learned.shelves for text in shelf.texts]
        owners = np.concatenate([shelf.owners for shelf in learned.shelves])
        self._spelling = Spelling(texts, encoder.knows if encoder else None)
        self._words = Wordbook(texts, owners)
        self._same = _said_once(texts, owners.tolist())

    def enough(self, precision: float) -> float:
        """The least probability at which the share `precision` of the answers given is right; 1 if there is none."""
        return self.learned.promise.enough(precision)

    def rank(self, text: str, limit: int = 3) -> Sequence[Ranked]:
        """The articles nearest to a text, best first; none where there is nothing to go by."""
        mended = self._spelling.mended(tame(text))
        if not words_of(mended):
            return ()
        scores, near = self.seen(mended)
        highest = max(float(view.max()) for view in near if view is not None)
        if highest < NOTHING:
            return ()
        return self._ranked(scores, self._chance(mended, scores, near), limit)

    def seen(self, tamed: str) -> tuple[Floats, Views]:
        """The articles' scores, and how near each one's nearest text is."""
        learned, size = self.learned, len(self.learned.slugs)
        vectors = self._encoder.encode([tamed]) if self._encoder else None
        scores, looks = np.zeros(size, np.float32), []
        for shelf in learned.shelves:
            views = shelf.nearness.views([tamed], vectors)
            looks.append(by_article(views, shelf.owners, size))
            some = _nearest(looks[-1], len(shelf.coefficients))
            scores[some] += shelf.coefficients[some] @ joined(views, learned.weights.words_share)[0]
        near = looks[0] if len(looks) == 1 else _nearest_of(looks)
        return self._present(scores, near)

    def _chance(self, tamed: str, scores: Floats, near: Views) -> float:
        """How probable it is that the best article is right."""
        best = int(scores.argmax())
        cover = self._words.cover(tamed, best)
        told = signals(scores[None].astype(np.float64), near, self.learned.usual, [cover])
        chance = float(self.learned.calibrator.probability(told)[0])
        if near.meaning is None and not cover:  # no word in common: their letters are all there is to go by
            chance *= min(1.0, float(near.words[0, best]) / ALIKE)
        return max(chance, SAME) if self._same.get(_spoken(tamed)) == best else chance

    def _present(self, scores: Floats, near: Views) -> tuple[Floats, Views]:
        if absent := list(self.learned.absent):
            scores[absent] = HIDDEN
            for view in near:
                if view is not None:
                    view[:, absent] = HIDDEN
        return scores, near

    def _ranked(self, scores: Floats, chance: float, limit: int) -> list[Ranked]:
        """The best has the probability; of the others each as much less as its score is less sharp."""
        order = np.argsort(-scores, kind="stable")[:limit]
        shares = np.exp(self.learned.usual.sharpness * (scores[order] - scores[order[0]]))
        return [
            Ranked(self.learned.slugs[article], round(chance * float(share), 4))
            for article, share in zip(order.tolist(), shares, strict=True)
            if article not in self.learned.absent
        ]


def _said_once(texts: Sequence[str], owners: Sequence[int]) -> dict[str, int]:
    """The article of each text that only one article has, by the text's words."""
    found: dict[str, set[int]] = {}
    for text, owner in zip(texts, owners, strict=True):
        found.setdefault(_spoken(text), set()).add(owner)
    return {words: min(articles) for words, articles in found.items() if len(articles) == 1}


def _spoken(tamed: str) -> str:
    return " ".join(words_of(tamed))


def _nearest(near: Views, articles: int) -> Ints:
    """The articles that are worth a score: the nearest of each view. What is far from both has next to none."""
    if articles <= 2 * CANDIDATES:
        return np.arange(articles)
    found = [np.argpartition(-view[0, :articles], CANDIDATES)[:CANDIDATES] for view in near if view is not None]
    return np.unique(np.concatenate(found))


def _nearest_of(looks: Sequence[Views]) -> Views:
    meanings = [look.meaning for look in looks if look.meaning is not None]
    return Views(
        np.maximum.reduce([look.words for look in looks]),
        np.maximum.reduce(meanings) if len(meanings) == len(looks) else None,
    )
