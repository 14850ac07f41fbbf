"""The assistant: answers a typical question from an article, or hands over and says why.

Asked by flow/assist, outside any transaction. An answerer finds the articles (knowledge/answerer); what a customer
means is for knowledge/talk, what is said then for knowledge/telling and knowledge/filling. Refuses to invent: its
answers are passages of articles, with the article as their source.
"""

from collections.abc import Sequence
from typing import NamedTuple

from contactcenter.knowledge import filling, talk
from contactcenter.knowledge.answerer import Answerer
from contactcenter.knowledge.answering.study import Study
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.finding import Base
from contactcenter.knowledge.phrases import Phrases
from contactcenter.knowledge.replies import (
    Answer,
    Handoff,
    LookUp,
    Outcome,
    Question,
    Settled,
    Suggestion,
)
from contactcenter.knowledge.turn import Turn
from contactcenter.model.values import NoRecord, NotFound, Record, Source

__all__ = ["Answer", "Assistant", "Handoff", "Outcome", "Question", "Suggestion"]

MOST = 20  # messages of the assistant on one ticket


class Known(NamedTuple):
    """The articles by slug, and who finds them."""

    articles: dict[str, Article]
    answerer: Answerer


class Assistant:
    """Knows the articles; one per process. Threads may share it: what it knows is replaced whole.

    What it needs to know of a conversation it is given with each question: it keeps nothing itself.
    """

    def __init__(
        self,
        articles: Sequence[Article],
        precision: float,
        public_url: str,
        study: Study | None = None,
        phrases: Phrases | None = None,
        most: int = MOST,
    ) -> None:
        """`study`: who learns the articles; without it they are learned by their words alone."""
        self.precision = precision
        self.public_url = public_url
        self.phrases = phrases or Phrases()
        self.most = most
        self.study = study or Study()
        self.learn(articles)

    def learn(self, articles: Sequence[Article]) -> None:
        """Know these from here on, and no others, as well as can be told at once. Takes up to a second."""
        self._known = Known({article.slug: article for article in articles}, self.study.learn(articles))

    def catch_up(self) -> None:
        """Know them as well as can be, if they are not yet. Takes up to a minute, in a thread of its own."""
        known = self._known
        if (answerer := self.study.catch_up()) is not None and self._known is known:
            self._known = known._replace(answerer=answerer)

    @property
    def articles(self) -> Sequence[Article]:
        return list(self._known.articles.values())

    def answer(self, question: Question) -> Outcome:
        """Say something, ask a tool first, hand over with the reason, or stay silent."""
        return talk.reply(self._base(question.channel), question)

    def looked_up(self, question: Question, lookup: LookUp, found: Record | NoRecord) -> Settled:
        """The same once a tool has been asked."""
        return filling.looked_up(
            Turn(self._base(question.channel), question, question.text, lookup.memory), lookup, found
        )

    def suggest(self, text: str, limit: int = 3) -> tuple[Suggestion, ...]:
        """The articles nearest to a text, best first; at most `limit`."""
        return self._base().near(text, limit)

    def quote(self, slug: str, *channel: str) -> Source:
        """A public article as the source of what an agent says on a channel (its name, its kind). Raises NotFound."""
        article = self._known.articles.get(slug)
        if article is None or article.audience != "public":
            raise NotFound(f"there is no public article {slug!r}")
        return self._base(channel).source(article, 1.0)

    def url_of(self, article: Article) -> str:
        """Where people read the article."""
        return f"{self.public_url}/help/{article.slug}"

    def _base(self, channel: tuple[str, ...] = ()) -> Base:
        known = self._known
        threshold = known.answerer.enough(self.precision)
        return Base(known.articles, known.answerer, threshold, self.url_of, self.phrases, self.most, channel)
