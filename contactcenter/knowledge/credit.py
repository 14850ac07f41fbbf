"""Which article a person's reply was, found by the passage it holds: whoever put it there, it was the one that helped.

Asked by knowledge/trial and contactcenter/learn. Looks at a reply word by word, however many articles there are.
"""

from collections import defaultdict
from collections.abc import Mapping

from msgspec import structs

from contactcenter.knowledge.lines import folded, long_words
from contactcenter.knowledge.past import Past

SAME = 0.7  # of the passage's words, in a reply that says the same
FEW = 4  # words, of which a passage must have so many to be known by them


class Senders:
    """Knows the passages of some articles by their rarest words."""

    def __init__(self, passages: Mapping[str, str]) -> None:
        self._passages = passages
        counts: dict[str, int] = defaultdict(int)
        for passage in passages.values():
            for word in long_words(passage):
                counts[word] += 1
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for slug, passage in passages.items():
            # Two of them, because an agent may have changed one.
            for word in sorted(long_words(passage), key=lambda word: (counts[word], word))[:2]:
                self._by_word[word].append(slug)

    def credited(self, past: Past) -> Past:
        """The ticket, with the articles right that people's replies to it hold."""
        if past.right or not past.replies:
            return past
        right = frozenset(slug for reply in past.replies for slug in self._in(reply))
        return structs.replace(past, told_by="agent", right=right, wrong=past.wrong - right) if right else past

    def _in(self, reply: str) -> set[str]:
        near = {slug for word in long_words(reply) for slug in self._by_word.get(word, ())}
        return {slug for slug in near if says_the_same(self._passages[slug], reply)}


def says_the_same(passage: str, reply: str) -> bool:
    """Does a reply hold what a passage says? Nearly all its words do, or the whole of it."""
    words = long_words(passage)
    if len(words) < FEW:
        return folded(passage) != "" and f" {folded(passage)} " in f" {folded(reply)} "
    return len(words & long_words(reply)) >= SAME * len(words)
