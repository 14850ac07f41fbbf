"""What a raw event says becomes part of a ticket: parse, identify, ticket, message, events, in one transaction.

Before it: flow/intake, which stored the event. After it: flow/assist for a ticket that is `new`, flow/assign for one
that is `open`, or nothing but a live update when an agent already holds it. Refuses to guess: a message without a
sender's address makes a customer of its own.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from contactcenter.crm import history
from contactcenter.crm.identify import claim, identify, normalise
from contactcenter.crm.queries import FIND_IDENTITY
from contactcenter.flow import ledger, live, outbound, queries, tickets
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.views import Author, MessageView, Proof, files_of, iso
from contactcenter.model.columns import clean
from contactcenter.model.history import MessageDeleted, MessageEdited, MessageReceived
from contactcenter.model.values import Deletion, DeliveryReport, Edit, Inbound, Parsed, RawEvent
from contactcenter.ports import Tx


def work_off(tx: Tx, policies: Policies, stream: str, parsed: Mapping[int, list[Parsed] | Exception]) -> int:
    """Take in what is due in a stream, oldest first.

    `parsed` holds, by row, what was parsed before because it is not cheap, or why it could not be.
    """

    def take(tx: Tx, row: Any) -> None:
        way = policies.way(row.channel)
        said = parsed[row.id] if row.id in parsed else way.channel.parse(raw_of(row))
        if isinstance(said, Exception):
            raise said
        take_in(tx, policies, way, row.id, said)

    return ledger.inbox.work_off(tx, stream, take, lambda row: row.id in parsed or _parses_here(policies, row))


def _parses_here(policies: Policies, row: Any) -> bool:
    """Is it cheap to parse in a transaction? What is of no configured channel is let through, to be told so."""
    way = policies.ways.get(row.channel)
    return not row.file and (way is None or way.channel.capabilities.parses_at_once)


def raw_of(row: Any) -> RawEvent:
    """The event as it came, from its row."""
    envelope = json.loads(row.envelope) if row.envelope else {}
    return RawEvent(row.channel, row.external_id, row.stream, bytes(row.payload), envelope, row.file)


def take_in(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: list[Parsed]) -> int:
    """All that one event says, in order; the seq of its last message, or 0."""
    seq = 0
    for item in said:
        match item:
            case Inbound():
                seq = _message(tx, policies, way, inbox_id, _storable(item))
            case Edit(external_id=external_id, text=text):
                _edit(tx, way, external_id, clean(text))
            case Deletion(external_id=external_id):
                _delete(tx, way, external_id)
            case DeliveryReport(external_id=external_id, delivery=delivery, reason=reason):
                outbound.report(tx, way.channel.name, external_id, delivery, reason)
    return seq


JOINERS = "\u200c\u200d"  # Persian names and joined emoji need them


class Held(msgspec.Struct):
    """A ticket that a message came into, as far as the message cares."""

    id: int
    customer_id: int
    assignee_id: int | None
    version: int
    status: str = "open"


class Begun(msgspec.Struct):
    """A conversation's row, for one that was made in this transaction."""

    id: int
    channel: str
    key: str
    customer_id: int
    identity_id: int
    ticket_id: int | None
    last_seq: int
    subject: str
    sender_name: str


def _message(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: Inbound) -> int:
    conversation, ticket = _continue_held(tx, way, said) or _hear(tx, policies, way, said)
    author = _author(tx, way, conversation, said)
    message = tx.add(
        queries.ADD_INBOUND,
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        ticket_id=ticket.id,
        channel=conversation.channel,
        author_id=author.id,
        author_name=author.name,
        text=said.text,
        created_at=tx.now,
        external_id=said.external_id,
        client_id=said.client_id,
        inbox_id=inbox_id,
        proof=said.proof,
        automatic=said.automatic,
    )
    for attached in said.attachments:
        tx.add(
            queries.ADD_ATTACHMENT,
            message_id=message,
            name=attached.name,
            type=attached.type,
            size=attached.size,
            ref=attached.ref,
        )
    fact = MessageReceived(message, history.text_digest(said.text), said.proof)
    history.record(tx, ticket.customer_id, "customer", fact, ticket.id)
    if ticket.id != conversation.ticket_id:
        tickets.show(tx, policies, ticket, conversation=conversation)
    live.message_said(tx, ticket, conversation, _view(tx, message, ticket.id, conversation, author, said))
    if ticket.id != conversation.ticket_id and ticket.status == "open" and not said.automatic:
        outbound.tell_outside_hours(tx, policies, ticket)
    return int(conversation.last_seq)


