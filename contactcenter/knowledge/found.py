"""What is found in past tickets, as it is handed on to be proposed: a gap, or a sample for an article.

Made by knowledge/gaps and knowledge/samples, kept by flow/proposals, which so need not know how it is found.
"""

import msgspec


class Gap(msgspec.Struct, frozen=True):
    """A group of questions. `tickets` has all of them, the most central first; `samples` tell whose they are."""

    title: str
    samples: tuple[tuple[int, str], ...]
    tickets: tuple[int, ...]
    answered: int  # by people
    alike: int  # of them, answered with what most of them were told
    text: str  # of that, what can stand in an article; blank: it is to be written
    reply: int  # the ticket whose reply the text is of; 0: there is no text


class Sample(msgspec.Struct, frozen=True):
    """A question for an article, from a ticket."""

    article: str
    ticket: int
    text: str
