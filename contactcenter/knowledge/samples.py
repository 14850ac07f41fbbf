"""Sample questions that past tickets could give to the articles that answered them.

Fed by contactcenter/learn; what comes out is proposed to people by flow/proposals. A question is worth proposing where
an agent had to send the article, or where the assistant was right but not sure. Quotes one sentence of a ticket.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from contactcenter.knowledge.extract import gist
from contactcenter.knowledge.trial import Base, Past, folded, long_words, says_the_same

SURE = 0.98  # who was surer than this learns nothing from the question
LENGTH = 300  # characters of a question that is one
FOR_ONE = 5  # samples for an article at a time
READ = 2_000  # questions that the base is asked, at most


class Sample(msgspec.Struct, frozen=True):
    """A question for an article, from a ticket."""

    article: str
    ticket: int
    text: str


class Senders:
    """Finds the articles whose passage a reply holds, whoever put it there."""

    def __init__(self, passages: Mapping[str, str]) -> None:
        self._passages = passages
        counts: dict[str, int] = defaultdict(int)
        for passage in passages.values():
            for word in long_words(passage):
                counts[word] += 1
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for slug, passage in passages.items():
            # Two rare words, because an agent may have changed one.
            for word in sorted(long_words(passage), key=lambda word: (counts[word], word))[:2]:
                self._by_word[word].append(slug)

    def articles_in(self, reply: str) -> frozenset[str]:
        """Those whose passage is said there."""
        near = {slug for word in long_words(reply) for slug in self._by_word.get(word, ())}
        return frozenset(slug for slug in near if says_the_same(self._passages[slug], reply))


def samples(pasts: Iterable[Past], base: Base) -> list[Sample]:
    """What the base could learn for its own articles, at most a few for each, the least sure first."""
    senders = Senders(base.passages)
    found: dict[str, list[tuple[float, Sample]]] = defaultdict(list)
    seen = set(base.samples)
    for sure, past, article in _worth(pasts, base, senders):
        text = gist(past.question, past.names)
        if len(past.question) <= LENGTH and len(text.split()) > 1 and folded(text) not in seen:
            seen.add(folded(text))
            found[article].append((sure, Sample(article, past.ticket, text)))
    chosen = (sorted(some, key=lambda one: one[0])[:FOR_ONE] for _, some in sorted(found.items()))
    return [sample for some in chosen for _, sample in some]


def _worth(pasts: Iterable[Past], base: Base, senders: Senders) -> Iterator[tuple[float, Past, str]]:
    """How sure the assistant was, the ticket, and the one article that was right."""
    asked = 0
    for past in pasts:
        right = past.right or frozenset(slug for reply in past.replies for slug in senders.articles_in(reply))
        right &= base.passages.keys()
        if len(right) != 1:
            continue
        [article] = right
        if past.right and past.answered_at:
            if past.score < SURE:
                yield past.score, past, article
        elif asked < READ:
            asked += 1
            if base.read(past.question).article != article:
                yield 0.0, past, article
