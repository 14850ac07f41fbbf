"""Is there an article for this text, and is it sure enough to be told? Ranks by the answerer, decides by one threshold.

Asked by knowledge/talk and what is beside it. Articles for agents are suggested to them, and never told to a customer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from contactcenter.knowledge.answerer import Answerer
from contactcenter.knowledge.articles import Article, passage_for
from contactcenter.knowledge.memory import Near
from contactcenter.knowledge.phrases import Phrases
from contactcenter.knowledge.replies import Answer, Suggestion
from contactcenter.model.values import Source

FAR = 0.4  # what scores less is as good as nothing
LEAST = 0.15  # what scores less is not shown to anybody
TIE = 0.5  # of the best one's score: two that near to each other, one of which is right, are worth a question back


@dataclass(frozen=True, slots=True)
class Base:
    """The articles, who finds them, how sure is sure enough, and what the desk says besides: made for one reading."""

    articles: Mapping[str, Article]
    answerer: Answerer
    threshold: float
    url_of: Callable[[Article], str]
    phrases: Phrases
    most: int  # messages of the assistant on one ticket
    channel: tuple[str, ...] = ()  # where it is said, for what an article says there: its name and its kind
    _ranked: dict[tuple[str, int], tuple[Suggestion, ...]] = field(default_factory=dict)  # of this one reading

    def near(self, text: str, limit: int = 3) -> tuple[Suggestion, ...]:
        """The articles nearest to a text, best first; each text is ranked once."""
        if (text, limit) not in self._ranked:
            ranked = self.answerer.rank(text, limit)
            self._ranked[text, limit] = tuple(Suggestion(self.articles[slug], score) for slug, score in ranked)
        return self._ranked[text, limit]

    def answer(self, article: Article, score: float, reason: str, text: str = "") -> Answer:
        """What an article says, or `text`, with the article as its source."""
        source = self.source(article, score, text)
        return Answer(source.passage, source, (reason,))

    def source(self, article: Article, score: float, text: str = "") -> Source:
        """The article as where its passage is from, or `text`."""
        checked = article.checked.isoformat() if article.checked else ""
        return Source(
            article.slug,
            article.title,
            text or passage_for(article, *self.channel),
            self.url_of(article),
            checked,
            score,
        )


class Verdict(NamedTuple):
    """What was found. At most one of `sure` and `close` is there; `reason` is why not, or why."""

    near: tuple[Suggestion, ...]
    reason: str
    sure: Suggestion | None = None
    close: tuple[Suggestion, ...] = ()


def judge(base: Base, text: str) -> Verdict:
    """The article for a text, two that are too close to choose between, or neither."""
    near = base.near(text)
    public = [item for item in near if item.article.audience == "public"]
    best, second = (public[0] if public else None), (public[1] if len(public) > 1 else None)
    if best is None:
        return Verdict(near, "no article is about this")
    tie = near[0] is best and second is not None and second.score > TIE * best.score  # and none for agents is before
    if second is not None and tie and best.score + second.score >= base.threshold:
        titles = f"“{best.article.title}” and “{second.article.title}”"
        return Verdict(near, f"two articles are too close to choose: {titles}", close=(best, second))
    if best.score < FAR:
        return Verdict(near, "no article is about this")
    needed = f"{base.threshold:.0%}"
    if best.score < base.threshold:
        comes = f"“{best.article.title}” comes nearest ({best.score:.0%}; {needed} are needed)"
        return Verdict(near, f"no article fits well enough: {comes}")
    return Verdict(near, f"“{best.article.title}” fits the question ({best.score:.0%}; {needed} are enough)", best)


def nearest(suggestions: tuple[Suggestion, ...]) -> tuple[Near, ...]:
    """As they are remembered, and shown to people: those that have anything to do with it."""
    return tuple(Near(item.article.slug, item.article.title, item.score) for item in suggestions if item.score >= LEAST)
