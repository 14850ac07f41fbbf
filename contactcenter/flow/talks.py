"""What the assistant remembers of a ticket, in the store: whichever process reads the next message knows it.

Read by flow/assist before it thinks and written when it settles; shown by flow/views. It also finds out who wrote, as
far as that is proven: what is theirs alone is told to nobody else.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select, update

from contactcenter.channels.protocol import Channel, TellsPrivate
from contactcenter.crm.identify import normalise
from contactcenter.flow import queries
from contactcenter.flow.queries import talk
from contactcenter.knowledge.handing_over import Summary
from contactcenter.knowledge.memory import Memory
from contactcenter.knowledge.replies import Writer
from contactcenter.model.columns import BLANK, adding_new, bind
from contactcenter.ports import Tx

_TALK = select(talk).where(talk.c.ticket_id == bind("ticket"))
_BEGIN = adding_new(talk, "ticket_id", memory=BLANK, summary=BLANK)
_KEEP = update(talk).where(talk.c.ticket_id == bind("ticket")).values(memory=bind("known"))
_KEEP_SUMMARY = update(talk).where(talk.c.ticket_id == bind("ticket")).values(summary=bind("told"))

_memory = msgspec.json.Decoder(Memory).decode
_summary = msgspec.json.Decoder(Summary).decode


def recall(tx: Tx, ticket: int) -> Memory:
    """What is remembered of a ticket; of most it is nothing."""
    row = tx.one(_TALK, ticket=ticket)
    return _memory(row.memory) if row is not None and row.memory else Memory()


def keep(tx: Tx, ticket: int, memory: Memory) -> None:
    """Remember this of a locked ticket, and nothing else."""
    tx.run(_BEGIN, ticket_id=ticket)
    tx.run(_KEEP, ticket=ticket, known=msgspec.json.encode(memory).decode())


def pass_on(tx: Tx, ticket: int, summary: Summary) -> None:
    """What people are told of a locked ticket."""
    tx.run(_BEGIN, ticket_id=ticket)
    tx.run(_KEEP_SUMMARY, ticket=ticket, told=msgspec.json.encode(summary).decode())


def summary_of(kept: str | None) -> Summary | None:
    """From a row; None where the ticket was never passed on."""
    return _summary(kept) if kept else None


def writer_of(tx: Tx, channel: Channel, conversation_id: int, said: Sequence[Any]) -> Writer:
    """Whoever the conversation is with, if every one of these messages proves that they wrote it."""
    conversation = tx.one(queries.CONVERSATION_WITH, id=conversation_id)
    theirs = all(
        row.proof and row.author_id == conversation.customer_id and row.conversation_id == conversation_id
        for row in said
    )
    if not said or not theirs:
        return Writer()
    return Writer(conversation.kind, conversation.address, _alone(tx, channel, conversation))


def _alone(tx: Tx, channel: Channel, conversation: Any) -> bool:
    """Is what we say there read by nobody else?"""
    if isinstance(channel, TellsPrivate):
        return channel.is_private(conversation.key)
    if channel.capabilities.threads_by_reference:
        goes_to = normalise(conversation.kind, conversation.reply_to) or conversation.address
        in_copy = tx.one(queries.PARTICIPANTS, conversation=conversation.id)
        return in_copy is None and goes_to == conversation.address
    return not channel.capabilities.several_write
