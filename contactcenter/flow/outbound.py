"""A message to the customer is written and queued for delivery, in one transaction.

Called by flow/actions (an agent's reply) and flow/assist (the assistant's answer); flow/deliver takes it from the
outbox. This is the only place that makes outbound messages, and it is given text, never a Note.
"""

from typing import Any

import msgspec

from contactcenter.channels.protocol import Names
from contactcenter.crm import history
from contactcenter.crm.identify import normalise
from contactcenter.figures import tallies
from contactcenter.flow import ledger, live, queries, tickets
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.views import shown_message
from contactcenter.model.columns import SECOND
from contactcenter.model.history import DeliverySettled, MessageWithdrawn, ReplyQueued
from contactcenter.model.values import Attached, Choice, Conflict, DeliveryReport, Source
from contactcenter.ports import Tx

LATER_THAN = {"sent": ("delivered", "read"), "delivered": ("read",)}


def say(
    tx: Tx,
    policies: Policies,
    ticket: Any,
    text: str,
    author: tuple[str, int | None, str],
    source: Source | None = None,
    files: tuple[Attached, ...] = (),
    choices: tuple[Choice, ...] = (),
    at: int | None = None,
) -> int:
    """Queue a message along the conversation of a locked ticket; its id. `author` is (kind, agent id, name).

    An agent's can be taken back for a while, where the channel grants that; none leaves before the instant `at`.
    """
    kind, agent, name = author
    conversation = tx.one(queries.CONTINUE_BY_ID, conversation=ticket.conversation_id)
    message = tx.add(
        queries.ADD_MESSAGE,
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        ticket_id=ticket.id,
        channel=conversation.channel,
        direction="outbound",
        author=kind,
        author_id=agent,
        author_name=name,
        text=text,
        created_at=tx.now,
        external_id=_own_id(policies, conversation),
        client_id="",
        inbox_id=None,
        proof="",
        automatic="",
        delivery="due",
        delivery_reason="",
        source=msgspec.json.encode(source).decode() if source else "",
        choices=msgspec.json.encode(choices).decode() if choices else "",
    )
    for file in files:
        tx.add(queries.ADD_ATTACHMENT, message_id=message, name=file.name, type=file.type, size=file.size, ref=file.ref)
    if agent is not None:
        undo = int(policies.way(conversation.channel).channel.capabilities.undo_seconds * SECOND)
        at = max(at or 0, tx.now + undo)
    enqueue(tx, message, conversation, uncertain=False, at=at)
    actor = f"agent:{agent}" if agent is not None else kind
    history.record(tx, ticket.customer_id, actor, ReplyQueued(message, history.text_digest(text)), ticket.id)
    live.message_said(tx, policies, ticket, conversation, shown_message(tx, message))
    return message


def enqueue(
    tx: Tx, message: int, conversation: Any, *, uncertain: bool, at: int | None = None, verb: str = "send"
) -> None:
    """Put a message on the outbox, due now or at an instant. `uncertain`: an earlier attempt may have arrived."""
    tx.add(
        queries.ENQUEUE,
        **ledger.due(tx.now, f"conversation:{conversation.id}", at),
        message_id=message,
        channel=conversation.channel,
        verb=verb,
        uncertain=int(uncertain),
    )
    tx.wake("outbox")


def repeat(tx: Tx, policies: Policies, ticket: Any, message: Any) -> None:
    """Send a message again whose delivery is unknown or buried. Raises Conflict for any other."""
    if message.delivery not in ("unknown", "buried"):
        raise Conflict(f"message {message.id} is {message.delivery or 'inbound'}: only unknown or buried ones repeat")
    row = tx.one(queries.OUTBOX_OF, message=message.id)
    if row is not None:
        ledger.outbox.retry(tx, row.id)
    else:
        conversation = tx.one(queries.CONVERSATION, id=message.conversation_id)
        enqueue(tx, message.id, conversation, uncertain=message.delivery == "unknown")
    tx.run(queries.SET_DELIVERY, row=message.id, becomes="due", why="")
    live.delivery_changed(tx, policies, ticket, message.id, "due", "")


