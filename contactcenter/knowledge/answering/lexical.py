"""How alike texts are by what they are written with: words, pairs of words, and runs of two to four letters.

Before it: normal. Beside the encoder, whose English it does not need; joined with it by nearness. Rare parts weigh more
(the square root of the inverse document frequency: in a base of a few hundred short texts the whole of it overstates
chance), and each of the two kinds counts the same in a short text as in a long one. Knows only what its texts have.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from contactcenter.knowledge.answering.normal import words_of
from contactcenter.knowledge.answering.numbers import Floats, Ints

WORDS_SHARE = 0.4  # of the likeness; the runs of letters have the rest, which stand typing errors and endings
RUNS = (2, 3, 4)  # letters
OFTEN = 16  # a part that more than one in so many texts has


class Sparse(NamedTuple):
    """The parts of a text by number, with what each weighs."""

    parts: Ints
    values: Floats


class Kinds(NamedTuple):
    """All parts by number, and what each weighs."""

    parts: Sequence[str]
    weights: Floats


class Lists(NamedTuple):
    """By part, the texts that have it: from `starts` of its number to that of the next, with what it weighs there."""

    starts: Ints
    texts: Ints
    values: Floats


class Lexical:
    """Knows some texts by their parts. Threads may share it: it never changes."""

    def __init__(self, kinds: Kinds, lists: Lists, size: int) -> None:
        """`size`: how many texts there are."""
        self.kinds, self.lists, self.size = kinds, lists, size
        self._numbers = {part: number for number, part in enumerate(kinds.parts)}
        self._often, self._rows = _often(lists, size)

    @classmethod
    def of(cls, tamed: Sequence[str]) -> "Lexical":
        """From tame texts."""
        counted = [_counted(text) for text in tamed]
        frequency: Counter[str] = Counter()
        for words, runs in counted:
            frequency.update(words.keys())
            frequency.update(runs.keys())
        many = len(tamed)
        weights = np.array([math.sqrt(math.log((1 + many) / (1 + n)) + 1) for n in frequency.values()], np.float32)
        kinds = Kinds(list(frequency), weights)
        blank = cls(kinds, Lists(np.zeros(len(frequency) + 1, np.int64), _none(), np.zeros(0, np.float32)), 0)
        return cls(kinds, _lists([blank._sparse(*one) for one in counted], len(frequency)), many)

    def similar(self, tamed: str) -> Floats:
        """How alike a text is to each of those known, from 0 to 1."""
        parts, values = self._sparse(*_counted(tamed))
        often = self._often[parts]
        found = values[often >= 0] @ self._rows[often[often >= 0]]
        parts, values = parts[often < 0], values[often < 0]
        starts = self.lists.starts
        begin, length = starts[parts], starts[parts + 1] - starts[parts]
        ends = np.cumsum(length)
        # The positions begin, begin + 1 ... of every part's list, one list behind the other.
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - (ends - length), length)
        weights = self.lists.values[at] * np.repeat(values, length)
        found += np.bincount(self.lists.texts[at], weights, minlength=self.size)
        return np.asarray(found)

    def _sparse(self, words: Counter[str], runs: Counter[str]) -> Sparse:
        both = [self._weighed(words, WORDS_SHARE), self._weighed(runs, 1 - WORDS_SHARE)]
        return Sparse(np.concatenate([one.parts for one in both]), np.concatenate([one.values for one in both]))

    def _weighed(self, counted: Counter[str], share: float) -> Sparse:
        known = [(self._numbers[part], times) for part, times in counted.items() if part in self._numbers]
        if not known:
            return Sparse(_none(), np.zeros(0, np.float32))
        parts, times = np.array(known, np.int64).T
        values = (1 + np.log(times)) * self.kinds.weights[parts]
        return Sparse(parts, (values * math.sqrt(share / float(values @ values))).astype(np.float32))


def _lists(rows: Sequence[Sparse], parts: int) -> Lists:
    """The lists of texts by part, which is how a question looks them up."""
    part = np.concatenate([_none(), *(row.parts for row in rows)])
    text = np.repeat(np.arange(len(rows)), [len(row.parts) for row in rows])
    value = np.concatenate([np.zeros(0, np.float32), *(row.values for row in rows)])
    order = np.argsort(part, kind="stable")
    return Lists(np.searchsorted(part[order], np.arange(parts + 1)), text[order], value[order])


def _often(lists: Lists, size: int) -> tuple[Ints, Floats]:
    """Parts that many texts have, as whole rows, which is quicker than lists: each part's row or -1, and the rows."""
    long = np.flatnonzero(np.diff(lists.starts) > size / OFTEN)
    row_of = np.full(len(lists.starts) - 1, -1)
    row_of[long] = np.arange(len(long))
    rows = np.zeros((len(long), size), np.float32)
    for row, part in enumerate(long):
        some = slice(lists.starts[part], lists.starts[part + 1])
        rows[row, lists.texts[some]] = lists.values[some]
    return row_of, rows


def _none() -> Ints:
    return np.zeros(0, np.int64)


def _counted(tamed: str) -> tuple[Counter[str], Counter[str]]:
    """The words with their pairs, and the runs of letters in words; a run knows where its word begins and ends."""
    words = words_of(tamed)
    pairs = (f"{one} {other}" for one, other in pairwise(words))
    return Counter([*words, *pairs]), Counter(_runs(words))


def _runs(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        edged = f"<{word}>"
        for length in RUNS:
            for begin in range(max(1, len(edged) - length + 1)):
                yield f"~{edged[begin : begin + length]}"
