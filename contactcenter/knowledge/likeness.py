"""How alike texts are: the seam between whoever groups questions and whoever knows what words mean, and a simple one.

Used by knowledge/gaps and groups. A sentence encoder fits behind the same port; without one, words count by how rare
they are and by the letters they are made of, so that inflected and misspelt ones are near each other. Knows no ticket.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

DIMENSIONS = 512
PIECES = (3, 4)  # letters of the pieces a word is made of
WHOLE = 2.0  # what a whole word weighs beside one piece of it
LONGEST = 24  # letters of a word that are looked at
WORDS = 200  # of a text
KNOWN = 100_000  # words that are kept in mind
_WORD = re.compile(r"\w+")


class Likeness(Protocol):
    """Turns texts into vectors, to be compared by their cosine. A text asks the same as others where it is at least
    `near` to their middle; two groups are one where their texts are at least `together` alike on average.
    """

    near: float
    together: float

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text, of length 0 where there is nothing in it."""


class Wording:
    """By the words alone. What they weigh is learned from the texts it is made with."""

    near = 0.45  # measured on 10,000 questions of 77 kinds: nine of ten find a group, two of three the right one
    together = 0.3

    def __init__(self, texts: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        total = 0
        for text in texts:
            total += 1
            counts.update(set(_words(text)))
            if len(counts) > 2 * KNOWN:  # rare ones weigh all alike
                counts = Counter(dict(counts.most_common(KNOWN)))
        self._weights = {word: 1 + math.log((2 + total) / (1 + count)) for word, count in counts.items()}
        self._rare = 1 + math.log(2 + total)
        self._made: dict[str, tuple[NDArray[np.int64], Vectors]] = {}

    def vectors(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, count in Counter(_words(text)).items():
                places, values = self._of(word)
                np.add.at(row, places, values * np.float32(1 + math.log(count)))
        return of_length_one(rows)

    def _of(self, word: str) -> tuple[NDArray[np.int64], Vectors]:
        known = self._made.get(word)
        if known is None:
            if len(self._made) >= KNOWN:
                self._made.clear()
            known = self._made[word] = _hashed(word, self._weights.get(word, self._rare))
        return known


def of_length_one(rows: Vectors) -> Vectors:
    """The rows as they point; of length 0 where there is nothing in them."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    pointing: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return pointing


def _words(text: str) -> list[str]:
    return [word[:LONGEST] for word in _WORD.findall(text.casefold())[:WORDS]]


def _hashed(word: str, weight: float) -> tuple[NDArray[np.int64], Vectors]:
    """Where in a vector a word and its pieces stand, each with a sign that chance gave it, and how long that is."""
    marked = f"<{word}>"
    pieces = [marked[n : n + size] for size in PIECES for n in range(len(marked) - size + 1)]
    hashes = [crc32(piece.encode("utf-8", "replace")) for piece in (f"={word}", *pieces)]
    places = np.array([number % DIMENSIONS for number in hashes], dtype=np.int64)
    values = np.array([1.0 if number & 0x8000_0000 else -1.0 for number in hashes], dtype=np.float32)
    values[0] *= WHOLE
    return places, (values * np.float32(weight / math.sqrt(WHOLE * WHOLE + len(pieces)))).astype(np.float32)
