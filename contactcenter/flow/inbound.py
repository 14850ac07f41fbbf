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
from contactcenter.flow import (
    automatic,
    changes,
    choices,
    doors,
    folds,
    ledger,
    live,
    outbound,
    pickups,
    promises,
    queries,
    sorting,
    staff,
    threads,
    tickets,
)
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.views import Author, MessageView, Proof, QuotedView, files_of, iso, quoted
from contactcenter.knowledge.forms import mail_in
from contactcenter.model.columns import DAY, HOUR, clean
from contactcenter.model.history import MessageReceived
from contactcenter.model.values import (
    Chosen,
    Deletion,
    DeliveryReport,
    Edit,
    Inbound,
    NotFound,
    Parsed,
    RawEvent,
    Reachability,
    Sender,
)
from contactcenter.ports import Tx

STALE_AFTER = 1 * DAY  # what is older is answered by people: an automatic answer to it comes too late to be one
REFERENCES = 5  # ids of earlier messages that are looked for
JOINERS = "\u200c\u200d"  # Persian names and joined emoji need them


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

    most = 1 if parsed else ledger.BATCH  # of a stream only the head is parsed before
    return ledger.inbox.work_off(tx, stream, take, lambda row: row.id in parsed or parses_here(policies, row), most)


def parses_here(policies: Policies, row: Any) -> bool:
    """Is it cheap to parse in a transaction? What is of no configured channel is let through, to be told so."""
    way = policies.ways.get(row.channel)
    return not row.file and (way is None or way.channel.capabilities.parses_at_once)


def raw_of(row: Any) -> RawEvent:
    """The event as it came, from its row."""
    envelope = json.loads(row.envelope) if row.envelope else {}
    return RawEvent(row.channel, row.external_id, row.stream, bytes(row.payload), envelope, row.file)


def take_in(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: list[Parsed]) -> int:
    """All that one event says, in order; the seq of its last message, or 0.

    What it tells of a message that is there already is done once, also when the event is replayed: people may have
    gone on from there since.
    """
    seq, again = 0, _told_before(tx, inbox_id, said)
    for item in said:
        match item:
            case Inbound(overheard=True) if not threads.known(tx, way, item):
                pass
            case Inbound(album=album) if album and again:
                pass
            case Inbound(report=told) if told is None or not (again or _report(tx, policies, way, inbox_id, told)):
                seq = _message(tx, policies, way, inbox_id, _storable(item))
            case Edit() | Deletion() | DeliveryReport() | Reachability() if again:
                pass
            case Edit():
                changes.edit(tx, policies, way, inbox_id, item)
            case Deletion():
                changes.delete(tx, policies, way, inbox_id, item)
            case Chosen():
                seq = _chosen(tx, policies, way, inbox_id, item)
            case Reachability():
                doors.told(tx, policies, way, inbox_id, item)
            case DeliveryReport() if not _report(tx, policies, way, inbox_id, item):
                raise NotFound(f"channel {way.channel.name} reports on a message that is not ours")
    return seq


def _told_before(tx: Tx, inbox_id: int, said: list[Parsed]) -> bool:
    """Did the event say it all once already, of a message that was there?"""
    if all(isinstance(item, Inbound) and item.report is None and not item.album for item in said):
        return False  # nearly all of them
    return tx.one(queries.RAW_BY_ID, id=inbox_id).told_of is not None


def _report(tx: Tx, policies: Policies, way: Way, inbox_id: int, told: DeliveryReport) -> bool:
    """Is it on a message of ours? Then what it tells is done."""
    message = outbound.report(tx, policies, way, told)
    if message:
        tx.run(queries.NOTE_TOLD, row=inbox_id, what=message)
    return bool(message)


class Held(msgspec.Struct):
    """A ticket that a message came into, as far as the message cares."""

    id: int
    customer_id: int
    assignee_id: int | None
    version: int
    queue: str
    priority: str
    clocks: str
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
    language: str
    reply_to: str
    root: str
    unreachable: str = ""


class Heard(msgspec.Struct, frozen=True):
    """A message, the event it came by, and where it belongs: its conversation and the locked ticket."""

    way: Way
    inbox_id: int
    said: Inbound
    conversation: Any
    ticket: Any
    author: Author
    taken: choices.Taken | None


