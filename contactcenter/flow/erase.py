"""Forget a person: what they wrote, what was written to and about them, and the raw mails, a chunk at a time.

Called by forget.py, which also sees to the files, for an admin at the command line. The rows stay with nothing in them,
so that figures and numbers hold, and the chain of events stays whole: it is over digests of the payloads, which go.
What names them elsewhere is for flow/traces.py. What lies at a provider (a mail on its server) is not ours to delete.
"""

from typing import Any

from sqlalchemy import delete, func, literal, or_, select, update

from contactcenter.crm.history import record
from contactcenter.crm.queries import FIND_CUSTOMER, claim, customer, event, identity
from contactcenter.flow import posts, proposals
from contactcenter.flow.changes import drop_files
from contactcenter.flow.queries import (
    attachment,
    conversation,
    inbox,
    message,
    note,
    outbox,
    participant,
    question,
    suppression,
    talk,
    ticket,
    waiting,
)
from contactcenter.flow.tags import tickettag
from contactcenter.flow.traces import BLANK_RAW, ERASED_SUBJECT, TICKETS
from contactcenter.model.columns import BLANK, ZERO, bind, table, word
from contactcenter.model.history import CustomerErased
from contactcenter.model.tickets import Merge
from contactcenter.model.values import NotFound
from contactcenter.ports import Tx

merge = table(Merge)

CHUNK = 200  # rows of one use case

CONVERSATIONS = select(conversation.c.id).where(conversation.c.customer_id == bind("whom"))
_their_addresses = select(identity.c.address).where(identity.c.customer_id == bind("whom"))
_their_reply_tos = select(func.lower(conversation.c.reply_to)).where(
    conversation.c.customer_id == bind("whom"), conversation.c.reply_to != BLANK
)

_said = or_(
    message.c.conversation_id.in_(CONVERSATIONS),
    (message.c.author_id == bind("whom")) & (message.c.author == "customer"),
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
FILES = select(attachment.c.ref).where(attachment.c.message_id == bind("row"), attachment.c.ref.like(literal("file:%")))
RAW_FILE = select(inbox.c.file).where(inbox.c.id == bind("row"))
UNSEND = delete(outbox).where(outbox.c.message_id == bind("row"), outbox.c.state.in_([word("due"), word("buried")]))
WITHDRAWN = update(message).where(message.c.id == bind("row"), message.c.delivery == "due").values(delivery="withdrawn")
EVENTS = (
    select(event.c.id)
    .where(event.c.customer_id == bind("whom"), event.c.payload.is_not(None), event.c.kind != CustomerErased.__name__)
    .limit(CHUNK)
)
BLANK_EVENT = update(event).where(event.c.id == bind("row")).values(payload=None)
REST = (
    update(note).where(note.c.ticket_id.in_(TICKETS)).values(text=BLANK),
    update(ticket)
    .where(ticket.c.customer_id == bind("whom"))
    .values(subject=ERASED_SUBJECT, handoff=BLANK, escalation=BLANK),
    update(merge).where(merge.c.source_id.in_(TICKETS)).values(before=BLANK),
    delete(participant).where(participant.c.conversation_id.in_(CONVERSATIONS)),
    delete(participant).where(participant.c.address.in_(_their_addresses)),
    delete(suppression).where(suppression.c.address.in_(_their_addresses)),
    delete(suppression).where(suppression.c.address.in_(_their_reply_tos)),
    update(question).where(question.c.ticket_id.in_(TICKETS)).values(error=BLANK),
    update(waiting).where(waiting.c.ticket_id.in_(TICKETS)).values(error=BLANK),
    delete(tickettag).where(tickettag.c.ticket_id.in_(TICKETS)),
    delete(talk).where(talk.c.ticket_id.in_(TICKETS)),
    delete(claim).where(claim.c.customer_id == bind("whom")),
    update(customer).where(customer.c.id == bind("whom")).values(name=BLANK),
)
BLANK_CONVERSATION = (
    update(conversation)
    .where(conversation.c.id == bind("row"))
    .values(
        key=bind("unique"),
        root=BLANK,
        subject=BLANK,
        sender_name=BLANK,
        language=BLANK,
        reply_to=BLANK,
        unreachable=BLANK,
    )
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


def erase_messages(tx: Tx, whom: int, after: int) -> tuple[int, list[str]]:
    """Forget the next messages of a customer and their raw events, and send none of them any more.

    The last one's id, or 0 when none is left; and the digests of the files they named.
    """
    rows: list[Any] = tx.all(MESSAGES, whom=whom, after=after)
    files = []
    for row in rows:
        files += [named.ref.removeprefix("file:") for named in tx.all(FILES, row=row.id)]
        for statement in (UNSEND, WITHDRAWN, BLANK_MESSAGE):
            tx.run(statement, row=row.id)
        drop_files(tx, row.id)
        if row.inbox_id is not None:
            files.append(tx.one(RAW_FILE, row=row.inbox_id).file)
            tx.run(BLANK_RAW, row=row.inbox_id)
    return (rows[-1].id if rows else 0), list(filter(None, files))


def erase_events(tx: Tx, whom: int) -> int:
    """Forget what the next events say; how many there were."""
    rows = tx.all(EVENTS, whom=whom)
    for row in rows:
        tx.run(BLANK_EVENT, row=row.id)
    return len(rows)


def erase_person(tx: Tx, whom: int, actor: str) -> None:
    """Forget who it was, where agents see it in Slack as well, and write down that it was done."""
    for statement in REST:
        tx.run(statement, whom=whom)
    proposals.forget(tx, whom)
    for row in tx.all(TICKETS, whom=whom):
        posts.forget(tx, row.id)
    for row in tx.all(CONVERSATIONS, whom=whom):
        tx.run(BLANK_CONVERSATION, row=row.id, unique=f" erased {row.id}")
    for row in tx.all(IDENTITIES, whom=whom):
        tx.run(BLANK_IDENTITY, row=row.id, unique=f" erased {row.id}")
    record(tx, whom, actor, CustomerErased())
