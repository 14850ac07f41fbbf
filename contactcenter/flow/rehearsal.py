"""What rules would have made of the tickets that are there: read, and nothing is written.

Called page by page by `contactcenter rules try` (rehearse.py). A ticket is compared as it opened, by its history; where
that was erased, as it is now. What people changed later is theirs and counts for nothing here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from contactcenter.crm.queries import event, identity
from contactcenter.flow import folds
from contactcenter.flow.queries import conversation, message, ticket
from contactcenter.model.columns import bind, word
from contactcenter.model.history import TicketOpened
from contactcenter.model.values import Sender
from contactcenter.ports import Tx
from contactcenter.routing.rules import Facts, Outcome, Place, Rule, applied

PAGE = 200

NEWEST_BEFORE = (
    select(
        ticket.c.id,
        ticket.c.customer_id,
        ticket.c.channel,
        ticket.c.subject,
        ticket.c.queue,
        ticket.c.created_at,
        identity.c.address,
        conversation.c.language,
    )
    .join(conversation, conversation.c.id == ticket.c.conversation_id)
    .join(identity, identity.c.id == conversation.c.identity_id)
    .where(ticket.c.id < bind("before"))
    .order_by(ticket.c.id.desc())
    .limit(PAGE)
)
FIRST_SAID = (
    select(message.c.text, message.c.folds, message.c.automatic)
    .where(message.c.ticket_id == bind("ticket"), message.c.direction == word("inbound"))
    .order_by(message.c.id)
    .limit(1)
)
OPENED = (
    select(event.c.payload)
    .where(
        event.c.customer_id == bind("customer"),
        event.c.ticket_id == bind("ticket"),
        event.c.kind == word(TicketOpened.__name__),
    )
    .limit(1)
)


class _Opening(msgspec.Struct, frozen=True):
    """What an event of any age says of an opening."""

    queue: str = ""
    priority: str = ""


class Rehearsed(msgspec.Struct, frozen=True):
    """A ticket as it opened, and as it would open. `outcome` None: its channel is no longer there."""

    ticket: int
    channel: str
    opened_at: int
    queue: str
    priority: str
    becomes_queue: str
    becomes_priority: str
    outcome: Outcome | None

    @property
    def moves(self) -> bool:
        return (self.queue, self.priority) != (self.becomes_queue, self.becomes_priority)


def rehearse(tx: Tx, rules: Sequence[Rule], places: Mapping[str, Place], before: int, since: int) -> list[Rehearsed]:
    """The next tickets with a smaller number, opened at `since` (µs) or later, newest first; none when all are done."""
    rows = tx.all(NEWEST_BEFORE, before=before)
    return [_rehearsed(tx, rules, places.get(row.channel), row) for row in rows if row.created_at >= since]


def _rehearsed(tx: Tx, rules: Sequence[Rule], place: Place | None, row: Any) -> Rehearsed:
    said = tx.one(FIRST_SAID, ticket=row.id)
    usual = "low" if said is not None and said.automatic else "normal"
    queue, priority = _opened(tx, row, usual)
    if place is None:
        return Rehearsed(row.id, row.channel, row.created_at, queue, priority, queue, priority, None)
    text = "" if said is None else folds.unfolded(said.text, folds.read(said.folds))
    sender = Sender(place.kind, row.address, language=row.language)
    outcome = applied(rules, Facts.of(place, row.created_at, sender, row.subject, text))
    becomes = outcome.queue or place.queue, outcome.priority or usual
    return Rehearsed(row.id, row.channel, row.created_at, queue, priority, *becomes, outcome)


def _opened(tx: Tx, row: Any, usual: str) -> tuple[str, str]:
    """The queue and the priority it opened with."""
    fact = tx.one(OPENED, customer=row.customer_id, ticket=row.id)
    if fact is None or fact.payload is None:
        return row.queue, usual
    opened = msgspec.json.decode(fact.payload, type=_Opening)
    return opened.queue or row.queue, opened.priority or usual
