"""What people write in a ticket's thread: a reply where it is the owner's and meant as one, a note in every other case.

Called by desk/work. The rule stands in one function, `why_note`, and errs to the note: a customer can be written to
again, a note that reached one cannot be taken back.
"""

import re
from typing import Any

from contactcenter.desk.floor import HOLD, NOTHING, Floor, Outcome
from contactcenter.desk.received import Rewritten, Said, Unsaid
from contactcenter.flow import actions, posts, tickets
from contactcenter.flow.queries import MESSAGE_BY_ID, TICKET
from contactcenter.flow.rights import Caller
from contactcenter.model.values import Attached, Conflict, Invalid, NotAllowed, NotFound
from contactcenter.ports import Tx

NOTE = re.compile(r"\s*(?:note:|:(?:lock|memo|shushing_face):|🔒|📝|🤫|//)\s*", re.IGNORECASE)
STRANGER = "Only agents of this desk can answer here: nothing you write reaches the customer or the ticket."
MEANT = ""  # it was written as a note: nobody needs to be told


def said(tx: Tx, floor: Floor, caller: Caller, command: Said, files: tuple[Attached, ...]) -> Outcome:
    """A new message in a thread."""
    card = tx.one(posts.BY_TS, place=command.place, ts=command.thread)
    if card is None or card.kind != "card" or tx.one(posts.BY_TS, place=command.place, ts=command.ts) is not None:
        return NOTHING
    tickets.lock(tx, card.ticket_id)  # whose it is does not change from here on
    ticket = tx.one(TICKET, id=card.ticket_id)
    why = why_note(tx, floor, caller, ticket, command)
    if why is None:
        try:
            with tx.savepoint():
                _reply(tx, floor, caller, ticket.id, command, files)
            return NOTHING
        except (Conflict, Invalid, NotAllowed, NotFound) as error:
            why = f"Kept as a note, the customer did not get it: {error}."
    _note(tx, floor, caller, ticket.id, command, files)
    if why is not MEANT:
        posts.whisper(tx, command.place, command.who.user, why, command.ts, command.thread)
    return NOTHING


def why_note(tx: Tx, floor: Floor, caller: Caller, ticket: Any, command: Said) -> str | None:
    """None when it is a reply. Else it is a note: why, in words for its writer where they may not expect it."""
    if NOTE.match(command.text):
        return MEANT
    if ticket.assignee_id is None:
        return "Kept as a note: nobody has this ticket. Claim it, and what you write goes to the customer."
    if ticket.assignee_id != caller.agent:
        return MEANT
    if posts.mode_of(tx, floor.policies, ticket.id) != "reply":
        return MEANT
    if command.at <= posts.replies_since(tx, ticket) + max(0, command.at - tx.now):  # our clock may be behind Slack's
        return "Kept as a note: you wrote it before the ticket was yours to answer. Use Reply to send it."
    return None


def rewritten(tx: Tx, floor: Floor, caller: Caller, command: Rewritten) -> Outcome:
    """A message in a thread was edited: the reply says it now, where it still can; a note stays a note."""
    row = tx.one(posts.BY_TS, place=command.place, ts=command.ts)
    if row is None:
        return NOTHING
    if row.kind == "noted":
        actions.edit_note(tx, floor.policies, caller, row.subject, NOTE.sub("", command.text, 1))
    elif row.kind == "mark":
        if NOTE.match(command.text):
            raise Conflict("it was sent as a reply and cannot become a note; delete it to take it back")
        actions.edit_reply(tx, floor.policies, caller, row.subject, command.text)
    return NOTHING


def unsaid(tx: Tx, floor: Floor, command: Unsaid) -> Outcome:
    """A message in a thread was deleted: the reply is taken back, where it still can; a note stays on the ticket.

    Slack does not say who deleted it. It acts as its writer: nobody else but the workspace's owners can delete it.
    """
    row = tx.one(posts.BY_TS, place=command.place, ts=command.ts)
    if row is None or row.kind != "mark":
        return NOTHING
    message = tx.one(MESSAGE_BY_ID, id=row.subject)
    if message is not None and message.author_id is not None:
        writer = Caller("agent", message.author_id, message.author_name)
        actions.delete_reply(tx, floor.policies, writer, message.id)
    return NOTHING


def reply_with(tx: Tx, floor: Floor, caller: Caller, ticket: int, text: str, at: int) -> None:
    """A reply given by a button or a window; whoever answers by that has the ticket from here on."""
    before = tx.one(TICKET, id=ticket)
    actions.reply(tx, floor.policies, caller, ticket, text, hold=HOLD)
    after = tx.one(TICKET, id=ticket)
    if before is None or before.assignee_id != after.assignee_id:
        posts.set_mode(tx, after, posts.mode_of(tx, floor.policies, ticket), at or tx.now)


def _reply(tx: Tx, floor: Floor, caller: Caller, ticket: int, command: Said, files: tuple[Attached, ...]) -> None:
    message = actions.reply(tx, floor.policies, caller, ticket, command.text, files, hold=HOLD)
    posts.mark(tx, "mark", message.id, command.place, command.ts, ticket)


def _note(tx: Tx, floor: Floor, caller: Caller, ticket: int, command: Said, files: tuple[Attached, ...]) -> None:
    names = ", ".join(file.name for file in files)
    text = NOTE.sub("", command.text, 1) if NOTE.match(command.text) else command.text
    kept = (
        "\n".join(filter(None, (text.strip(), f"(in Slack: {names})" if names else ""))) or "(nothing but white space)"
    )
    note = actions.write_note(tx, floor.policies, caller, ticket, kept)
    posts.mark(tx, "noted", note.id, command.place, command.ts, ticket)
