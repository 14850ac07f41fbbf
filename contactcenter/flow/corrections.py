"""What we said is changed or taken away: before it leaves in its row, afterwards at the provider.

Called by flow/actions; flow/deliver takes the change from the outbox, behind what the conversation has to send. What
leaves is read when it leaves, so that the latest wins. Refuses, in words, where the medium cannot change what it
delivered (mail), and while nobody knows whether it arrived.
"""

from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy import delete as deleting

from contactcenter.channels.protocol import Changes
from contactcenter.crm.history import record, text_digest
from contactcenter.figures import tallies
from contactcenter.flow import changes, live, outbound, queries
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import shown_message
from contactcenter.model.columns import BLANK, ZERO, bind, table, word
from contactcenter.model.history import MessageDeleted, MessageEdited, MessageWithdrawn
from contactcenter.model.ledgers import Outbox
from contactcenter.model.tickets import Message
from contactcenter.model.values import Conflict
from contactcenter.ports import Tx

_message, _outbox = table(Message), table(Outbox)

_waits = and_(_outbox.c.message_id == bind("message"), _outbox.c.state.in_([word("due"), word("buried")]))
_has_not_left = and_(_waits, _outbox.c.verb == word("send"), _outbox.c.uncertain == ZERO)

CHANGE_WAITING = (
    update(_outbox)
    .where(_waits, _outbox.c.verb == bind("what"))
    .values(state=word("due"), attempts=ZERO, due_at=bind("at"), error=BLANK)
    .returning(_outbox.c.id)
)
HOLD_SEND = (  # locked until the commit: it does not leave meanwhile
    update(_outbox).where(_has_not_left).values(state=_outbox.c.state).returning(_outbox.c.id)
)
LAST_STANDING = (
    select(_message.c.direction)
    .where(_message.c.ticket_id == bind("ticket"), _message.c.deleted == ZERO, _message.c.delivery != word("withdrawn"))
    .order_by(_message.c.id.desc())
    .limit(1)
)
DROP_EDITS = deleting(_outbox).where(
    _outbox.c.message_id == bind("message"), _outbox.c.verb == word("edit"), _outbox.c.state != word("taken")
)
DROP_SEND = deleting(_outbox).where(_has_not_left).returning(_outbox.c.id)

NAMES = {"email": "e-mail", "webchat": "web chat"}


def edit(tx: Tx, policies: Policies, ticket: Any, message: Any, text: str, actor: str) -> None:
    """Have a message of a locked ticket say something else. Raises Conflict where that is not possible any more."""
    _must_stand(message)
    if text == message.text:
        return
    waits = tx.one(HOLD_SEND, message=message.id) is not None
    if not waits:
        _must_change(policies, message)
    tx.run(queries.SET_TEXT, row=message.id, says=text, at=tx.now, gone=0)
    if not waits or _seen_before_it_leaves(policies, message):
        _queue(tx, message, "edit")
    record(tx, ticket.customer_id, actor, MessageEdited(message.id, text_digest(text), message.text), ticket.id)
    _show(tx, policies, ticket, message)


def delete(tx: Tx, policies: Policies, ticket: Any, message: Any, actor: str) -> None:
    """Take a message of a locked ticket away. What has not left is withdrawn. Raises Conflict as `edit`."""
    _must_stand(message)
    waited = tx.one(DROP_SEND, message=message.id) is not None
    if not waited:
        _must_change(policies, message)
    elif not _seen_before_it_leaves(policies, message):
        tx.run(queries.SET_DELIVERY, row=message.id, becomes="withdrawn", why="")
        record(tx, ticket.customer_id, actor, MessageWithdrawn(message.id), ticket.id)
        tallies.taken_back(tx, ticket, message.id)
        live.delivery_changed(tx, policies, ticket, message.id, "withdrawn", "")
        return
    files = tuple(file.name for file in tx.all(queries.ATTACHMENTS_OF, message=message.id))
    changes.drop_files(tx, message.id)
    tx.run(DROP_EDITS, message=message.id)
    tx.run(queries.SET_TEXT, row=message.id, says="", at=tx.now, gone=1)
    if waited:
        tx.run(queries.SET_DELIVERY, row=message.id, becomes="withdrawn", why="")
    _queue(tx, message, "delete")
    record(tx, ticket.customer_id, actor, MessageDeleted(message.id, message.text, files), ticket.id)
    _show(tx, policies, ticket, message)


def leaves_unanswered(tx: Tx, ticket: Any) -> bool:
    """Is what the customer said the last that still stands on a ticket?"""
    last = tx.one(LAST_STANDING, ticket=ticket.id)
    return last is not None and last.direction == "inbound"


def _show(tx: Tx, policies: Policies, ticket: Any, message: Any) -> None:
    live.message_changed(tx, ticket, shown_message(tx, message.id))
    live.ticket_changed(tx, policies, ticket.id, ())  # its version, and what lists show of it


def _must_stand(message: Any) -> None:
    if message.deleted or message.delivery == "withdrawn":
        raise Conflict(f"message {message.id} was taken back already")


def _must_change(policies: Policies, message: Any) -> None:
    channel = policies.way(message.channel).channel
    if not isinstance(channel, Changes):
        raise Conflict(f"{NAMES.get(channel.kind, channel.kind)} cannot be changed once sent; send a correction")
    if message.delivery == "unknown":
        raise Conflict(f"message {message.id} may not have arrived: send it again first, or see whether it did")
    if message.delivery == "buried":
        raise Conflict(f"message {message.id} did not arrive: there is nothing to change at the customer's")


def _seen_before_it_leaves(policies: Policies, message: Any) -> bool:
    """Where sending twice shows once, windows read the tables (web chat): what waits may be on a screen already."""
    channel = policies.way(message.channel).channel
    return isinstance(channel, Changes) and channel.capabilities.idempotent_sends


def _queue(tx: Tx, message: Any, verb: str) -> None:
    """One change of a kind waits at most; one that is under way gets a successor."""
    if tx.one(CHANGE_WAITING, message=message.id, what=verb, at=tx.now) is None:
        conversation = tx.one(queries.CONVERSATION, id=message.conversation_id)
        outbound.enqueue(tx, message.id, conversation, uncertain=False, verb=verb)
    tx.wake("outbox")
