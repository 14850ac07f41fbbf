"""What a knowledge base would have made of past tickets: counted, and held against what turned out to be right.

flow/pasts reads the tickets, contactcenter/evaluate asks and tells. Truth is only what happened: where nobody can tell
whether an article was right, it is counted as not known and never guessed. Changes nothing, and knows no store.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from contactcenter.knowledge.private import redacted

SHOWN = 120  # characters of a question in a list
SAME = 0.7  # of the passage's words, in a reply that says the same
FEW = 4  # words, of which a passage must have so many to be known by them
_LONG_WORD = re.compile(r"\w{4,}")


class Past(msgspec.Struct, frozen=True):
    """A ticket of the past: what was asked first, and what happened then. Instants in µs.

    `told_by` is who shows what was right: customer (they said that it helps), agent (who sent an article), silence
    (they never came back), reply (people answered in their own words); blank where nothing shows it.
    """

    ticket: int
    customer: int
    opened_at: int
    question: str
    told_by: str = ""
    right: frozenset[str] = frozenset()  # the articles it was settled by
    wrong: frozenset[str] = frozenset()  # articles that were told and did not settle it
    replies: tuple[str, ...] = ()  # what people answered, in their own words
    names: tuple[str, ...] = ()  # of who took part
    answered_at: int = 0  # when the assistant answered; 0: it did not
    score: float = 0.0  # how sure it was
    handed: bool = False  # it was passed to people by the assistant


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

    def __post_init__(self) -> None:
        self.scores = [Score() for _ in self.bases]

    def add(self, past: Past) -> None:
        """Ask every base."""
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


def says_the_same(passage: str, reply: str) -> bool:
    """Does a reply hold what a passage says? Nearly all its words do, or the whole of it."""
    words = long_words(passage)
    if len(words) < FEW:
        return folded(passage) != "" and f" {folded(passage)} " in f" {folded(reply)} "
    return len(words & long_words(reply)) >= SAME * len(words)


def long_words(text: str) -> frozenset[str]:
    """The words of a text that say something."""
    return frozenset(_LONG_WORD.findall(text.casefold()))


def folded(text: str) -> str:
    """A text as it is compared word for word."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def short(text: str, limit: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


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
    if right is not None and folded(past.question) in base.samples:
        score.by_heart += 1
        score.by_heart_right += right
