"""What a knowledge base would have made of past tickets: counted, and held against what turned out to be right.

flow/pasts reads the tickets, contactcenter/evaluate asks and tells. Truth is only what happened: where nobody can tell
whether an article was right, it is counted as not known and never guessed. Changes nothing, and knows no store.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from contactcenter.knowledge.credit import Senders, says_the_same
from contactcenter.knowledge.lines import folded, short
from contactcenter.knowledge.past import Past
from contactcenter.knowledge.private import redacted

SHOWN = 120  # characters of a question in a list


class Read(NamedTuple):
    """What a base makes of a question: the article it would answer with, blank where it hands over, and why."""

    article: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base on trial: who reads a question, its passages by article, and its samples, title and all."""

    name: str
    read: Callable[[str], Read]
    passages: Mapping[str, str]
    samples: frozenset[str] = frozenset()  # as `folded` makes them


@dataclass
class Score:
    """What was counted of one base. `right`, `wrong` and `unknown` make up `answered`."""

    asked: int = 0
    answered: int = 0
    right: int = 0
    wrong: int = 0
    unknown: int = 0
    handed: int = 0
    missed: int = 0  # handed over, while an article of this base was right
    own_words: int = 0  # of the wrong ones, those against which only people's own words speak
    by_heart: int = 0  # answered, and asked word for word as a sample question: what says little about other questions
    by_heart_right: int = 0


class Change(msgspec.Struct, frozen=True):
    """A ticket that would go otherwise. Blank articles mean that people get it; None: nobody knows."""

    ticket: int
    question: str
    was: str
    becomes: str
    was_right: bool | None
    becomes_right: bool | None


@dataclass
class Trial:
    """One base, or the base as it is and one that is to come, on the same tickets."""

    bases: Sequence[Base]
    asked: int = 0
    told_by: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    scores: list[Score] = field(init=False)
    _senders: Senders = field(init=False)

    def __post_init__(self) -> None:
        self.scores = [Score() for _ in self.bases]
        self._senders = Senders(self.bases[0].passages)

    def add(self, past: Past) -> None:
        """Ask every base."""
        past = self._senders.credited(past)
        self.asked += 1
        self.told_by[past.told_by] += 1
        reads = [base.read(past.question) for base in self.bases]
        judged = [self._judged(past, base, read) for base, read in zip(self.bases, reads, strict=True)]
        for base, score, read, right in zip(self.bases, self.scores, reads, judged, strict=True):
            _count(past, base, score, read, right)
        was, becomes = reads[0], reads[-1]
        if was.article != becomes.article:
            shown = short(redacted(past.question, past.names), SHOWN)
            self.changes.append(Change(past.ticket, shown, was.article, becomes.article, judged[0], judged[-1]))

    def _judged(self, past: Past, base: Base, read: Read) -> bool | None:
        if not read.article:
            return None
        return judge(past, read.article, base.passages[read.article], self.bases[0].passages)


def judge(past: Past, article: str, passage: str, known: Mapping[str, str]) -> bool | None:
    """Would this article have been right? `known`: the articles people could have sent instead of their own words."""
    if article in past.right or any(says_the_same(passage, reply) for reply in past.replies):
        return True
    if article in past.wrong:
        return False
    if past.right or past.replies:
        return False if article in known else None
    return None


def _count(past: Past, base: Base, score: Score, read: Read, right: bool | None) -> None:
    score.asked += 1
    if not read.article:
        score.handed += 1
        score.missed += any(article in base.passages for article in past.right)
        return
    score.answered += 1
    score.right += right is True
    score.wrong += right is False
    score.unknown += right is None
    score.own_words += right is False and not past.right and read.article not in past.wrong
    if right is not None and folded(past.question) in base.samples:
        score.by_heart += 1
        score.by_heart_right += right
