"""The assistant: answers a typical question from an article, or hands over and says why.

Asked by flow/assist, outside any transaction. First version: rapidfuzz's token_set_ratio over titles and sample
questions, a threshold below which it hands over, and a hand-over whenever two articles are too close to choose.
Refuses to invent: its answer is the article's passage, with the article as its source.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import fuzz, process, utils

from contactcenter.knowledge.articles import Article
from contactcenter.model.values import Source

# Score a sample question must reach, 0 to 100, at precision 0 and 1 of the knob: a linear map until the calibrated
# answerer replaces it.
LEAST, MOST = 60.0, 95.0
FAR = 0.4  # what scores less is as good as nothing
CLOSE = 3.0  # two articles nearer than this are a tie

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
    """The articles with what is matched against: a processed sample and whose it is."""

    articles: Sequence[Article]
    samples: list[str]
    owners: list[Article]


class Assistant:
    """Knows the articles; one per process. Threads may share it: what it knows is replaced whole."""

    def __init__(self, articles: Sequence[Article], precision: float, public_url: str) -> None:
        self.precision = precision
        self.public_url = public_url
        self.learn(articles)

    def learn(self, articles: Sequence[Article]) -> None:
        """Know these from here on, and no others."""
        pairs = [(sample, article) for article in articles for sample in (article.title, *article.questions)]
        samples = [utils.default_process(sample) for sample, _ in pairs]
        self._known = Known(articles, samples, [article for _, article in pairs])

    @property
    def articles(self) -> Sequence[Article]:
        return self._known.articles

    def answer(self, question: Question) -> Answer | Handoff:
        """Answer from the knowledge base, or hand over with the reason."""
        found = self.suggest(question.text)
        if ASKS_FOR_PERSON.search(question.text):
            return Handoff("the customer asked for a person", found)
        public = [item for item in found if item.article.audience == "public"]
        threshold = (LEAST + (MOST - LEAST) * self.precision) / 100
        if not public or public[0].score < threshold:
            return Handoff(_unsure(public, threshold), found)
        if len(public) > 1 and public[0].score - public[1].score < CLOSE / 100:
            titles = f"“{public[0].article.title}” and “{public[1].article.title}”"
            return Handoff(f"two articles are too close to choose: {titles}", found)
        if public[0].article.slug in question.told:
            return Handoff("the article that fits was given already and did not settle it", found)
        return self._from(public[0], threshold)

    def suggest(self, text: str, limit: int = 3) -> tuple[Suggestion, ...]:
        """The articles nearest to a text, best first; at most `limit`."""
        best: dict[str, Suggestion] = {}
        known = self._known
        for _, score, index in process.extract(
            text, known.samples, scorer=fuzz.token_set_ratio, processor=utils.default_process, limit=limit * 8
        ):
            article = known.owners[index]
            # token_set_ratio calls any subset a perfect match; a short sample must also be like the whole text.
            whole = fuzz.token_sort_ratio(text, known.samples[index], processor=utils.default_process)
            mixed = (score + whole) / 200 if score == 100 and whole < 60 else score / 100
            if article.slug not in best or best[article.slug].score < mixed:
                best[article.slug] = Suggestion(article, round(mixed, 4))
        return tuple(sorted(best.values(), key=lambda item: -item.score)[:limit])

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


def _unsure(public: Sequence[Suggestion], threshold: float) -> str:
    if not public or public[0].score < FAR:
        return "no article is about this"
    near, needed = public[0], f"{threshold:.0%} are needed"
    return f"no article fits well enough: “{near.article.title}” comes nearest ({near.score:.0%}; {needed})"
