"""What the assistant reads and what it can decide: values, made by knowledge/talk, carried out by flow/assist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.memory import Memory
from contactcenter.model.values import Choice, Source

HELPED, NOT_HELPED, PERSON, CANCEL = "helped", "not_helped", "person", "cancel"  # what choices do
ARTICLE = "article:"  # the same of one between articles; its slug follows

Becomes = Literal["answered", "solved"]
"""What a ticket is after something was said on it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote, as far as that is proven: the address that all of the messages vouch for. Blank where one does not."""

    kind: str = ""
    address: str = ""
    alone: bool = False  # nobody else reads what is said in this conversation


@dataclass(frozen=True, slots=True)
class Question:
    """What the assistant reads: the customer's messages since the last answer, and what it remembers."""

    ticket: int
    version: int
    text: str
    told: frozenset[str] = frozenset()
    memory: Memory = field(default_factory=Memory)
    chosen: str = ""  # what a choice does that was taken since
    writer: Writer = field(default_factory=Writer)
    seen: int = 0  # the newest message that is in it
    channel: tuple[str, ...] = ()  # its name and its kind
    curt: bool = False  # the medium is none for small talk (mail): thanks are not answered


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that may help, with its score from 0 to 1."""

    article: Article
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Say this, from this source, for these reasons."""

    text: str
    source: Source
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Say this, which is no answer: a greeting, a question back, a question for data. `choices`: of it alone."""

    text: str
    kind: str
    reason: str
    choices: tuple[Choice, ...] = ()
    articles: tuple[str, ...] = ()  # between which it asks


@dataclass(frozen=True, slots=True)
class Taken:
    """A datum that the customer gave; `value` is blank where it is secret."""

    article: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """Pass the ticket to people, for this reason, with what may help them."""

    reason: str
    suggestions: tuple[Suggestion, ...] = ()
    memory: Memory = field(default_factory=Memory)
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """Say these, in order; pass the ticket on after that where something is left for people (`rest`)."""

    parts: tuple[Answer | Phrase, ...]
    memory: Memory
    taken: tuple[Taken, ...] = ()
    becomes: Becomes = "answered"
    rest: Handoff | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Say nothing: there is nothing to say, or it was said."""

    reason: str
    memory: Memory
    becomes: Becomes = "answered"


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask a tool of the desk's first. What it tells goes to `Assistant.looked_up`, with this."""

    tool: str
    data: Mapping[str, str]
    article: str
    memory: Memory
    taken: tuple[Taken, ...] = ()
    besides: tuple[Answer, ...] = ()  # to what else was asked, to be said in any case


Settled = Reply | Handoff | Silence
"""What ends a reading."""

Outcome = Settled | LookUp
