"""Live updates: one encoded frame per happening, told to the topics it concerns.

Called by the other use cases; heard by web/live (agents) and by web chat's sockets (customers). A frame is a copy for
the eye: whoever misses one reads the tables.

Topics: `ticket:<id>` (who watches it), `agent:<id>`, `queue:<name>`, `conversation:<channel>:<key>`, `team`.
"""

from typing import Any

import msgspec

from contactcenter.flow.policies import Policies
from contactcenter.flow.views import (
    AgentView,
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


class ParticipantsFrame(msgspec.Struct, tag_field="type", tag="participants"):
    """Who is answered on a ticket has changed: ask again who it is."""

    ticket: int


_encode = msgspec.json.Encoder().encode


def conversation_topic(channel: str, key: str) -> str:
    """The topic of one conversation's customer."""
    return f"conversation:{channel}:{key}"


def message_said(tx: Tx, ticket: Any, conversation: Any, view: MessageView) -> None:
    """Tell the owner and watchers of the ticket; the customer's own other windows too when the customer said it."""
    topics = _readers(ticket.id, ticket.assignee_id)
    if view.direction == "inbound":
        topics.append(conversation_topic(conversation.channel, conversation.key))
    tx.publish(topics, _encode(MessageFrame(ticket.id, ticket.version, view)))


def ticket_changed(tx: Tx, policies: Policies, ticket: int, conversation: Any, *also: str) -> None:
    """Tell the queue, the owner, the watchers and the customer; `also` names topics that no longer follow from it."""
    view = shown_ticket(tx, ticket, policies.kinds)
    topics = [f"ticket:{ticket}", f"queue:{view.queue}", *also]
    if view.assignee is not None:
        topics.append(f"agent:{view.assignee.id}")
    if conversation is not None:
        topics.append(conversation_topic(conversation.channel, conversation.key))
    tx.publish(topics, _encode(TicketFrame(view)))


def note_written(tx: Tx, ticket: Any, view: NoteView) -> None:
    """Tell colleagues. No topic of a conversation is ever among them."""
    tx.publish(_readers(ticket.id, ticket.assignee_id), _encode(NoteFrame(ticket.id, view)))


def participants_changed(tx: Tx, ticket: Any) -> None:
    """Tell the owner and watchers of the ticket, before they answer somebody they do not see."""
    tx.publish(_readers(ticket.id, ticket.assignee_id), _encode(ParticipantsFrame(ticket.id)))


def offer_changed(tx: Tx, policies: Policies, row: Any) -> None:
    """Tell the agent it is held out to."""
    tx.publish([f"agent:{row.agent_id}"], _encode(OfferFrame(offer_view(tx, row, policies.kinds))))


def presence_changed(tx: Tx, agent: int) -> None:
    """Tell the team and the agent's other windows."""
    tx.publish(["team", f"agent:{agent}"], _encode(PresenceFrame(shown_agent(tx, agent))))


def delivery_changed(tx: Tx, ticket: int, assignee: int | None, message: int, delivery: str, reason: str) -> None:
    """Tell the owner and watchers of the ticket."""
    tx.publish(_readers(ticket, assignee), _encode(DeliveryFrame(ticket, message, delivery, reason or None)))


def _readers(ticket: int, assignee: int | None) -> list[str]:
    """Whoever watches the ticket, and its owner."""
    return [f"ticket:{ticket}", *([] if assignee is None else [f"agent:{assignee}"])]
