"""Typing errors, mended by the base's own words: what else could have been meant?

Before it: normal. After it: lexical and the encoder, which loses more by a wrong letter than by a wrong word. A word is
mended if neither the base nor the encoder knows it and one of the base's is one edit away (two, if it is long). Samples
are never mended: what people wrote there is what people write.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

from contactcenter.knowledge.answering.normal import words_of

SHORTEST, LONG = 4, 6  # letters of a word that is mended, and of one that two edits may have hit
MOST = 8  # words of a text that are looked up


class Spelling:
    """The words of a base. Threads may share it."""

    def __init__(self, tamed: Iterable[str], knows: Callable[[str], bool] | None = None) -> None:
        """`knows`: which words are no errors though the base has them not. Without it only the surest are mended."""
        self._times = Counter(word for text in tamed for word in words_of(text))
        self._words = [word for word in self._times if len(word) >= SHORTEST - 1 and word.isalpha()]
        self._knows = knows

    def mended(self, tamed: str) -> str:
        """The text with its errors replaced; the same text if it has none."""
        unknown = [word for word in dict.fromkeys(words_of(tamed)) if self._suspect(word)][:MOST]
        meant = {word: other for word in unknown if (other := self._nearest(word))}
        if not meant:
            return tamed
        return " ".join(meant.get(word, word) for word in words_of(tamed))

    def _suspect(self, word: str) -> bool:
        shortest = SHORTEST if self._knows else SHORTEST + 1
        if len(word) < shortest or word in self._times or not word.isalpha():
            return False
        return self._knows is None or not self._knows(word)

    def _nearest(self, word: str) -> str:
        edits = 2 if self._knows and len(word) >= LONG else 1
        found = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=edits, limit=20)
        # Few edits first, then a first letter that is right (it seldom is not), then what is said most.
        order = sorted((far, other[0] != word[0], -self._times[other], other) for other, far, _ in found)
        return str(order[0][-1]) if order else ""