def withdraw(tx: Tx, policies: Policies, ticket: Any, message: Any, actor: str) -> None:
    """Take a message of a locked ticket back that has not begun to leave. Raises Conflict when it has."""
    if tx.one(queries.WITHDRAW, message=message.id) is None:
        raise Conflict(f"message {message.id} is {message.delivery}: it can no longer be taken back")
    tx.run(queries.SET_DELIVERY, row=message.id, becomes="withdrawn", why="")
    history.record(tx, ticket.customer_id, actor, MessageWithdrawn(message.id), ticket.id)
    tallies.taken_back(tx, ticket, message.id)
    live.delivery_changed(tx, policies, ticket, message.id, "withdrawn", "")


def report(tx: Tx, policies: Policies, way: Way, told: DeliveryReport) -> int:
    """The provider tells what became of a message of ours; which, or 0 when it is none of this channel's."""
    message = _reported(tx, way, told)
    if message is None:
        return 0
    if message.delivery in LATER_THAN.get(told.delivery, ()):
        return int(message.id)  # reports come in any order
    ticket = tickets.lock(tx, message.ticket_id)
    conversation = tx.one(queries.CONVERSATION_WITH, id=message.conversation_id)
    address = normalise(conversation.kind, told.address)
    in_copy = {row.address for row in tx.all(queries.EVER_IN_COPY, conversation=conversation.id)}
    if told.suppress:
        _suppress(tx, conversation, in_copy, address, told.reason)
    delivery, reason = told.delivery, told.reason
    if address in in_copy:
        delivery, reason = message.delivery, f"not to somebody in copy: {reason}"
    elif delivery == "delayed":
        delivery, reason = message.delivery, f"delayed: {reason}"
    tx.run(queries.SET_DELIVERY, row=message.id, becomes=delivery, why=reason)
    fact = DeliverySettled(message.id, delivery, 0, reason)
    history.record(tx, ticket.customer_id, "system", fact, ticket.id)
    live.delivery_changed(tx, policies, ticket, message.id, delivery, reason)
    if delivery == "buried":
        reopen_unanswered(tx, policies, ticket.id, reason)
    return int(message.id)


def reopen_unanswered(tx: Tx, policies: Policies, ticket_id: int, reason: str) -> None:
    """The customer has not got what was said: the ticket is ours to answer again."""
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status in ("answered", "solved"):
        tickets.set_status(tx, policies, ticket, "open", "system", f"the answer did not arrive: {reason}")


def _reported(tx: Tx, way: Way, told: DeliveryReport) -> Any | None:
    """The message a report is about: by our own number where a token vouches for it, else by its id."""
    if told.message:
        message = tx.one(queries.MESSAGE_BY_ID, id=told.message)
    else:
        message = tx.one(queries.MESSAGE_BY_EXTERNAL, channel=way.channel.name, external_id=told.external_id)
    ours = message is not None and message.direction == "outbound" and message.channel == way.channel.name
    return message if ours else None


def _suppress(tx: Tx, conversation: Any, in_copy: set[str], address: str, reason: str) -> None:
    """Send nothing automatic there any more. Only an address we wrote to can be struck out by a report."""
    written_to = normalise(conversation.kind, conversation.reply_to) or conversation.address
    if not in_copy:
        address = written_to  # the only one it went to, under whatever name the last server knows it
    address = address or written_to
    if address == written_to or address in in_copy:
        tx.run(queries.SUPPRESS, kind=conversation.kind, address=address, reason=reason, suppressed_at=tx.now)


def _own_id(policies: Policies, conversation: Any) -> str:
    """The id we give it ourselves where the medium lets us, fixed now and the same at every attempt."""
    channel = policies.way(conversation.channel).channel
    return channel.external_id(f"{conversation.id}.{conversation.last_seq}") if isinstance(channel, Names) else ""