def _message(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: Inbound) -> int:
    if said.album and (seq := changes.gather(tx, policies, way, inbox_id, said)):
        return seq
    conversation, ticket, said, taken = _continue_held(tx, way, said) or _hear(tx, policies, way, said)
    author = _author(tx, way, conversation, said)
    _keep(tx, policies, Heard(way, inbox_id, said, conversation, ticket, author, taken))
    return int(conversation.last_seq)


def _chosen(tx: Tx, policies: Policies, way: Way, inbox_id: int, press: Chosen) -> int:
    """A button was pressed: the customer said its words. Pressing it again says nothing new."""
    taken = choices.pressed(tx, way, press)
    if taken is None:
        return 0
    said = _storable(choices.words_of(press, taken))
    conversation = tx.one(queries.LOCK_CONVERSATION, id=taken.under.conversation_id)
    author = _author(tx, way, conversation, said)
    if before := choices.said_before(tx, taken, author.id or 0):
        return before
    conversation = tx.one(queries.CONTINUE_BY_ID, conversation=conversation.id)
    ticket = _ticket(tx, policies, way, conversation, said, taken)
    _keep(tx, policies, Heard(way, inbox_id, said, conversation, ticket, author, taken))
    return int(conversation.last_seq)


def _keep(tx: Tx, policies: Policies, heard: Heard) -> None:
    """The message itself, and what follows from its words."""
    said, conversation, ticket, taken = heard.said, heard.conversation, heard.ticket, heard.taken
    if conversation.unreachable:
        doors.open_again(tx, policies, conversation)
    message = _write_down(tx, heard)
    view = _view(tx, message, heard)
    if said.references or said.album:
        view.answers = _belong(tx, heard.way, view, said)
    fact = MessageReceived(message, history.text_digest(said.text), said.proof, said.automatic)
    history.record(tx, ticket.customer_id, "customer", fact, ticket.id)
    if not said.automatic:
        promises.heard(tx, policies, ticket)
    begun = ticket.id != conversation.ticket_id and not (taken and taken.settles)
    if begun:
        tickets.show(tx, policies, ticket, conversation=conversation)
    if taken is not None:
        view.pressed = taken.under.id
    live.message_said(tx, policies, ticket, conversation, view)
    if heard.way.ask_mail and ticket.status == "open" and (address := mail_in(said.text)):
        claim(tx, ticket.customer_id, (("email", address),))
    if taken is not None:
        choices.act(tx, policies, ticket, taken, message, heard.author.id or 0)
    if begun and ticket.status == "open" and not (said.automatic or _stale(tx, said)):
        automatic.acknowledge(tx, policies, ticket)


def _write_down(tx: Tx, heard: Heard) -> int:
    """Its row, and those of its files; the message's number."""
    said, conversation, taken = heard.said, heard.conversation, heard.taken
    message = tx.add(
        queries.ADD_INBOUND,
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        ticket_id=heard.ticket.id,
        channel=conversation.channel,
        author_id=heard.author.id,
        author_name=heard.author.name,
        text=said.text,
        created_at=tx.now,
        external_id=said.external_id,
        client_id=said.client_id,
        inbox_id=heard.inbox_id,
        proof=said.proof,
        automatic=said.automatic,
        folds=folds.kept(said.folds),
        remarks=msgspec.json.encode(said.remarks).decode() if said.remarks else "",
        pressed=taken.under.id if taken else None,
        markup=int(said.markup),
    )
    for attached in said.attachments:
        pickups.attach(tx, message, conversation.channel, attached)
    return message


Placed = tuple[Any, Any, Inbound, choices.Taken | None]
"""The conversation, its ticket, the message with what is remarked of it, and the choice that its words take."""


def _continue_held(tx: Tx, way: Way, said: Inbound) -> Placed | None:
    """The short way: the next message of a conversation whose ticket is ours to answer already."""
    if way.channel.capabilities.threads_by_reference:
        return None
    row = tx.one(queries.CONTINUE_HELD, way=way.channel.name, thread=said.conversation)
    if row is None:
        return None
    tx.run(queries.TAKE_SEQ, row=row.id, seq=row.last_seq)
    known = (row.owner_id, row.assignee_id, row.version, row.queue, row.priority, row.clocks)
    return row, Held(row.ticket_id, *known), said, None


