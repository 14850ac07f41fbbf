"""How near a text is to each of those known, by two views: what it is written with, and what it means.

Before it: lexical and the encoder's vectors. After it: ridge, which learns from the two joined, and signals, which look
at each alone. Joined, they are a kernel: each view bent by an exponential, so that what is near counts and what is far
apart is alike far, and then averaged by a share that the base itself decides (weighing).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from contactcenter.knowledge.answering.lexical import Lexical
from contactcenter.knowledge.answering.numbers import Floats, Ints

# How steeply nearness falls with the angle. A vector's angles are small among texts of one desk, hence the two.
STEEP_WORDS, STEEP_MEANING = 1.0, 2.0


class Views(NamedTuple):
    """Cosines to each known text, one row per text that was asked for; by meaning only where there is an encoder."""

    words: Floats
    meaning: Floats | None

    def at(self, rows: Ints) -> "Views":
        """Some of the rows."""
        return Views(self.words[rows], None if self.meaning is None else self.meaning[rows])


class Nearness:
    """Knows some texts, with their vectors where there is an encoder. Threads may share it."""

    def __init__(self, lexical: Lexical, vectors: Floats | None) -> None:
        self.lexical, self.vectors = lexical, vectors

    def views(self, tamed: Sequence[str], vectors: Floats | None) -> Views:
        """Of some texts, with their vectors in the same order."""
        words = np.empty((len(tamed), self.lexical.size), np.float32)
        for row, text in enumerate(tamed):
            words[row] = self.lexical.similar(text)
        if vectors is None or self.vectors is None:
            return Views(words, None)
        return Views(words, vectors @ self.vectors.T)


def joined(views: Views, words_share: float) -> Floats:
    """The kernel: 1 for the same text, near 0 for what has nothing in common."""
    words = np.exp(STEEP_WORDS * (views.words - 1))
    if views.meaning is None:
        return np.asarray(words, dtype=np.float32)
    meaning = np.exp(STEEP_MEANING * (views.meaning - 1))
    return np.asarray(words_share * words + (1 - words_share) * meaning, dtype=np.float32)
