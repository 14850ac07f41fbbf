"""Which conversation a message belongs to, who takes part in it, and whether it is about something else after all.

Asked by flow/inbound. Where a medium keeps one thread per key (chat), the key decides. In mail anybody can write
anything, so what finds a conversation is, in this order: a token of ours; an id of a message we know; the thread it
began, when its first mail arrives last; a ticket number. Only the first lets somebody in who takes no part yet: it is
a secret that only our own mails tell. The others lead to the sender's own conversation before one in which they are in
copy: anybody can put them there, and use their ids. A subject alone finds nothing.
"""

from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.crm.identify import normalise
from contactcenter.flow import queries, subjects
from contactcenter.flow.policies import Way
from contactcenter.model.history import ParticipantAdded
from contactcenter.model.values import Inbound, Sender
from contactcenter.ports import Tx

PARTICIPANTS_LIMIT = 30  # of one conversation
NOT_TO_ALL = "It was not written to all who are answered here: look at who is in copy before you answer."


class Found(msgspec.Struct):
    """The conversation, its next seq taken, or None for a new one under `key`; and what an agent should know."""

    conversation: Any
    key: str
    trusted: bool = False  # it was not found by a number that anybody can guess: Cc is believed
    proven: bool = False  # who wrote knew a secret of ours or brought proof: Reply-To is believed
    remark: str = ""


class With(msgspec.Struct):
    """A conversation and whom it is with, as queries.CONVERSATION_WITH gives it, for one that was just begun."""

    id: int
    customer_id: int
    ticket_id: int
    address: str
    reply_to: str


def find(tx: Tx, way: Way, said: Inbound) -> Found:
    """The conversation of a message."""
    if not way.channel.capabilities.threads_by_reference:
        key = said.conversation
        return Found(tx.one(queries.CONTINUE, way=way.channel.name, thread=key), key, trusted=True)
    sender = normalise(said.sender.kind, said.sender.address)
    key = f"{said.conversation} {sender}"
    remark, guest_of, taken = "", None, False
    for conversation, by in _candidates(tx, way, said, key):
        taken = taken or conversation.key == key
        if _about_something_else(conversation, said):
            remark = remark or f"It was written into ticket {conversation.ticket_id}, about something else."
            continue
        if by == "token" or (sender and sender == conversation.address):
            return _found(tx, said, key, conversation, by)
        if guest_of is None and takes_part(tx, conversation, sender):
            guest_of = conversation, by
        remark = remark or _stranger(conversation, by)
    if guest_of is not None:
        return _found(tx, said, key, *guest_of)
    if taken:
        key = f"{key} {token_hex(8)}"  # about something else, or now somebody else's
    return Found(None, key, trusted=True, proven=True, remark=remark)


def known(tx: Tx, way: Way, said: Inbound) -> bool:
    """Is it in a conversation of ours, where a key decides that?"""
    return tx.one(queries.CONVERSATION_BY_KEY, way=way.channel.name, key=said.conversation) is not None


def takes_part(tx: Tx, conversation: Any, address: str) -> bool:
    """Is it the customer's own address, or that of somebody who is answered too? A blank one never is."""
    if not address:
        return False
    if conversation.address == address:
        return True
    return tx.one(queries.PARTICIPANT, conversation=conversation.id, whom=address) is not None


def heard_in(tx: Tx, conversation: Any, ticket: int, said: Inbound, found: Found) -> str:
    """Remember who is to be answered too: those the message was also written to, and a writer who is new here.

    A sentence where an answer reaches who did not get this. One that begins with this message is with its sender.
    """
    if found.conversation is not None:
        known = tx.one(queries.CONVERSATION_WITH, id=conversation.id)
        _note_participants(tx, known, said, found)
        return _left_out(tx, known, said)
    sender = normalise(said.sender.kind, said.sender.address)
    begun = With(conversation.id, conversation.customer_id, ticket, sender, said.reply_to)
    _note_participants(tx, begun, said, found)
    return ""


