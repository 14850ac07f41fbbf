"""What people write in a ticket's thread: a reply where it is the owner's and meant as one, a note in every other case.

Called by desk/work. The rule stands in one function, `why_note`, and errs to the note: a customer can be written to
again, a note that reached one cannot be taken back.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from contactcenter.desk.floor import HOLD, NOTHING, Floor, Outcome
from contactcenter.desk.received import Rewritten, Said, Unsaid
from contactcenter.flow import actions, posts, tickets
from contactcenter.flow.queries import MESSAGE_BY_ID, TICKET
from contactcenter.flow.rights import Caller
from contactcenter.model.values import Attached, Conflict, Invalid, NotAllowed, NotFound, Source
from contactcenter.ports import Tx

# Before it may stand what nobody sees, and what Slack makes text bold, quoted, a list or code with.
NOTE = re.compile(
    r"\A[\s*_~`>•\ufeff\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069]*+"
    r"(?:notes?[\s*_~`]*+[:：]|:(?:lock|memo|shushing_face):|🔒|📝|🤫|//)[\s*_~`\ufe0f]*",
    re.IGNORECASE,
)
STRANGER = "Only agents of this desk can answer here: nothing you write reaches the customer or the ticket."
MEANT = ""  # it was written as a note: nobody needs to be told
OVERTAKEN = "Kept as a note, the customer did not get it: we heard of the edit before the message."
LOST = "Kept as a note, the customer did not get it"


def said(
    tx: Tx, floor: Floor, caller: Caller, command: Said, files: tuple[Attached, ...], missing: str = ""
) -> Outcome:
    """A new message in a thread. `missing`: why a file of it is not there; without it nothing goes out."""
    ticket = _new_in(tx, command)
    if ticket is None:
        return NOTHING
    why = f"{LOST}: {missing}." if missing else why_note(tx, floor, caller, ticket, command)
    if why is None:
        try:
            with tx.savepoint():
                _reply(tx, floor, caller, ticket.id, command, files)
            return NOTHING
        except (Conflict, Invalid, NotAllowed, NotFound) as error:
            why = f"{LOST}: {error}."
    _note(tx, floor, caller, ticket.id, command, (*(file.name for file in command.files),))
    if why is not MEANT:
        posts.whisper(tx, command.place, command.who.user, why, command.ts, command.thread)
    return NOTHING


def why_note(tx: Tx, floor: Floor, caller: Caller, ticket: Any, command: Said | Rewritten) -> str | None:
    """None when it is a reply. Else it is a note: why, in words for its writer where they may not expect it."""
    if NOTE.match(command.text):
        return MEANT
    if ticket.assignee_id is None:
        return "Kept as a note: nobody has this ticket. Claim it, and what you write goes to the customer."
    if ticket.assignee_id != caller.agent:
        return MEANT
    if posts.mode_of(tx, floor.policies, ticket.id) != "reply":
        return MEANT
    if command.at <= posts.replies_since(tx, ticket, max(floor.ahead, command.at - tx.now)):
        return "Kept as a note: you wrote it before the ticket was yours to answer. Use Reply to send it."
    return None


def rewritten(tx: Tx, floor: Floor, caller: Caller, command: Rewritten) -> Outcome:
    """A message in a thread was edited: the reply says it now, where it still can; a note stays a note."""
    row = tx.one(posts.BY_TS, place=command.place, ts=command.ts)
    if row is None:
        _overtaken(tx, floor, caller, command)
    elif row.kind == "noted":
        actions.edit_note(tx, floor.policies, caller, row.subject, NOTE.sub("", command.text, 1))
    elif row.kind == "mark":
        _must_be_reply(tx, floor, caller, row.ticket_id, command)
        actions.edit_reply(tx, floor.policies, caller, row.subject, command.text)
    return NOTHING


def unsaid(tx: Tx, floor: Floor, command: Unsaid) -> Outcome:
    """A message in a thread was deleted: the reply is taken back, where it still can; a note stays on the ticket.

    Slack does not say who deleted it. It acts as its writer: nobody else but the workspace's owners can delete it.
    """
    row = tx.one(posts.BY_TS, place=command.place, ts=command.ts)
    if row is None:
        ticket = posts.ticket_in(tx, command.place, command.thread)
        if ticket is not None:  # what it said may come yet: it is not said then
            posts.known_as(tx, "unsaid", command.place, command.ts, ticket)
    elif row.kind == "mark" and (message := tx.one(MESSAGE_BY_ID, id=row.subject)) and message.author_id is not None:
        writer = Caller("agent", message.author_id, message.author_name)
        actions.delete_reply(tx, floor.policies, writer, message.id)
    return NOTHING


def reply_with(tx: Tx, floor: Floor, caller: Caller, ticket: int, text: str, at: int) -> None:
    """A reply given by a button or a window; whoever answers by that has the ticket from here on."""
    with taking(tx, floor, ticket, at or tx.now + floor.ahead):
        actions.reply(tx, floor.policies, caller, ticket, text, hold=HOLD)


def quote(tx: Tx, floor: Floor, caller: Caller, ticket: int, source: Source, at: int) -> None:
    """The same with a passage of an article, which the customer is shown as its source."""
    with taking(tx, floor, ticket, at or tx.now + floor.ahead):
        actions.reply(tx, floor.policies, caller, ticket, source.passage, hold=HOLD, source=source)


@contextmanager
def taking(tx: Tx, floor: Floor, ticket: int, at: int) -> Iterator[None]:
    """When a ticket changes hands in the block, what its owner writes from `at` on, by Slack's clock, are replies.

    Not what they wrote while it was somebody else's, or was shown to be, however late we hear of the press.
    """
    tickets.lock(tx, ticket)
    before = tx.one(TICKET, id=ticket)
    since = max(at, posts.shown_since(tx, before, floor.ahead))
    yield
    after = tx.one(TICKET, id=ticket)
    if before.assignee_id != after.assignee_id:
        posts.set_mode(tx, after, posts.mode_of(tx, floor.policies, ticket), since)


def _new_in(tx: Tx, command: Said | Rewritten) -> Any | None:
    """The ticket, locked; None where the message is known already or in no ticket's thread."""
    number = posts.ticket_in(tx, command.place, command.thread)
    if number is None:
        return None
    tickets.lock(tx, number)
    if tx.one(posts.BY_TS, place=command.place, ts=command.ts) is not None:
        return None
    return tx.one(TICKET, id=number)


