"""What a visitor's windows read: their messages after a seq, and how things stand. Their own conversation only."""

from typing import Any

import msgspec

from contactcenter.channels.webchat.frames import Changed, Spoken, State, Told, ToldFile, told
from contactcenter.channels.webchat.sessions import FileRef, Session, sign
from contactcenter.flow import queries
from contactcenter.flow.foretold import line_of
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import message_view
from contactcenter.ports import Tx

PAGE = 50
STORED = "file:"


class News(msgspec.Struct):
    """What a window has not shown yet, and how things stand where that was asked."""

    messages: list[Told]
    state: State | None
    changes: list[Changed]  # to what it has shown


def news(tx: Tx, session: Session, after: int, policies: Policies | None, queue: str, secret: bytes, path: str) -> News:
    """Both in one snapshot; the state when `policies` are given."""
    told_now = messages_after(tx, session, after, secret, path)
    if policies is None:
        return News(told_now, None, [])
    return News(told_now, state(tx, session, policies, queue), changes_until(tx, session, after))


def messages_after(tx: Tx, session: Session, after: int, secret: bytes, path: str) -> list[Told]:
    """At most PAGE messages of the session's conversation, in order of seq."""
    conversation = tx.one(queries.CONVERSATION_BY_KEY, way=session.channel, key=session.id)
    if conversation is None:
        return []
    rows = tx.all(queries.SPOKEN_AFTER, conversation=conversation.id, after=after, limit=PAGE)
    return [_told(tx, row, session, secret, path) for row in rows]


def changes_until(tx: Tx, session: Session, until: int) -> list[Changed]:
    """What was changed of the messages a window has shown: it may have been away meanwhile. The latest PAGE of them."""
    conversation = tx.one(queries.CONVERSATION_BY_KEY, way=session.channel, key=session.id) if until else None
    if conversation is None:
        return []
    rows = tx.all(queries.CHANGED_UNTIL, conversation=conversation.id, until=until, limit=PAGE)
    return [Changed(row.seq, str(row.id), *_now(row)) for row in reversed(rows)]


def _now(row: Any) -> tuple[str, bool]:
    """What a message says now, and whether it was taken away: one that was withdrawn never says anything."""
    gone = bool(row.deleted) or row.delivery == "withdrawn"
    return "" if gone else row.text, gone


def state(tx: Tx, session: Session, policies: Policies, queue: str) -> State:
    """Whose turn it is, who answers, how many are before."""
    conversation = tx.one(queries.CONVERSATION_BY_KEY, way=session.channel, key=session.id)
    if conversation is None or conversation.ticket_id is None:
        return State(None, "none", None, None, policies.is_open(queue, tx.now))
    ticket = tx.one(queries.SHOWN_TICKET_BY_ID, id=conversation.ticket_id)
    waits = ticket.status == "open" and ticket.assignee_id is None
    place, wait = line_of(tx, policies, ticket) if waits else (None, None)
    return State(ticket.id, ticket.status, ticket.assignee_name, place, policies.is_open(ticket.queue, tx.now), wait)


def _told(tx: Tx, row: Any, session: Session, secret: bytes, path: str) -> Told:
    view = message_view(row, [])
    files = [
        _told_file(attachment, session, secret, path)
        for attachment in tx.all(queries.ATTACHMENTS_OF, message=view.id)
        if attachment.ref.startswith(STORED)
    ]
    text, gone = _now(row)
    message = Spoken(
        view.seq, view.id, view.author, text, view.at, [], None if gone else view.source, view.client_id,
        choices=[] if gone else view.choices, chosen=view.chosen, pressed=view.pressed,
    )  # fmt: skip
    return told(message, [] if gone else files, edited=view.edited_at is not None and not gone, deleted=gone)


def _told_file(row: Any, session: Session, secret: bytes, path: str) -> ToldFile:
    ref = FileRef(session.id, row.ref.removeprefix(STORED), row.name, row.type, row.size)
    return ToldFile(row.name, row.type, row.size, f"{path}/{sign(ref, secret)}")
