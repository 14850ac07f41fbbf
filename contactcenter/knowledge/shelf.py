"""The articles that this process knows, and where in them words stand: what the help centre shows and searches.

Filled from the store by contactcenter/instep whenever the articles there have changed; replaced whole, so that threads
may read it meanwhile. Searching is bounded, whatever is asked for: so many words, looked up in a sorted list.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from contactcenter.knowledge.articles import Article

WORDS_ASKED = 12
QUERY_LIMIT = 300  # characters
ENDINGS = 40  # words that begin alike
SUMMARY_LIMIT = 1_000  # characters of a text
PLACES_LIMIT = 20_000  # looked at for one search
WEIGHTS = (8.0, 4.0, 1.0)  # of the title, the sample questions, the text

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Page:
    """A published article: its number in the store, and when this version of it was written (microseconds)."""

    article: Article
    id: int
    at: int

    @property
    def summary(self) -> str:
        """How it begins, as plain text. Parses no more than the beginning: a list shows hundreds of them."""
        return _summary(self.article.title, self.article.text[:SUMMARY_LIMIT])


@dataclass(frozen=True, slots=True)
class Contents:
    """Some pages by slug, and their index."""

    revision: int = -1
    pages: Mapping[str, Page] = field(default_factory=dict)
    words: Sequence[str] = ()  # sorted
    places: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # word -> slug -> weight


class Shelf:
    """What is known now; one per process."""

    def __init__(self) -> None:
        self.contents = Contents()

    def fill(self, revision: int, pages: Iterable[Page]) -> None:
        """Know these, and no others."""
        self.contents = _indexed(revision, {page.article.slug: page for page in pages})

    def public(self) -> list[Page]:
        """The pages that everybody may read, by title."""
        found = (page for page in self.contents.pages.values() if page.article.audience == "public")
        return sorted(found, key=lambda page: page.article.title.casefold())

    def search(self, text: str, limit: int = 20) -> list[Page]:
        """Public pages that have the words asked for, or words that begin so, the best first."""
        contents = self.contents
        asked = list(dict.fromkeys(_WORD.findall(text[:QUERY_LIMIT].casefold())))[:WORDS_ASKED]
        scores: dict[str, float] = defaultdict(float)
        left = PLACES_LIMIT
        for word in asked:
            found_in, looked_at = _having(contents, word, left)
            left -= looked_at
            for slug, weight in found_in.items():
                scores[slug] += weight
        ranked = sorted(scores, key=lambda slug: (-scores[slug], slug))
        found = (contents.pages[slug] for slug in ranked)
        return [page for page in found if page.article.audience == "public"][:limit]


@lru_cache(maxsize=4096)
def _summary(title: str, text: str) -> str:
    return Article("", title, text).passage


def related(shelf: Shelf, page: Page, limit: int) -> list[Page]:
    """Public pages of the same language that share words with it which few others have, the nearest first."""
    contents, article = shelf.contents, page.article
    own = set(_WORD.findall(" ".join((article.title, *article.questions)).casefold()))
    few = max(3, len(contents.pages) // 5)
    scores: dict[str, float] = defaultdict(float)
    for word in sorted(own)[: WORDS_ASKED * 4]:
        places = contents.places.get(word, {})
        if 1 < len(places) <= few:
            for slug, weight in places.items():
                scores[slug] += weight
    ranked = sorted(scores, key=lambda slug: (-scores[slug], slug))
    others = (contents.pages[slug] for slug in ranked if slug != article.slug and scores[slug] >= WEIGHTS[1])
    alike = (other for other in others if other.article.language == article.language)
    return [other for other in alike if other.article.audience == "public"][:limit]


def _having(contents: Contents, word: str, most: int) -> tuple[dict[str, float], int]:
    """By slug, how weightily it has the word or one that begins with it; a rare word weighs more. And how many places
    that took.
    """
    found: dict[str, float] = {}
    at, looked_at = bisect_left(contents.words, word), 0
    for known in contents.words[at : at + ENDINGS]:
        places = contents.places[known]
        if not known.startswith(word) or (len(word) < 3 and known != word) or looked_at + len(places) > most:
            break
        looked_at += len(places)
        share = 1.0 if known == word else 0.5
        for slug, weight in places.items():
            found[slug] = max(found.get(slug, 0.0), weight * share)
    rarity = 1 + len(contents.pages) / (1 + len(found))
    return {slug: weight * rarity**0.5 for slug, weight in found.items()}, looked_at


def _indexed(revision: int, pages: Mapping[str, Page]) -> Contents:
    places: dict[str, dict[str, float]] = defaultdict(dict)
    for slug, page in pages.items():
        article = page.article
        for weight, text in zip(WEIGHTS, (article.title, " ".join(article.questions), article.text), strict=True):
            for word in set(_WORD.findall(text.casefold())):
                places[word][slug] = max(places[word].get(slug, 0.0), weight)
    return Contents(revision, dict(pages), sorted(places), dict(places))