def _hear(tx: Tx, policies: Policies, way: Way, said: Inbound) -> Placed:
    """The long way: a conversation that begins, or whose ticket changes by being written to."""
    found = threads.find(tx, way, said)
    conversation = found.conversation or _begin(tx, way, said, found.key)
    if said.sender.language not in ("", conversation.language):
        tx.run(queries.SET_LANGUAGE, row=conversation.id, spoken=said.sender.language)
    taken = None if found.conversation is None else choices.typed(tx, way, conversation, said)
    ticket = _ticket(tx, policies, way, conversation, said, taken)
    not_to = ""
    if way.channel.capabilities.threads_by_reference:
        not_to = threads.heard_in(tx, conversation, ticket.id, said, found)
    if remarks := list(filter(None, (found.remark, _passed_on(tx, said), not_to))):
        said = replace(said, remarks=(*said.remarks, *remarks))
    return conversation, ticket, said, taken


def _shown(name: str) -> str:
    """A name on one line and without what cannot be seen: no control or direction characters, but joiners."""
    return "".join(char for char in " ".join(clean(name).split()) if char.isprintable() or char in JOINERS)


def _passed_on(tx: Tx, said: Inbound) -> str:
    """What a colleague forwards is somebody else's: the agent is told whose, and can give them the ticket.

    Only of a proven colleague: anybody can write such a text.
    """
    if said.forwarded is None or not said.proof:
        return ""
    if tx.one(staff.BY_EMAIL, email=normalise(said.sender.kind, said.sender.address)) is None:
        return ""
    return f"A colleague forwarded this; it seems to be from {said.forwarded.name} <{said.forwarded.address}>."


def _begin(tx: Tx, way: Way, said: Inbound, key: str) -> Any:
    who = identify(tx, said.sender, said.proof, way.channel.name)
    claim(tx, who.customer, said.claims)
    values: dict[str, Any] = {
        "channel": way.channel.name,
        "key": key,
        "customer_id": who.customer,
        "identity_id": who.identity,
        "ticket_id": None,
        "last_seq": 1,
        "subject": said.subject,
        "sender_name": said.sender.name,
        "language": said.sender.language,
        "reply_to": said.reply_to,
        "root": said.conversation if way.channel.capabilities.threads_by_reference else "",
    }
    return Begun(id=tx.add(queries.ADD_CONVERSATION, created_at=tx.now, **values), **values)


def _author(tx: Tx, way: Way, conversation: Any, said: Inbound) -> Author:
    """Who wrote it: whoever the conversation is with, but where several write in one (mail, groups), its sender."""
    if not way.channel.capabilities.several_write or not said.sender.address:  # or a customer for each mail
        return Author("customer", conversation.customer_id, conversation.sender_name)
    begun = isinstance(conversation, Begun)  # with whoever wrote this
    customer = conversation.customer_id if begun else identify(tx, said.sender, said.proof, way.channel.name).customer
    return Author("customer", customer, said.sender.name or said.sender.address)


def _belong(tx: Tx, way: Way, message: MessageView, said: Inbound) -> QuotedView | None:
    """Note which album it is of, and which message of its conversation it answers: in mail the thread tells that."""
    answered = None
    if not way.channel.capabilities.threads_by_reference:
        for reference in said.references[:REFERENCES]:
            known = {"channel": way.channel.name, "external_id": reference, "conversation": message.conversation}
            if answered := tx.one(queries.ANSWERED, **known):
                break
    number = None if answered is None else answered.id
    if said.album or number is not None:
        tx.run(queries.SET_BELONGING, row=message.id, answered=number, gathered=said.album)
    return quoted(tx, number)


def _ticket(tx: Tx, policies: Policies, way: Way, conversation: Any, said: Inbound, taken: choices.Taken | None) -> Any:
    """The ticket the message belongs to, locked: the conversation's current one, reopened, or a new one.

    Words that settle something belong to what they settle, and reopen nothing.
    """
    if taken is not None and taken.settles:
        return tickets.lock(tx, taken.under.ticket_id)
    heard = None
    if conversation.ticket_id is not None:
        heard = tx.one(queries.HEAR, row=conversation.ticket_id, since=tx.now)
        if heard is None:
            heard = _hear_again(tx, policies, way, conversation.ticket_id, said)
    if heard is None:
        first = _first(tx, policies, way, conversation, said)
        heard = tickets.open_ticket(tx, policies, way, conversation, first)
        if heard.status == "open":
            tickets.wait(tx, heard, first.since)
    if heard.status == "new" and not said.automatic:
        tickets.ask(tx, heard.id)
    return heard


