"""What a customer said changes after it was said: it is edited, taken away, or its album goes on arriving.

Called by flow/inbound. After it: live frames to whoever looks at it, and the assistant, which reads a question again
that has changed while it was reading. What it said before stays on the history until the person is erased. Refuses to
touch what we said ourselves, and lets go by what names no message: that was said before we were there.
"""

from typing import Any

from sqlalchemy import delete as deleting
from sqlalchemy import select, update

from contactcenter.crm.history import record, text_digest
from contactcenter.flow import live, pickups, posts, queries, tickets
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.views import shown_message
from contactcenter.model.columns import ZERO, bind, clean, table
from contactcenter.model.history import AlbumGrew, Fact, MessageDeleted, MessageEdited
from contactcenter.model.ledgers import Pickup
from contactcenter.model.tickets import Attachment, Conversation, Message
from contactcenter.model.values import Deletion, Edit, Inbound
from contactcenter.ports import Tx

_attachment, _conversation, _message, _pickup = table(Attachment), table(Conversation), table(Message), table(Pickup)

ALBUM = (
    select(_message.c.id, _message.c.seq, _message.c.ticket_id, _message.c.text, _message.c.external_id)
    .join(_conversation, _conversation.c.id == _message.c.conversation_id)
    .where(
        _conversation.c.channel == bind("channel"),
        _conversation.c.key == bind("thread"),
        _message.c.album == bind("named"),
        _message.c.album != "",
        _message.c.deleted == ZERO,
    )
    .order_by(_message.c.seq.desc())
    .limit(1)
)
SET_CAPTION = update(_message).where(_message.c.id == bind("row")).values(text=bind("says"), external_id=bind("called"))
DROP_PICKUPS = deleting(_pickup).where(
    _pickup.c.attachment_id.in_(select(_attachment.c.id).where(_attachment.c.message_id == bind("message")))
)
DROP_FILES = deleting(_attachment).where(_attachment.c.message_id == bind("message"))


def edit(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: Edit) -> None:
    """Its author changed it. Providers tell of an edit, too, when only a preview was added: that changes nothing."""
    row, text = _theirs(tx, way, said.external_id), clean(said.text)
    if row is None or row.deleted or row.text == text:
        return
    tx.run(queries.SET_TEXT, row=row.id, says=text, at=tx.now, gone=0)
    ticket = _changed(tx, policies, row, inbox_id, MessageEdited(row.id, text_digest(text), row.text))
    posts.rewritten(tx, ticket, row.id, "edited")


def delete(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: Deletion) -> None:
    """Its author took it away, and the files with it."""
    row = _theirs(tx, way, said.external_id)
    if row is None or row.deleted:
        return
    files = tuple(file.name for file in tx.all(queries.ATTACHMENTS_OF, message=row.id))
    drop_files(tx, row.id)
    tx.run(queries.SET_TEXT, row=row.id, says="", at=tx.now, gone=1)
    ticket = _changed(tx, policies, row, inbox_id, MessageDeleted(row.id, row.text, files))
    posts.rewritten(tx, ticket, row.id, "deleted")
    posts.files_gone(tx, ticket.id)


def gather(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: Inbound) -> int:
    """Add to the message of its album that is here already; that message's seq, or 0 when there is none yet.

    The part that brings the caption gives the message its id: that is the part an edit will name.
    """
    row = tx.one(ALBUM, channel=way.channel.name, thread=said.conversation, named=said.album)
    if row is None:
        return 0
    for attached in said.attachments:
        pickups.attach(tx, row.id, way.channel.name, attached)
    text = row.text
    if said.text:
        text = f"{row.text}\n{said.text}" if row.text else said.text
        called = row.external_id if row.text else said.external_id
        tx.run(SET_CAPTION, row=row.id, says=text, called=called)
    _changed(tx, policies, row, inbox_id, AlbumGrew(row.id, text_digest(text), len(said.attachments)))
    return int(row.seq)


def drop_files(tx: Tx, message: int) -> None:
    """Forget the files of a message; the bytes are swept when nothing else names them."""
    tx.run(DROP_PICKUPS, message=message)
    tx.run(DROP_FILES, message=message)


def _theirs(tx: Tx, way: Way, external_id: str) -> Any | None:
    row = tx.one(queries.MESSAGE_BY_EXTERNAL, channel=way.channel.name, external_id=external_id)
    return row if row is not None and row.direction == "inbound" else None


def _changed(tx: Tx, policies: Policies, row: Any, inbox_id: int, fact: Fact) -> Any:
    """On the history and on screens; the ticket's version grows: an answer to what it said before is dropped.

    Returns the locked ticket.

    The raw event is marked: no message names it, and neither a replay nor an erasure may overlook what it did.
    """
    ticket = tickets.lock(tx, row.ticket_id)
    record(tx, ticket.customer_id, "customer", fact, ticket.id)
    tx.run(queries.NOTE_TOLD, row=inbox_id, what=row.id)
    live.message_changed(tx, ticket, shown_message(tx, row.id))
    live.ticket_changed(tx, policies, ticket.id, ())  # its version, and what lists show of it
    return ticket
