"""Learning a base from scratch: weights, the ridge, and what its own texts say about when to be silent.

Before it: corpus and vectors. After it: finder. Runs in the background, for seconds (10,000 texts: half a minute), most
of which is spent inside numpy, where other threads run. The same base always learns the same.
"""

from collections.abc import Iterator

import numpy as np

from contactcenter.knowledge.answering.calibration import Examples, calibrated, mixed, promise
from contactcenter.knowledge.answering.corpus import Corpus
from contactcenter.knowledge.answering.finder import Learned, Shelf
from contactcenter.knowledge.answering.lexical import Lexical
from contactcenter.knowledge.answering.nearness import Nearness, Views, joined
from contactcenter.knowledge.answering.numbers import Floats, Ints
from contactcenter.knowledge.answering.priors import WITH_ENCODER, WITHOUT_ENCODER
from contactcenter.knowledge.answering.ridge import Doubles, Lesson, Ridge, balanced, coefficients_of
from contactcenter.knowledge.answering.signals import HIDDEN, Usual, Wordbook, by_article, signals
from contactcenter.knowledge.answering.weighing import Weights, weigh

WEIGHED = 1000  # texts by which the weights are chosen
DOUBTED = 3000  # texts that stand aside, alone and by article; an inverse costs their cube
LEARNED = 10_000  # texts that are learned; more of an article's add little, and their nearness is kept for each pair
AT_ONCE = 500  # rows of that
LOTS = 4  # the articles are hidden in so many lots, so that neighbours vanish together

# What is usual where no article has two texts to be compared: the median over public sets.
USUAL_SCORE, USUAL_WORDS, USUAL_MEANING = 0.5, 0.3, 0.6


def fitted(corpus: Corpus, vectors: Floats | None) -> Learned:
    """Learn a base of at least one text. `vectors`: of its texts, where there is an encoder."""
    doubted = _Doubted(corpus, vectors)
    examples = doubted.examples()
    calibrator = calibrated(examples, WITHOUT_ENCODER if vectors is None else WITH_ENCODER)
    shelf = doubted.shelf() if len(corpus.texts) <= DOUBTED else _shelf(corpus, vectors, doubted.weights)
    return Learned(corpus.slugs, (shelf,), doubted.weights, doubted.usual, calibrator, promise(examples, calibrator))


class _Doubted:
    """A base, or as much of it as can be doubted, learned with every text and every article standing aside in turn."""

    def __init__(self, corpus: Corpus, vectors: Floats | None) -> None:
        chosen = spread_out(corpus, DOUBTED)
        self.weights = _weighed(corpus, vectors)
        self.corpus, self.articles = corpus.some(chosen), len(corpus.slugs)
        self.nearness = _nearness(corpus, vectors, chosen)
        self.views = _among(self.corpus, self.nearness)
        self.ridge = Ridge(_lesson(self.corpus, self.views, self.weights), self.articles)
        self.words = Wordbook(self.corpus.texts, self.corpus.owners)
        self.usual, self.known = self._known()

    def shelf(self) -> Shelf:
        """What was learned."""
        return Shelf(self.nearness, self.corpus.texts, self.corpus.owners, self.ridge.coefficients)

    def examples(self) -> Examples:
        """Texts as if they were not known, and texts as if their articles were not."""
        strangers = [self._strangers(lot) for lot in self._lots()]
        width = self.known.signals.shape[1]
        return mixed(self.known.signals, self.known.right, np.concatenate([np.zeros((0, width)), *strangers]))

    def _known(self) -> tuple[Usual, Examples]:
        """What is usual, and the examples of texts whose article is there: each as if it were not known itself."""
        asked = self.corpus.asked
        scores = self.ridge.without_each()[asked]
        near = self._near(_without_selves(self.views, asked))
        owners = self.corpus.owners[asked]
        siblings = np.bincount(owners)[owners] - 1
        usual = _usual(scores, near, owners, siblings, self.weights)
        best = scores.argmax(axis=1)
        right = (best == owners).astype(np.float64)
        found = Examples(
            signals(scores, near, usual, self._covers(asked, best, gone=False)), right, np.ones(len(asked))
        )
        return usual, found.some(siblings > 0)  # alone, a text cannot stand aside: its article would be gone

    def _lots(self) -> Iterator[Ints]:
        """The texts of some articles at a time; with one article there would be nothing left."""
        lot_of = np.random.default_rng(0).permutation(self.articles) % min(LOTS, self.articles)
        for lot in range(min(LOTS, self.articles) if self.articles > 1 else 0):
            yield np.flatnonzero(lot_of[self.corpus.owners] == lot)

    def _strangers(self, texts: Ints) -> Doubles:
        """The signals of texts whose articles, all in this lot, are not there."""
        asked = np.flatnonzero(self.corpus.counts[texts] == 1)
        scores, near = self.ridge.without(texts)[asked], self._near(self.views.at(texts[asked]))
        hidden = np.unique(self.corpus.owners[texts])
        for table in (scores, *near):
            if table is not None:
                table[:, hidden] = HIDDEN
        return signals(scores, near, self.usual, self._covers(texts[asked], scores.argmax(axis=1), gone=True))

    def _near(self, views: Views) -> Views:
        return by_article(views, self.corpus.owners, self.articles)

    def _covers(self, texts: Ints, best: Ints, gone: bool) -> Iterator[float]:
        for text, article in zip(texts.tolist(), best.tolist(), strict=True):
            yield self.words.cover(self.corpus.texts[text], article, int(self.corpus.owners[text]), gone)


