"""A message to the customer is written and queued for delivery, in one transaction.

Called by flow/actions (an agent's reply) and flow/assist (the assistant's answer); flow/deliver takes it from the
outbox. This is the only place that makes outbound messages, and it is given text, never a Note.
"""

from datetime import datetime
from typing import Any

import msgspec

from contactcenter.channels.protocol import Names
from contactcenter.crm import history
from contactcenter.flow import ledger, live, queries
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import shown_message
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.history import DeliverySettled, ReplyQueued
from contactcenter.model.values import Conflict, NotFound, Source
from contactcenter.ports import Tx
from contactcenter.routing.hours import Hours

LATER_THAN = {"sent": ("delivered", "read"), "delivered": ("read",)}


def say(
    tx: Tx,
    policies: Policies,
    ticket: Any,
    text: str,
    author: tuple[str, int | None, str],
    source: Source | None = None,
) -> int:
    """Queue a message along the conversation of a locked ticket; its id. `author` is (kind, agent id, name)."""
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
    )
    enqueue(tx, message, conversation, uncertain=False)
    actor = f"agent:{agent}" if agent is not None else kind
    history.record(tx, ticket.customer_id, actor, ReplyQueued(message, history.text_digest(text)), ticket.id)
    live.message_said(tx, ticket, conversation, shown_message(tx, message))
    return message


def enqueue(tx: Tx, message: int, conversation: Any, *, uncertain: bool) -> None:
    """Put a message on the outbox. `uncertain`: an earlier attempt may have reached the provider."""
    tx.add(
        queries.ENQUEUE,
        **ledger.due(tx.now, f"conversation:{conversation.id}"),
        message_id=message,
        channel=conversation.channel,
        uncertain=int(uncertain),
    )
    tx.wake("outbox")


def repeat(tx: Tx, ticket: Any, message: Any) -> None:
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
    live.delivery_changed(tx, ticket.id, ticket.assignee_id, message.id, "due", "")


def report(tx: Tx, channel: str, external_id: str, delivery: str, reason: str) -> None:
    """The provider tells what became of a message of ours. Raises NotFound for one we never sent."""
    message = tx.one(queries.MESSAGE_BY_EXTERNAL, channel=channel, external_id=external_id)
    if message is None or message.direction != "outbound":
        raise NotFound(f"channel {channel} reports on a message that is not ours")
    if message.delivery in LATER_THAN.get(delivery, ()):
        return  # reports come in any order
    ticket = tx.one(queries.TICKET, id=message.ticket_id)
    tx.run(queries.SET_DELIVERY, row=message.id, becomes=delivery, why=reason)
    fact = DeliverySettled(message.id, delivery, 0, reason)
    history.record(tx, ticket.customer_id, "system", fact, ticket.id)
    live.delivery_changed(tx, ticket.id, ticket.assignee_id, message.id, delivery, reason)


def tell_outside_hours(tx: Tx, policies: Policies, ticket: Any) -> None:
    """Outside the queue's hours, tell a customer whose locked ticket now waits for people when these are back."""
    queue = policies.queue(ticket.queue)
    if queue.hours is None or not queue.outside_hours or queue.hours.open_at(tx.now):
        return
    say(tx, policies, ticket, f"{queue.outside_hours}{_when(queue.hours, tx.now)}", ("assistant", None, "Assistant"))


def _when(hours: Hours, now: int) -> str:
    """(Monday 10:00, Europe/Berlin), in the team's own time; blank when they do not open again."""
    opening = hours.next_opening(now)
    if opening is None:
        return ""
    local = datetime.fromtimestamp(opening / SECOND, hours.zone)
    day = f"{local:%A}" if opening - now < 6 * DAY else f"{local:%A} {local.date().isoformat()}"
    return f" ({day} {local:%H:%M}, {hours.zone.key})"


def _own_id(policies: Policies, conversation: Any) -> str:
    """The id we give it ourselves where the medium lets us, fixed now and the same at every attempt."""
    channel = policies.way(conversation.channel).channel
    return channel.external_id(f"{conversation.id}.{conversation.last_seq}") if isinstance(channel, Names) else ""
