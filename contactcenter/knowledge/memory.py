"""What the assistant keeps of a ticket between two messages. It is stored with the ticket, never in a process.

Read and written by flow/talks; made anew by knowledge/talk with every reply.
"""

import msgspec

ASKED = 5  # questions that are kept for the summary
ASKED_LIMIT = 200  # characters of each


class Near(msgspec.Struct, frozen=True):
    """An article that seemed near, with its score from 0 to 1."""

    article: str
    title: str
    score: float


class Form(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data that an article asks for, and how far that is. `values`: by name, as they were taken."""

    article: str
    waits_for: str
    values: dict[str, str] = {}
    tries: int = 0  # answers that could not be used, to this one
    misses: int = 0  # times that the tool found nothing


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the conversation on a ticket stands."""

    language: str = ""
    question: str = ""  # understood last: what a follow-up goes on from
    article: str = ""  # told last
    told: tuple[str, ...] = ()  # articles, by slug; a further passage of one as slug#number
    asked: tuple[str, ...] = ()  # what the customer wanted to know, cut short
    answered: tuple[str, ...] = ()  # titles of what was told
    collected: dict[str, str] = {}  # by name; what is secret only as that it was given
    near: tuple[Near, ...] = ()  # the best for what was asked last
    options: tuple[str, ...] = ()  # the articles between which the customer was asked to choose, if that came last
    form: Form | None = None
    last: str = ""  # the kind of what was said last
    said: int = 0  # messages of the assistant
    read: int = 0  # the newest message that was met with silence: what is up to there is no question any more
    mail_asked: bool = False

    def asking(self, text: str) -> tuple[str, ...]:
        """What was asked, with one more."""
        line = " ".join(text.split())[:ASKED_LIMIT]
        return (*self.asked, line)[-ASKED:] if line and line not in self.asked else self.asked
