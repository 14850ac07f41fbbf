"""One reading of a ticket, as all that decides about it sees it, and the way out of each: to people.

Made by knowledge/assistant and knowledge/talk; used by knowledge/telling and knowledge/filling.
"""

from dataclasses import dataclass, replace

import msgspec

from contactcenter.knowledge.finding import Base, nearest
from contactcenter.knowledge.memory import Memory
from contactcenter.knowledge.phrases import Texts
from contactcenter.knowledge.replies import Handoff, Question, Suggestion

TOLD_ALREADY = "the article that fits was given already and did not settle it"


@dataclass(frozen=True, slots=True)
class Turn:
    """One reading of a ticket: what is there to decide by."""

    base: Base
    question: Question
    text: str
    memory: Memory

    @property
    def texts(self) -> Texts:
        """In the customer's language."""
        return self.base.phrases.of(self.memory.language)

    def told(self, slug: str) -> bool:
        return slug in self.question.told or slug in self.memory.told

    def after(self, **changed: object) -> "Turn":
        """The same with another memory."""
        return replace(self, memory=msgspec.structs.replace(self.memory, **changed))


def hand_off(turn: Turn, reason: str, near: tuple[Suggestion, ...] | None = None) -> Handoff:
    """To people. What was being asked for is let go, secrets with it."""
    memory = turn.memory
    if near is None:
        near = turn.base.near(turn.text) if turn.text.strip() else remembered(turn)
    memory = msgspec.structs.replace(
        memory,
        asked=memory.asked if memory.form else memory.asking(turn.text),  # a datum may be a secret
        near=nearest(near) or memory.near,
        form=None,
        options=(),
    )
    return Handoff(reason, near, memory)


def remembered(turn: Turn) -> tuple[Suggestion, ...]:
    """What was near for the question before."""
    known = turn.base.articles
    return tuple(Suggestion(known[near.article], near.score) for near in turn.memory.near if near.article in known)
