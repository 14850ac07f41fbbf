"""An answerer for tests about what is said: sure where a text looks like a sample, letter by letter, and torn where it
looks like two. What finds articles in earnest has tests of its own (unit/test_finder.py)."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process, utils

from contactcenter.knowledge.answerer import Answerer, Ranked
from contactcenter.knowledge.answering.study import Study
from contactcenter.knowledge.articles import Article


class Letters:
    """By rapidfuzz's token_set_ratio over titles and sample questions; a short sample must be like the whole text."""

    def __init__(self, articles: Sequence[Article]) -> None:
        pairs = [(sample, article.slug) for article in articles for sample in (article.title, *article.questions)]
        self._samples = [utils.default_process(sample) for sample, _ in pairs]
        self._owners = [slug for _, slug in pairs]

    def enough(self, precision: float) -> float:
        return float((0.6 + 0.35 * precision) ** 6)

    def rank(self, text: str, limit: int = 3) -> Sequence[Ranked]:
        best: dict[str, float] = {}
        for _, score, index in process.extract(
            text, self._samples, scorer=fuzz.token_set_ratio, processor=utils.default_process, limit=limit * 8
        ):
            whole = fuzz.token_sort_ratio(text, self._samples[index], processor=utils.default_process)
            mixed = (score + whole) / 200 if score == 100 and whole < 60 else score / 100
            slug = self._owners[index]
            best[slug] = max(best.get(slug, 0.0), round(mixed**6, 4))
        return [Ranked(*pair) for pair in sorted(best.items(), key=lambda item: -item[1])[:limit]]


class ByLetters(Study):
    """Learns nothing else."""

    def learn(self, articles: Sequence[Article]) -> Answerer:
        return Letters(articles)