def _continue_held(tx: Tx, way: Way, said: Inbound) -> tuple[Any, Held] | None:
    """The short way: the next message of a conversation whose ticket is ours to answer already."""
    if said.references:
        return None
    row = tx.one(queries.CONTINUE_HELD, way=way.channel.name, thread=_thread(way, said))
    if row is None:
        return None
    tx.run(queries.TAKE_SEQ, row=row.id, seq=row.last_seq)
    return row, Held(row.ticket_id, row.owner_id, row.assignee_id, row.version)


def _hear(tx: Tx, policies: Policies, way: Way, said: Inbound) -> tuple[Any, Any]:
    """The long way: a conversation that begins, or whose ticket changes by being written to."""
    conversation = _continue(tx, way, said) or _begin(tx, way, said)
    return conversation, _ticket(tx, policies, way, conversation, said)


def _continue(tx: Tx, way: Way, said: Inbound) -> Any:
    """The conversation it belongs to, its next seq taken: by what it answers where the medium says so, else by key.

    Only a conversation with this very sender: whoever answers in somebody else's thread begins one of their own, or
    our reply to them would go to somebody else.
    """
    sender = _identity(tx, said) if said.references else None
    for reference in said.references:
        known = tx.one(queries.CONVERSATION_OF_MESSAGE, channel=way.channel.name, external_id=reference)
        if known is not None and known.identity_id == sender:
            return tx.one(queries.CONTINUE_BY_ID, conversation=known.conversation_id)
    return tx.one(queries.CONTINUE, way=way.channel.name, thread=_thread(way, said))


def _identity(tx: Tx, said: Inbound) -> int | None:
    """The sender's identity, if we know one."""
    sender = said.sender
    known = tx.one(FIND_IDENTITY, kind=sender.kind, address=normalise(sender.kind, sender.address))
    return None if known is None else int(known.id)


def _thread(way: Way, said: Inbound) -> str:
    """The key of the conversation: where several write in one thread (mail), each has their own."""
    if not way.channel.capabilities.threads_by_reference:
        return said.conversation
    return f"{said.conversation} {normalise(said.sender.kind, said.sender.address)}"


def _shown(name: str) -> str:
    """A name on one line and without what cannot be seen: no control or direction characters, but joiners."""
    return "".join(char for char in " ".join(clean(name).split()) if char.isprintable() or char in JOINERS)


def _begin(tx: Tx, way: Way, said: Inbound) -> Any:
    who = identify(tx, said.sender, said.proof, way.channel.name)
    claim(tx, who.customer, said.claims)
    values: dict[str, Any] = {
        "channel": way.channel.name,
        "key": _thread(way, said),
        "customer_id": who.customer,
        "identity_id": who.identity,
        "ticket_id": None,
        "last_seq": 1,
        "subject": said.subject,
        "sender_name": said.sender.name,
    }
    return Begun(id=tx.add(queries.ADD_CONVERSATION, created_at=tx.now, **values), **values)


def _author(tx: Tx, way: Way, conversation: Any, said: Inbound) -> Author:
    """Who wrote it: whoever the conversation is with, but where several write in one thread (mail), its sender."""
    if not way.channel.capabilities.threads_by_reference or not said.sender.address:  # or a customer for each mail
        return Author("customer", conversation.customer_id, conversation.sender_name)
    who = identify(tx, said.sender, said.proof, way.channel.name)
    return Author("customer", who.customer, said.sender.name or said.sender.address)