def spread_out(corpus: Corpus, most: int) -> Ints:
    """At most so many texts, of every article alike, questions first; in the order of their articles."""
    order = np.lexsort((-corpus.counts, corpus.owners))
    starts = np.searchsorted(corpus.owners[order], np.arange(len(corpus.slugs)))
    place = np.arange(len(order)) - starts[corpus.owners[order]]  # first, second ... text of its article
    chosen = order[np.argsort(place, kind="stable")[:most]]
    return np.asarray(chosen[np.argsort(corpus.owners[chosen], kind="stable")])


def _nearness(corpus: Corpus, vectors: Floats | None, numbers: Ints) -> Nearness:
    lexical = Lexical.of([corpus.texts[number] for number in numbers])
    return Nearness(lexical, None if vectors is None else vectors[numbers])


def _weighed(corpus: Corpus, vectors: Floats | None) -> Weights:
    chosen = spread_out(corpus, WEIGHED)
    some = corpus.some(chosen)
    views = _among(some, _nearness(corpus, vectors, chosen))
    return weigh(views, Lesson(views.words, some.owners, _counts(some)), len(corpus.slugs), some.asked)


def _shelf(corpus: Corpus, vectors: Floats | None, weights: Weights) -> Shelf:
    """A large base, as much of it as is learned."""
    chosen = spread_out(corpus, LEARNED)
    some, nearness = corpus.some(chosen), _nearness(corpus, vectors, chosen)
    lesson = Lesson(_joined(some, nearness, weights), some.owners, _counts(some))
    return Shelf(nearness, some.texts, some.owners, coefficients_of(lesson, len(corpus.slugs)))


def _joined(corpus: Corpus, nearness: Nearness, weights: Weights) -> Floats:
    """The kernel of many texts among themselves, made a few rows at a time: whole views would be twice its size."""
    near = np.empty((len(corpus.texts), len(corpus.texts)), np.float32)
    for begin in range(0, len(near), AT_ONCE):
        rows = slice(begin, begin + AT_ONCE)
        vectors = None if nearness.vectors is None else nearness.vectors[rows]
        near[rows] = joined(nearness.views(corpus.texts[rows], vectors), weights.words_share)
    return near


def _among(corpus: Corpus, nearness: Nearness) -> Views:
    """The texts among themselves."""
    return nearness.views(corpus.texts, nearness.vectors)


def _lesson(corpus: Corpus, views: Views, weights: Weights) -> Lesson:
    return Lesson(joined(views, weights.words_share), corpus.owners, _counts(corpus))


def _counts(corpus: Corpus) -> Floats:
    return balanced(corpus.owners, corpus.counts, len(corpus.slugs))


def _without_selves(views: Views, texts: Ints) -> Views:
    """The views of some texts, in which none is near to itself."""
    some = views.at(texts)
    for view in some:
        if view is not None:
            view[np.arange(len(texts)), texts] = HIDDEN
    return some


def _usual(scores: Doubles, near: Views, owners: Ints, siblings: Ints, weights: Weights) -> Usual:
    """The medians of what texts with siblings get in their own articles."""
    rows = np.flatnonzero(siblings > 1)
    score = float(np.median(scores[rows, owners[rows]])) if len(rows) else USUAL_SCORE
    return Usual(
        score=max(0.1, score),
        words=_medians(near.words, owners, siblings, USUAL_WORDS),
        meaning=None if near.meaning is None else _medians(near.meaning, owners, siblings, USUAL_MEANING),
        sharpness=weights.sharpness,
    )


def _medians(near: Floats, owners: Ints, siblings: Ints, otherwise: float) -> Floats:
    """By article, how near its texts are to its others; where it has no two, what is usual in the base."""
    rows = np.flatnonzero(siblings > 0)
    own = near[rows, owners[rows]]
    found = np.full(near.shape[1], float(np.median(own)) if len(rows) else otherwise, dtype=np.float32)
    for article in np.unique(owners[rows]):
        found[article] = np.median(own[owners[rows] == article])
    return found
