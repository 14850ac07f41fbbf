"""Forget a person: what they wrote, what was written to and about them, and the raw mails, a chunk at a time.

Called by the API and the command line for an admin. The rows stay with nothing in them, so that figures and numbers
hold, and the chain of events stays whole: it is over digests of the payloads, which go. Files that nothing names any
more are swept within a day. What lies at a provider (a mail on its server) is not ours to delete.
"""

from typing import Any

import msgspec
from sqlalchemy import String, delete, func, or_, select, update

from contactcenter.crm.history import record
from contactcenter.crm.queries import FIND_CUSTOMER, claim, customer, event, identity
from contactcenter.flow.queries import (
    attachment,
    conversation,
    inbox,
    message,
    note,
    participant,
    suppression,
    ticket,
)
from contactcenter.model.columns import BLANK, ZERO, bind, word
from contactcenter.model.history import CustomerErased, ParticipantAdded, ParticipantRemoved
from contactcenter.model.values import NotFound
from contactcenter.ports import Tx

CHUNK = 200  # rows of one use case

_theirs = select(conversation.c.id).where(conversation.c.customer_id == bind("whom"))
_their_tickets = select(ticket.c.id).where(ticket.c.customer_id == bind("whom"))
_their_addresses = select(identity.c.address).where(identity.c.customer_id == bind("whom"))

_said = or_(
    message.c.conversation_id.in_(_theirs), (message.c.author_id == bind("whom")) & (message.c.author == "customer")
)
COUNT = select(func.count().label("messages")).where(_said)
MESSAGES = (
    select(message.c.id, message.c.inbox_id)
    .where(_said, message.c.id > bind("after"))
    .order_by(message.c.id)
    .limit(CHUNK)
)
BLANK_MESSAGE = (
    update(message)
    .where(message.c.id == bind("row"))
    .values(
        text=BLANK,
        folds=BLANK,
        remarks=BLANK,
        markup=ZERO,
        author_name=BLANK,
        external_id=BLANK,
        source=BLANK,
        delivery_reason=BLANK,
    )
)
DROP_ATTACHMENTS = delete(attachment).where(attachment.c.message_id == bind("row"))
BLANK_RAW = (
    update(inbox)
    .where(inbox.c.id == bind("row"))
    .values(payload=b"", file=BLANK, envelope=BLANK, error=BLANK, stream=BLANK)
)
EVENTS = (
    select(event.c.id)
    .where(event.c.customer_id == bind("whom"), event.c.payload.is_not(None), event.c.kind != CustomerErased.__name__)
    .limit(CHUNK)
)
BLANK_EVENT = update(event).where(event.c.id == bind("row")).values(payload=None)
BLANK_PARTICIPATION = (  # in the histories of others
    update(event)
    .where(
        event.c.kind.in_([word(ParticipantAdded.__name__), word(ParticipantRemoved.__name__)]),
        func.substr(event.c.payload, 1, func.length(bind("named", String))) == bind("named", String),
    )
    .values(payload=None)
)
REST = (
    update(note).where(note.c.ticket_id.in_(_their_tickets)).values(text=BLANK),
    update(ticket).where(ticket.c.customer_id == bind("whom")).values(subject="(erased)", handoff=BLANK),
    delete(participant).where(participant.c.conversation_id.in_(_theirs)),
    delete(participant).where(participant.c.address.in_(_their_addresses)),
    delete(suppression).where(suppression.c.address.in_(_their_addresses)),
    delete(claim).where(claim.c.customer_id == bind("whom")),
    update(customer).where(customer.c.id == bind("whom")).values(name=BLANK),
)
CONVERSATIONS = select(conversation.c.id).where(conversation.c.customer_id == bind("whom"))
BLANK_CONVERSATION = (
    update(conversation)
    .where(conversation.c.id == bind("row"))
    .values(key=bind("unique"), root=BLANK, subject=BLANK, sender_name=BLANK, reply_to=BLANK)
)
IDENTITIES = select(identity.c.id, identity.c.address).where(identity.c.customer_id == bind("whom"))
# A blank address would match others; one that begins with a space is what no normalised address can be.
BLANK_IDENTITY = (
    update(identity).where(identity.c.id == bind("row")).values(address=bind("unique"), display=BLANK, proven_at=None)
)


def shown(tx: Tx, whom: int) -> tuple[str, int]:
    """The name and how many messages there are, to be looked at before. Raises NotFound."""
    row = tx.one(FIND_CUSTOMER, id=whom)
    if row is None:
        raise NotFound(f"there is no customer {whom}")
    return row.name, tx.one(COUNT, whom=whom).messages


def erase_messages(tx: Tx, whom: int, after: int) -> int:
    """Forget the next messages of a customer, their files and raw events; the last one's id, or 0 when none is left."""
    rows: list[Any] = tx.all(MESSAGES, whom=whom, after=after)
    for row in rows:
        tx.run(BLANK_MESSAGE, row=row.id)
        tx.run(DROP_ATTACHMENTS, row=row.id)
        if row.inbox_id is not None:
            tx.run(BLANK_RAW, row=row.inbox_id)
    return rows[-1].id if rows else 0


def erase_events(tx: Tx, whom: int) -> int:
    """Forget what the next events say; how many there were."""
    rows = tx.all(EVENTS, whom=whom)
    for row in rows:
        tx.run(BLANK_EVENT, row=row.id)
    return len(rows)


def erase_person(tx: Tx, whom: int, actor: str) -> None:
    """Forget who it was, and write down that it was done."""
    for statement in REST:
        tx.run(statement, whom=whom)
    for row in tx.all(CONVERSATIONS, whom=whom):
        tx.run(BLANK_CONVERSATION, row=row.id, unique=f" erased {row.id}")
    for row in tx.all(IDENTITIES, whom=whom):
        named = msgspec.json.encode({"address": row.address}).decode().removesuffix("}")
        tx.run(BLANK_PARTICIPATION, named=named)
        tx.run(BLANK_IDENTITY, row=row.id, unique=f" erased {row.id}")
    record(tx, whom, actor, CustomerErased())