def _ticket(tx: Tx, policies: Policies, way: Way, conversation: Any, said: Inbound) -> Any:
    """The ticket the message belongs to, locked: the conversation's current one, reopened, or a new one."""
    heard = None
    if conversation.ticket_id is not None:
        heard = tx.one(queries.HEAR, row=conversation.ticket_id, since=tx.now)
        if heard is None:
            heard = _hear_again(tx, policies, way, conversation.ticket_id, said)
    if heard is None:
        heard = tickets.open_ticket(tx, way, conversation, _subject(said), automatic=bool(said.automatic))
        if heard.status == "open":
            tickets.wait(tx, heard, tx.now)
    if heard.status == "new":
        _ask(tx, heard.id)
    return heard


def _hear_again(tx: Tx, policies: Policies, way: Way, ticket_id: int, said: Inbound) -> Any:
    """A message on a ticket that was not ours to answer: it is again, unless a robot wrote. None when it is closed."""
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "closed":
        return None
    if said.automatic:
        return ticket
    with_assistant = way.assistant and not ticket.handoff and ticket.assignee_id is None
    becomes = "new" if with_assistant else "open"
    tickets.set_status(tx, policies, ticket, becomes, "customer", "the customer wrote")
    return tickets.lock(tx, ticket_id)


def _ask(tx: Tx, ticket: int) -> None:
    tx.run(
        queries.ASK,
        **ledger.due(tx.now, f"ticket:{ticket}"),
        ticket_id=ticket,
    )
    tx.wake("assistant")


def _storable(said: Inbound) -> Inbound:
    """The message with every text in it cleaned; most need nothing, and say so at once."""
    texts = (said.text, said.subject, said.conversation, said.sender.name, said.sender.address)
    plain = "".join(texts).isascii() and "\0" not in said.text and said.sender.name.isprintable()
    if plain and not said.claims and not said.attachments:
        return said
    sender = replace(said.sender, address=clean(said.sender.address), name=_shown(said.sender.name))
    return replace(
        said,
        sender=sender,
        conversation=clean(said.conversation),
        text=clean(said.text),
        subject=clean(said.subject),
        claims=tuple((kind, clean(value)) for kind, value in said.claims),
        attachments=tuple(replace(attached, name=clean(attached.name)) for attached in said.attachments),
    )


def _subject(said: Inbound) -> str:
    first_line = next((line.strip() for line in said.text.splitlines() if line.strip()), "")
    return (said.subject or first_line or "(no text)")[: tickets.SUBJECT_LIMIT]


def _view(tx: Tx, message: int, ticket: int, conversation: Any, author: Author, said: Inbound) -> MessageView:
    return MessageView(
        id=message,
        ticket=ticket,
        conversation=conversation.id,
        seq=conversation.last_seq,
        direction="inbound",
        author=author,
        text=said.text,
        at=iso(tx.now),
        delivery=None,
        delivery_reason=None,
        proof=Proof(said.proof) if said.proof else None,
        automatic=said.automatic,
        files=files_of(tx, message) if said.attachments else [],
        source=None,
        client_id=said.client_id,
    )


def _edit(tx: Tx, way: Way, external_id: str, text: str) -> None:
    row = tx.one(queries.MESSAGE_BY_EXTERNAL, channel=way.channel.name, external_id=external_id)
    if row is not None:
        tx.run(queries.SET_TEXT, row=row.id, says=text)
        ticket = tickets.lock(tx, row.ticket_id)
        fact = MessageEdited(row.id, history.text_digest(text))
        history.record(tx, ticket.customer_id, "customer", fact, ticket.id)


def _delete(tx: Tx, way: Way, external_id: str) -> None:
    row = tx.one(queries.MESSAGE_BY_EXTERNAL, channel=way.channel.name, external_id=external_id)
    if row is not None:
        tx.run(queries.SET_TEXT, row=row.id, says="")
        ticket = tickets.lock(tx, row.ticket_id)
        history.record(tx, ticket.customer_id, "customer", MessageDeleted(row.id), ticket.id)
