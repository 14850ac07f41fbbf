"""What there is to learn from: the articles' titles, sample questions and first sentences, as numbered texts.

Before it: knowledge/articles. After it: fitting. A title and a question say how people ask; a sentence of the passage
only what the answer speaks of, so all of them together count a third of those, and a few are enough.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from contactcenter.knowledge.answering.normal import tame
from contactcenter.knowledge.answering.numbers import Floats, Ints
from contactcenter.knowledge.articles import Article

SENTENCES = 4  # of an article
SENTENCES_COUNT = 0.3  # all together, for each title and question
MOST_OF_ONE = 0.5
SHORTEST = 3  # words of a sentence that says something

_END = re.compile(r"(?<=[.!?]) ")


class Corpus(NamedTuple):
    """Tame texts, each with the number of its article and what it counts; the articles' slugs by number."""

    slugs: tuple[str, ...]
    texts: tuple[str, ...]
    owners: Ints
    counts: Floats

    @property
    def asked(self) -> Ints:
        """The numbers of the texts that are titles and questions."""
        return np.flatnonzero(self.counts == 1)

    def some(self, numbers: Ints) -> "Corpus":
        """Some of the texts, with the articles numbered as before."""
        texts = tuple(self.texts[number] for number in numbers)
        return Corpus(self.slugs, texts, self.owners[numbers], self.counts[numbers])

    def by_article(self) -> dict[str, list[tuple[str, float]]]:
        """Each article's texts and what they count, by its slug."""
        found: dict[str, list[tuple[str, float]]] = {slug: [] for slug in self.slugs}
        for text, owner, count in zip(self.texts, self.owners.tolist(), self.counts.tolist(), strict=True):
            found[self.slugs[owner]].append((text, count))
        return found

    def of_articles(self, slugs: Sequence[str], most: int) -> "Corpus":
        """The first articles of these that have no more than so many texts together, as a corpus of its own."""
        numbers = [self.slugs.index(slug) for slug in slugs]
        sizes = np.cumsum(np.bincount(self.owners, minlength=len(self.slugs))[numbers]) if numbers else np.zeros(0)
        numbers = numbers[: int(np.count_nonzero(sizes <= most))]
        texts = np.concatenate([np.zeros(0, np.int64), *(np.flatnonzero(self.owners == number) for number in numbers)])
        owners = np.searchsorted(np.array(numbers, np.int64), self.owners[texts])
        return Corpus(
            tuple(self.slugs[number] for number in numbers),
            tuple(self.texts[text] for text in texts),
            owners,
            self.counts[texts],
        )

    def digest(self) -> str:
        """Names the content: another text or another order has another."""
        told = hashlib.sha256()
        for text, owner, count in zip(self.texts, self.owners, self.counts, strict=True):
            told.update(f"{self.slugs[owner]}\0{count}\0{text}\0".encode())
        return told.hexdigest()


def corpus_of(articles: Sequence[Article]) -> Corpus:
    """The texts of articles, in their order; each article has its own once."""
    found = [texts_of(article) for article in articles]
    return Corpus(
        slugs=tuple(article.slug for article in articles),
        texts=tuple(text for texts in found for text in texts),
        owners=np.repeat(np.arange(len(articles)), [len(texts) for texts in found]),
        counts=np.array([count for texts in found for count in texts.values()], np.float32),
    )


def texts_of(article: Article) -> dict[str, float]:
    """An article's tame texts, each with what it counts."""
    asked = {tamed: 1.0 for text in (article.title, *article.questions) if (tamed := tame(text))}
    sentences = [text for text in _END.split(tame(article.passage)) if len(text.split()) >= SHORTEST]
    told = [text for text in dict.fromkeys(sentences[:SENTENCES]) if text not in asked]
    counts = min(MOST_OF_ONE, SENTENCES_COUNT * len(asked) / max(1, len(told)))
    return asked | dict.fromkeys(told, counts)
