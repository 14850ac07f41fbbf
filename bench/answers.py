"""The answerer behind the interface of a question set's scorer.

    python score.py --adapter bench.answers:build

`build` is given articles, each {id, title, answer, samples}, and nothing that will be asked. ANSWERS_ENCODER=none
measures without the encoder; a folder names another one.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contactcenter.knowledge.answerer import Ranked
from contactcenter.knowledge.answering.corpus import corpus_of
from contactcenter.knowledge.answering.finder import Finder
from contactcenter.knowledge.answering.fitting import fitted
from contactcenter.knowledge.answering.minilm import MiniLM
from contactcenter.knowledge.answering.weights import installed_folder
from contactcenter.knowledge.articles import Article


class Adapter:
    """A finder as the scorer asks it."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def rank(self, text: str) -> Sequence[Ranked]:
        """The three articles nearest to a text, each with the probability that it is right."""
        return self._finder.rank(text)

    def answers(self, text: str, precision: float) -> str | None:
        """The article to answer by if so many answers are to be right; None: a person is asked."""
        ranked = self._finder.rank(text)
        return ranked[0].slug if ranked and ranked[0].probability >= self._finder.enough(precision) else None


def build(articles: Sequence[Mapping[str, Any]], language: str) -> Adapter:
    """Learns the articles from scratch."""
    corpus = corpus_of([article_of(told, language) for told in articles])
    encoder = encoder_of()
    return Adapter(Finder(fitted(corpus, encoder.encode(corpus.texts) if encoder else None), encoder))


def article_of(told: Mapping[str, Any], language: str) -> Article:
    """An article of a set as one of ours."""
    return Article(told["id"], told["title"], told["answer"], tuple(told["samples"]), language)


def encoder_of() -> MiniLM | None:
    """The encoder to measure with."""
    wish = os.environ.get("ANSWERS_ENCODER", "")
    if wish == "none":
        return None
    folder = Path(wish) if wish else installed_folder()
    return MiniLM(folder) if folder else None
