"""A ticket of the past: what was asked, and what turned out to be right.

Made by flow/pasts; a base is tried on them (knowledge/trial), and learned from (knowledge/gaps, knowledge/samples).
"""

import msgspec


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
