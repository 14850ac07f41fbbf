"""What a customer who begins to wait is told of it: their place, how long it will take, and another way than waiting.

Asked by flow/automatic for the acknowledgement, on every channel, and by the web chat's window, which also shows it as
it changes. What is not known is not told: a sentence with a blank in it is left out.
"""

import re
from typing import Any, NamedTuple

from contactcenter.flow import queries
from contactcenter.flow.expectations import expected
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import MINUTE, SECOND
from contactcenter.ports import Tx

PLACEHOLDERS = ("ticket", "place", "wait")

_SENTENCE = re.compile(r"(?<=[.!?\n]) ")
_PLACEHOLDER = re.compile(r"\{([a-z]{1,20})\}")


class Line(NamedTuple):
    """Where a ticket stands: its place, from 1, and the range of seconds it will still wait; None: not known."""

    place: int
    wait: tuple[int, int] | None


def line_of(tx: Tx, policies: Policies, ticket: Any) -> Line:
    """Of a ticket that waits in a queue."""
    ahead = tx.one(queries.PLACE, queue=ticket.queue, since=ticket.waiting_since).ahead
    wait = expected(tx, ticket.queue, ahead) if policies.is_open(ticket.queue, tx.now) else None
    return Line(ahead + 1, wait)


def filled(tx: Tx, policies: Policies, ticket: Any, text: str) -> str:
    """A text about a ticket that begins to wait, with what is known of it."""
    known = {"ticket": str(ticket.id)}
    if "{place}" in text or "{wait}" in text:
        line = line_of(tx, policies, ticket)
        known["place"] = str(line.place)
        if line.wait is not None:
            known["wait"] = in_words(*line.wait)
    kept = [sentence for sentence in _SENTENCE.split(text) if not _unknown(sentence, known)]
    return _PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), " ".join(kept)).strip()


def by_email(tx: Tx, policies: Policies, ticket: Any) -> str:
    """The offer to go on by e-mail: where nobody is there, or it will take too long; blank for none."""
    queue = policies.queue(ticket.queue)
    if not queue.by_email:
        return ""
    if policies.is_open(queue.name, tx.now):
        wait = line_of(tx, policies, ticket).wait
        if wait is None or wait[0] * SECOND < queue.by_email_after:
            return ""
    return filled(tx, policies, ticket, queue.by_email)


def in_words(low: int, high: int) -> str:
    """A range of seconds: 2 to 5 minutes."""
    if high * SECOND <= MINUTE:
        return "less than a minute"
    first, last = low * SECOND // MINUTE, -(-high * SECOND // MINUTE)
    if last < 120:
        return f"{max(1, first)} to {last} minutes" if max(1, first) < last else f"about {last} minutes"
    first, last = first // 60, -(-last // 60)
    return f"{max(1, first)} to {last} hours" if max(1, first) < last else f"about {last} hours"


def _unknown(sentence: str, known: dict[str, str]) -> bool:
    return any(name in PLACEHOLDERS and name not in known for name in _PLACEHOLDER.findall(sentence))