def _first(tx: Tx, policies: Policies, way: Way, conversation: Any, said: Inbound) -> tickets.First:
    """What a ticket begins with: how old it is, what rules make of it, and why people and not the assistant read it."""
    why = ""
    if said.automatic:
        why = f"a robot wrote it: {said.automatic}"
    elif not way.assistant:
        why = "no assistant serves this channel"
    elif nothing := _nothing_to_read(said):
        why = nothing
    elif _stale(tx, said):
        why = f"it was written {(tx.now - said.received_at) // HOUR} hours ago: too late for an automatic answer"
    subject = _subject(said)
    return tickets.First(
        subject=subject,
        since=min(said.received_at or tx.now, tx.now),
        why_people=why,
        automatic=bool(said.automatic),
        follows=conversation.ticket_id,
        outcome=sorting.sort(tx, policies, way, said, subject),
    )


def _stale(tx: Tx, said: Inbound) -> bool:
    return bool(said.received_at) and said.received_at + STALE_AFTER < tx.now


def _nothing_to_read(said: Inbound) -> str:
    """Why the assistant need not be asked; blank when there are words for it."""
    if said.unreadable:
        return said.unreadable
    if folds.unfolded(said.text, said.folds).strip() or said.album:  # another part of an album may bring its words
        return ""
    return "it brings files and no words" if said.attachments else "nothing new is written in it"


def _hear_again(tx: Tx, policies: Policies, way: Way, ticket_id: int, said: Inbound) -> Any:
    """A message on a ticket that was not ours to answer: it is again, unless a robot wrote. None when it is closed."""
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "closed":
        return None
    if said.automatic:
        return ticket
    with_assistant = way.assistant and not ticket.handoff and not (_stale(tx, said) or _nothing_to_read(said))
    becomes = "new" if with_assistant and not _with_people(tx, ticket) else "open"
    tickets.set_status(tx, policies, ticket, becomes, "customer", "the customer wrote")
    return tickets.lock(tx, ticket_id)


def _with_people(tx: Tx, ticket: Any) -> bool:
    """Has somebody had the ticket, or answered it, at any time? Then the assistant speaks no more."""
    if ticket.assignee_id is not None or tx.one(queries.TICKET, id=ticket.id).assigned_at is not None:
        return True
    return tx.one(queries.SAID_BY_PEOPLE, ticket=ticket.id) is not None


def _storable(said: Inbound) -> Inbound:
    """The message with every text in it cleaned; most need nothing, and say so at once."""
    texts = (said.text, said.subject, said.conversation, said.sender.name, said.sender.address)
    plain = "".join(texts).isascii() and "\0" not in said.text and said.sender.name.isprintable()
    if plain and not (said.claims or said.attachments or said.others or said.remarks or said.automatic or said.album):
        return said
    return replace(
        said,
        sender=_storable_sender(said.sender),
        others=tuple(map(_storable_sender, said.others)),
        remarks=tuple(map(clean, said.remarks)),
        reply_to=clean(said.reply_to),
        forwarded=None if said.forwarded is None else _storable_sender(said.forwarded),
        conversation=clean(said.conversation),
        album=clean(said.album),
        text=clean(said.text),
        subject=clean(said.subject),
        automatic=clean(said.automatic),
        claims=tuple((kind, clean(value)) for kind, value in said.claims),
        attachments=tuple(
            replace(attached, name=clean(attached.name), type=clean(attached.type)) for attached in said.attachments
        ),
    )


def _storable_sender(sender: Sender) -> Sender:
    return replace(sender, address=clean(sender.address), name=_shown(sender.name))


def _subject(said: Inbound) -> str:
    first_line = next((line.strip() for line in said.text.splitlines() if line.strip()), "")
    return (said.subject or first_line or "(no text)")[: tickets.SUBJECT_LIMIT]


def _view(tx: Tx, message: int, heard: Heard) -> MessageView:
    said = heard.said
    return MessageView(
        id=message,
        ticket=heard.ticket.id,
        conversation=heard.conversation.id,
        seq=heard.conversation.last_seq,
        direction="inbound",
        author=heard.author,
        text=said.text,
        at=iso(tx.now),
        delivery=None,
        delivery_reason=None,
        proof=Proof(said.proof) if said.proof else None,
        automatic=said.automatic,
        files=files_of(tx, message) if said.attachments else [],
        source=None,
        client_id=said.client_id,
        folds=list(said.folds),
        remarks=list(said.remarks),
        markup=said.markup,
    )
