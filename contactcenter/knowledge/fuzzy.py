"""The simplest answerer: how alike a text and the sample questions are, letter by letter."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process, utils

from contactcenter.knowledge.answerer import Ranked
from contactcenter.knowledge.articles import Article

# Score a sample question must reach, 0 to 1, at precision 0 and 1.
LEAST, MOST = 0.60, 0.95


class Fuzzy:
    """By rapidfuzz's token_set_ratio over titles and sample questions."""

    def __init__(self, articles: Sequence[Article]) -> None:
        pairs = [(sample, article.slug) for article in articles for sample in (article.title, *article.questions)]
        self._samples = [utils.default_process(sample) for sample, _ in pairs]
        self._owners = [slug for _, slug in pairs]

    def enough(self, precision: float) -> float:
        """A linear map: nobody has measured more."""
        return LEAST + (MOST - LEAST) * precision

    def rank(self, text: str, limit: int = 3) -> Sequence[Ranked]:
        """The articles nearest to a text, best first."""
        best: dict[str, float] = {}
        for _, score, index in process.extract(
            text, self._samples, scorer=fuzz.token_set_ratio, processor=utils.default_process, limit=limit * 8
        ):
            # token_set_ratio calls any subset a perfect match; a short sample must also be like the whole text.
            whole = fuzz.token_sort_ratio(text, self._samples[index], processor=utils.default_process)
            mixed = (score + whole) / 200 if score == 100 and whole < 60 else score / 100
            slug = self._owners[index]
            best[slug] = max(best.get(slug, 0.0), round(mixed, 4))
        return [Ranked(*pair) for pair in sorted(best.items(), key=lambda item: -item[1])[:limit]]