def _overtaken(tx: Tx, floor: Floor, caller: Caller, command: Rewritten) -> None:
    """An edit of what we have not heard yet: it may have been a note, and it is one."""
    ticket = _new_in(tx, command)
    if ticket is not None:
        _note(tx, floor, caller, ticket.id, command, ())
        posts.whisper(tx, command.place, command.who.user, OVERTAKEN, command.ts, command.thread)


def _must_be_reply(tx: Tx, floor: Floor, caller: Caller, ticket: int, command: Rewritten) -> None:
    """An edit reaches the customer as a new message would. Raises Conflict."""
    tickets.lock(tx, ticket)
    why = why_note(tx, floor, caller, tx.one(TICKET, id=ticket), command)
    if why is not None and NOTE.match(command.text):
        raise Conflict("it was sent as a reply and cannot become a note; delete it to take it back")
    if why is not None:
        raise Conflict("what is written in this thread does not go to the customer now")


def _reply(tx: Tx, floor: Floor, caller: Caller, ticket: int, command: Said, files: tuple[Attached, ...]) -> None:
    message = actions.reply(tx, floor.policies, caller, ticket, command.text, files, hold=HOLD)
    posts.mark(tx, "mark", message.id, command.place, command.ts, ticket)


def _note(tx: Tx, floor: Floor, caller: Caller, ticket: int, command: Said | Rewritten, names: tuple[str, ...]) -> None:
    in_slack = f"(in Slack: {', '.join(names)})" if names else ""
    kept = "\n".join(filter(None, (NOTE.sub("", command.text, 1).strip(), in_slack)))
    note = actions.write_note(tx, floor.policies, caller, ticket, kept or "(nothing but white space)")
    posts.mark(tx, "noted", note.id, command.place, command.ts, ticket)
