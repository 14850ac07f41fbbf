"""Live updates: one encoded frame per happening, told to the topics it concerns.

Called by the other use cases; heard by web/live (agents) and by web chat's sockets (customers). A frame is a copy for
the eye: whoever misses one reads the tables.

Topics: `ticket:<id>` (who watches it), `agent:<id>`, `queue:<name>`, `conversation:<channel>:<key>`, `team`,
`supervisors`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from contactcenter.flow import posts
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import (
    AgentView,
    EscalationView,
    MessageView,
    NoteView,
    OfferView,
    TicketView,
    offer_view,
    shown_agent,
    shown_ticket,
)
from contactcenter.ports import Tx


class TicketFrame(msgspec.Struct, tag_field="type", tag="ticket"):
    """Status, queue or assignee changed."""

    ticket: TicketView


class MessageFrame(msgspec.Struct, tag_field="type", tag="message"):
    """Something was said."""

    ticket: int
    version: int
    message: MessageView


class ChangeFrame(msgspec.Struct, tag_field="type", tag="change"):
    """Something that was said is not as it was: edited, taken away, a file of it is here, what became of it."""

    ticket: int
    message: MessageView


class NoteFrame(msgspec.Struct, tag_field="type", tag="note"):
    """A colleague wrote a note."""

    ticket: int
    note: NoteView


class OfferFrame(msgspec.Struct, tag_field="type", tag="offer"):
    """An offer was made or ended."""

    offer: OfferView


class PresenceFrame(msgspec.Struct, tag_field="type", tag="presence"):
    """An agent came or went."""

    agent: AgentView


class DeliveryFrame(msgspec.Struct, tag_field="type", tag="delivery"):
    """What became of a message of ours."""

    ticket: int
    message: int
    delivery: str
    reason: str | None


class EscalationFrame(msgspec.Struct, tag_field="type", tag="escalated"):
    """An agent asks supervisors for help."""

    ticket: TicketView
    escalation: EscalationView


class MergedFrame(msgspec.Struct, tag_field="type", tag="merged"):
    """What was said in one ticket is in another now (or, undone, back): read both again."""

    ticket: int
    into: int
    undone: bool


SUPERVISORS = "supervisors"  # the topic of those who steer


class ParticipantsFrame(msgspec.Struct, tag_field="type", tag="participants"):
    """Who is answered on a ticket has changed: ask again who it is."""

    ticket: int


_encode = msgspec.json.Encoder().encode


def typing_topic(channel: str) -> str:
    """Whoever sends for a channel hears on it, as the key of a conversation, where an agent types."""
    return f"typing:{channel}"


def conversation_topic(channel: str, key: str) -> str:
    """The topic of one conversation's customer."""
    return f"conversation:{channel}:{key}"


def message_said(tx: Tx, policies: Policies, ticket: Any, conversation: Any, view: MessageView) -> None:
    """Tell the owner and watchers of the ticket; the customer's own other windows too when the customer said it."""
    topics = _readers(ticket.id, ticket.assignee_id)
    if view.direction == "inbound":
        topics.append(conversation_topic(conversation.channel, conversation.key))
    tx.publish(topics, _encode(MessageFrame(ticket.id, ticket.version, view)))
    posts.entry(tx, policies, ticket.id, "message", view.id)


def message_changed(tx: Tx, ticket: Any, view: MessageView) -> None:
    """Tell the owner and watchers of the ticket. What a customer's windows show is changed by their channel."""
    tx.publish(_readers(ticket.id, ticket.assignee_id), _encode(ChangeFrame(ticket.id, view)))
    posts.touch(tx, view.id)


def ticket_changed(tx: Tx, policies: Policies, ticket: int, conversations: Sequence[Any], *also: str) -> None:
    """Tell the queue, the owner, the watchers and the customer; `also` names topics that no longer follow from it.

    `conversations`: those it is the current ticket of.
    """
    view = shown_ticket(tx, ticket, policies.kinds)
    topics = [f"ticket:{ticket}", f"queue:{view.queue}", *also]
    if view.assignee is not None:
        topics.append(f"agent:{view.assignee.id}")
    topics += [conversation_topic(conversation.channel, conversation.key) for conversation in conversations]
    tx.publish(topics, _encode(TicketFrame(view)))
    for_people = view.status in ("open", "snoozed") or view.assignee is not None
    posts.card(tx, policies, ticket, view.queue, for_people=for_people)


def note_written(tx: Tx, policies: Policies, ticket: Any, view: NoteView) -> None:
    """Tell colleagues. No topic of a conversation is ever among them."""
    tx.publish(_readers(ticket.id, ticket.assignee_id), _encode(NoteFrame(ticket.id, view)))
    posts.entry(tx, policies, ticket.id, "note", view.id)


def participants_changed(tx: Tx, ticket: Any) -> None:
    """Tell the owner and watchers of the ticket, before they answer somebody they do not see."""
    tx.publish(_readers(ticket.id, ticket.assignee_id), _encode(ParticipantsFrame(ticket.id)))


def offer_changed(tx: Tx, policies: Policies, row: Any) -> None:
    """Tell the agent it is held out to."""
    tx.publish([f"agent:{row.agent_id}"], _encode(OfferFrame(offer_view(tx, row, policies.kinds))))
    posts.offer(tx, policies, row.id, row.agent_id, row.ticket_id)


def escalated(tx: Tx, policies: Policies, view: TicketView, escalation: EscalationView) -> None:
    """Tell those who steer."""
    tx.publish([SUPERVISORS], _encode(EscalationFrame(view, escalation)))
    posts.escalated(tx, policies, view.id, escalation.at)


def merged(tx: Tx, source: Any, target: Any, *, undone: bool) -> None:
    """Tell who watches or has either of them."""
    topics = [f"ticket:{source.id}", f"ticket:{target.id}"]
    topics += [f"agent:{whose}" for whose in {source.assignee_id, target.assignee_id} if whose is not None]
    tx.publish(topics, _encode(MergedFrame(source.id, target.id, undone)))
    posts.merged(tx, source.id, target.id, undone=undone)


def presence_changed(tx: Tx, agent: int) -> None:
    """Tell the team and the agent's other windows."""
    tx.publish(["team", f"agent:{agent}"], _encode(PresenceFrame(shown_agent(tx, agent))))


def delivery_changed(tx: Tx, policies: Policies, ticket: Any, message: int, delivery: str, reason: str) -> None:
    """Tell the owner and watchers of the ticket, of which only id and assignee are read."""
    readers = _readers(ticket.id, ticket.assignee_id)
    tx.publish(readers, _encode(DeliveryFrame(ticket.id, message, delivery, reason or None)))
    posts.changed(tx, policies, message)


def _readers(ticket: int, assignee: int | None) -> list[str]:
    """Whoever watches the ticket, and its owner."""
    return [f"ticket:{ticket}", *([] if assignee is None else [f"agent:{assignee}"])]
