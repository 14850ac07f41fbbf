"""A few articles learned at once, on top of a base that was learned whole.

Between a change and the next fitting, which follows in the background. The new texts are a shelf of their own, learned
on what the base still gets wrong about them; a changed article is new, and what it was before is absent, as one that is
gone. The calibrator stays: its signals are relative, and mean the same for an article that it has never seen.
"""

from collections.abc import Callable, Sequence

import numpy as np

from contactcenter.knowledge.answering.corpus import Corpus
from contactcenter.knowledge.answering.finder import Learned, Shelf
from contactcenter.knowledge.answering.lexical import Lexical
from contactcenter.knowledge.answering.nearness import Nearness, joined
from contactcenter.knowledge.answering.numbers import Floats, Ints
from contactcenter.knowledge.answering.ridge import PENALTY, balanced
from contactcenter.knowledge.answering.signals import Usual

MOST = 300  # texts that are learned so; more are left to the next fitting


def stepped(
    learned: Learned, whole: Corpus, corpus: Corpus, vectors: Callable[[Sequence[str]], Floats | None]
) -> Learned:
    """What was learned of `whole`, brought to `corpus` (or as near to it as MOST texts come)."""
    before, now = whole.by_article(), corpus.by_article()
    absent = frozenset(number for number, slug in enumerate(whole.slugs) if now.get(slug) != before[slug])
    learned = learned._replace(absent=absent)
    fresh = corpus.of_articles([slug for slug in corpus.slugs if now[slug] != before.get(slug)], MOST)
    return _with(learned, fresh, vectors(fresh.texts)) if fresh.texts else learned


def _with(learned: Learned, fresh: Corpus, vectors: Floats | None) -> Learned:
    slugs = (*learned.slugs, *fresh.slugs)
    owners = fresh.owners + len(learned.slugs)
    nearness = Nearness(Lexical.of(fresh.texts), vectors)
    near = joined(nearness.views(fresh.texts, vectors), learned.weights.words_share)
    missed = np.zeros((len(owners), len(slugs)), np.float32)
    missed[np.arange(len(owners)), owners] = 1
    missed[:, : len(learned.slugs)] -= _said(learned, fresh.texts, vectors)
    counts = balanced(fresh.owners, fresh.counts, len(fresh.slugs))
    said = np.linalg.solve(near + np.diag(PENALTY / counts), missed)
    shelf = Shelf(nearness, fresh.texts, owners, np.ascontiguousarray(said.T))
    return learned._replace(slugs=slugs, shelves=(*learned.shelves, shelf), usual=_usual(learned.usual, owners))


def _said(learned: Learned, texts: Sequence[str], vectors: Floats | None) -> Floats:
    """What the base says about texts it has not learned."""
    (shelf,) = learned.shelves
    near = joined(shelf.nearness.views(texts, vectors), learned.weights.words_share)
    return np.asarray(near @ shelf.coefficients.T)


def _usual(usual: Usual, owners: Ints) -> Usual:
    """For the new articles, what is usual in the base."""
    more = len(np.unique(owners))

    def longer(found: Floats) -> Floats:
        return np.append(found, np.full(more, np.median(found), np.float32))

    meaning = None if usual.meaning is None else longer(usual.meaning)
    return usual._replace(words=longer(usual.words), meaning=meaning)