def add(tx: Tx, conversation: Any, whom: Sender, actor: str, *, joined: bool = False) -> str:
    """One more who is answered too, unless they take part already; their address as it is compared.

    `joined`: nobody of the thread had addressed them, but they answered a mail of ours.
    """
    address = normalise(whom.kind, whom.address)
    row = {"conversation_id": conversation.id, "address": address, "name": whom.name, "joined": int(joined)}
    if address not in ("", conversation.address) and tx.run(queries.ADD_PARTICIPANT, **row, added_at=tx.now):
        reason = "answered a mail of ours in it" if joined else "is written to as well"
        fact = ParticipantAdded(address, reason)
        record(tx, conversation.customer_id, actor, fact, conversation.ticket_id)
    return address


def _note_participants(tx: Tx, known: Any, said: Inbound, found: Found) -> None:
    sender = normalise(said.sender.kind, said.sender.address)
    if not sender or said.automatic or not found.trusted:
        return
    joined = not takes_part(tx, known, sender)
    if newcomers := (said.sender,) if joined else said.others:
        room = PARTICIPANTS_LIMIT - len(tx.all(queries.PARTICIPANTS, conversation=known.id))
        for newcomer in newcomers[: max(0, room)]:
            add(tx, known, newcomer, "customer", joined=joined)
    if found.proven and said.reply_to != known.reply_to and sender == known.address:
        tx.run(queries.SET_REPLY_TO, conversation=known.id, to=said.reply_to)


def _left_out(tx: Tx, known: Any, said: Inbound) -> str:
    """What the message quotes may not be for all. Names nobody: remarks are kept longer than those who ask to be
    forgotten."""
    reached = {normalise(whom.kind, whom.address) for whom in (said.sender, *said.others)}
    if normalise(known.kind, known.reply_to) in reached:
        reached.add(known.address)
    answered = (known.address, *(row.address for row in tx.all(queries.PARTICIPANTS, conversation=known.id)))
    all_reached = all(address in reached or address.startswith(" ") for address in answered)
    return "" if all_reached else NOT_TO_ALL


def _found(tx: Tx, said: Inbound, key: str, conversation: Any, by: str) -> Found:
    row = tx.one(queries.CONTINUE_BY_ID, conversation=conversation.id)
    proof = bool(said.proof)
    return Found(row, key, trusted=by != "number" or proof, proven=by == "token" or proof)


def _candidates(tx: Tx, way: Way, said: Inbound, key: str) -> Iterator[tuple[Any, str]]:
    """Conversations of this channel that the message may belong to, the surest first, each with what names it."""
    channel = way.channel.name
    if said.answers:
        yield from _those(tx.one(queries.CONVERSATION_WITH, id=said.answers), channel, "token")
    for reference in said.references:
        known = tx.one(queries.CONVERSATION_OF_MESSAGE, channel=channel, external_id=reference)
        if known is not None:
            yield from _those(tx.one(queries.CONVERSATION_WITH, id=known.conversation_id), channel, "reference")
    yield from _those(tx.one(queries.CONVERSATION_KEYED, channel=channel, thread=key), channel, "thread")
    for rooted in tx.all(queries.CONVERSATIONS_ROOTED, channel=channel, thread=said.conversation):
        yield from _those(rooted, channel, "thread")
    for number in said.tickets:
        ticket = tx.one(queries.TICKET, id=number)
        if ticket is not None:
            yield from _those(tx.one(queries.CONVERSATION_WITH, id=ticket.conversation_id), channel, "number")


def _those(conversation: Any, channel: str, by: str) -> Iterator[tuple[Any, str]]:
    if conversation is not None and conversation.channel == channel:
        yield conversation, by


def _about_something_else(conversation: Any, said: Inbound) -> bool:
    """People take an old mail, or forward one, to write about something new."""
    if not said.subject or subjects.is_reply(said.subject):
        return False
    return not subjects.same(said.subject, conversation.subject)


def _stranger(conversation: Any, by: str) -> str:
    what = "names" if by == "number" else "answers a mail of"
    return f"It {what} ticket {conversation.ticket_id}, in which this sender takes no part."
