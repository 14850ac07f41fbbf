"""The assistant: answers a typical question from an article, or hands over and says why.

Asked by flow/assist, outside any transaction. An answerer finds the articles (knowledge/answerer); here it is decided
whether to answer by the best of them. Hands over below a threshold and whenever two articles are too close to choose.
Refuses to invent: its answer is the article's passage, with the article as its source.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contactcenter.knowledge.answerer import Answerer
from contactcenter.knowledge.answering.study import Study
from contactcenter.knowledge.articles import Article
from contactcenter.model.values import Source

FAR = 0.4  # what scores less is as good as nothing
CLOSE = 0.5  # of the best one's probability: a second with more than that is too close to choose

ASKS_FOR_PERSON = re.compile(
    r"\b(talk|speak|chat|connect|transfer|pass)\b.{0,30}\b(person|human|agent|somebody|someone|operator|representative)\b"
    r"|\b(real|live)\s+(person|human|agent)\b|^\W*(human|agent|operator|person)\W*$"
    r"|\b(mensch|mitarbeiter(in)?|menschen)\b.{0,30}\b(sprechen|reden|verbinden)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What the assistant reads: the customer's messages since the last answer, and the articles already told."""

    ticket: int
    version: int
    text: str
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that may help, with its score from 0 to 1."""

    article: Article
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Say this, from this source, for these reasons."""

    text: str
    source: Source
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handoff:
    """Pass the ticket to people, for this reason, with what may help them."""

    reason: str
    suggestions: tuple[Suggestion, ...] = ()


class Known(NamedTuple):
    """The articles by slug, and who finds them."""

    articles: dict[str, Article]
    answerer: Answerer


class Assistant:
    """Knows the articles; one per process. Threads may share it: what it knows is replaced whole."""

    def __init__(
        self, articles: Sequence[Article], precision: float, public_url: str, study: Study | None = None
    ) -> None:
        """`study`: who learns the articles; without it they are learned by their words alone."""
        self.precision = precision
        self.public_url = public_url
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

    def answer(self, question: Question) -> Answer | Handoff:
        """Answer from the knowledge base, or hand over with the reason."""
        found = self.suggest(question.text)
        if ASKS_FOR_PERSON.search(question.text):
            return Handoff("the customer asked for a person", found)
        public = [item for item in found if item.article.audience == "public"]
        threshold = self._known.answerer.enough(self.precision)
        if _tie(public, threshold):
            titles = f"“{public[0].article.title}” and “{public[1].article.title}”"
            return Handoff(f"two articles are too close to choose: {titles}", found)
        if not public or public[0].score < threshold:
            return Handoff(_unsure(public, threshold), found)
        if public[0].article.slug in question.told:
            return Handoff("the article that fits was given already and did not settle it", found)
        return self._from(public[0], threshold)

    def suggest(self, text: str, limit: int = 3) -> tuple[Suggestion, ...]:
        """The articles nearest to a text, best first; at most `limit`."""
        known = self._known
        return tuple(Suggestion(known.articles[slug], score) for slug, score in known.answerer.rank(text, limit))

    def url_of(self, article: Article) -> str:
        """Where people read the article."""
        return f"{self.public_url}/help/{article.slug}"

    def _from(self, found: Suggestion, threshold: float) -> Answer:
        article = found.article
        source = Source(
            article=article.slug,
            title=article.title,
            passage=article.passage,
            url=self.url_of(article),
            checked=article.checked.isoformat() if article.checked else "",
            score=found.score,
        )
        reason = f"“{article.title}” fits the question ({found.score:.0%}; {threshold:.0%} are enough)"
        return Answer(article.passage, source, (reason,))


def _tie(public: Sequence[Suggestion], threshold: float) -> bool:
    """Whether it is one of the best two, as far as one can be sure of anything, and not clear which."""
    if len(public) < 2:
        return False
    best, second = public[0].score, public[1].score
    return best + second >= threshold and second > best * CLOSE


def _unsure(public: Sequence[Suggestion], threshold: float) -> str:
    if not public or public[0].score < FAR:
        return "no article is about this"
    near, needed = public[0], f"{threshold:.0%} are needed"
    return f"no article fits well enough: “{near.article.title}” comes nearest ({near.score:.0%}; {needed})"
