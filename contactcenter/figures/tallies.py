"""What is counted: a row is written in the transaction in which it happens.

Called by flow/tickets and the use cases beside it; read by figures/report.py, which counts the rows, and held against
the history by figures/recount.py. Decides nothing, and refuses nothing: what was never counted is simply not there.

A *contact* is a ticket that comes to people: it is offered once, in the slot in which it arrives, and ends in at most
one of four ways: answered by a person, abandoned while nobody had it, dismissed by whoever had it without a word to the
customer, or merged into another ticket. A ticket that is taken up again after its end is another contact.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, literal_column, select, update

from contactcenter.model.columns import adding, bind, table, word
from contactcenter.model.ledgers import Tally
from contactcenter.ports import Tx

ASSISTANT = ("asked", "handed", "contained")
ENDS = ("answered", "abandoned", "dismissed", "merged")
CONTACT = ("offered", *ENDS)
OFFERS = ("accepted", "declined", "expired", "withdrawn")
ANSWERS = ("first", "next")
PROMISES = tuple(f"{target}_{end}" for target in (*ANSWERS, "resolution") for end in ("kept", "missed"))
KINDS = (
    *ASSISTANT, *CONTACT, "first_response", "awaited", "next_response", "replied", "solved", "reopened", "transferred",
    *PROMISES, *OFFERS, "rated", "held",
)  # fmt: skip
STILL = -1  # the value of a stretch that has not ended
BY_MESSAGE = ("answered", "first_response", "next_response", "replied")
NEXT = ("awaited", "next_response")
OVER = ("solved", "closed")

tally = table(Tally)
ADD = adding(tally)
OF_TICKET = (
    select(tally.c.figure, tally.c.at, tally.c.queue, tally.c.channel)
    .where(tally.c.ticket_id == bind("ticket"))
    .order_by(tally.c.id)
)
TAKE_BACK = delete(tally).where(
    tally.c.ticket_id == bind("ticket"),
    tally.c.ref == bind("message"),
    tally.c.figure.in_([word(figure) for figure in BY_MESSAGE]),  # an offer may have the same number
)
UNKEEP = delete(tally).where(
    tally.c.ticket_id == bind("ticket"),
    tally.c.at == bind("said_at"),
    tally.c.figure.in_([word(f"{target}_kept") for target in ANSWERS]),
)
UNCONTAIN = delete(tally).where(tally.c.ticket_id == bind("ticket"), tally.c.figure == word("contained"))
RATE_AGAIN = (
    update(tally)
    .where(tally.c.ticket_id == bind("ticket"), tally.c.figure == word("rated"))
    .values(value=bind("score"))
)

LET_GO = (
    update(tally)
    .where(
        tally.c.ticket_id == bind("ticket"),
        tally.c.figure == word("held"),
        tally.c.value == literal_column(str(STILL)),
    )
    .values(value=bind("at_end") - tally.c.at)
)


class _Past:
    """What was counted of one ticket, in its order."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows
        self.figures = {row.figure for row in rows}
        self.last = next((row for row in reversed(rows) if row.figure in CONTACT), None)

    @property
    def contact(self) -> Any | None:
        """The contact that has not ended: its row; None where there is none."""
        return self.last if self.last is not None and self.last.figure == "offered" else None

    @property
    def awaited(self) -> Any | None:
        """Since when the customer waits for the next answer: its row; None where they do not."""
        last = next((row for row in reversed(self.rows) if row.figure in (*CONTACT, *NEXT)), None)
        return last if last is not None and last.figure == "awaited" else None

    @property
    def asked(self) -> Any | None:
        """Its beginning with the assistant; None where it began with people."""
        return next((row for row in self.rows if row.figure == "asked"), None)


def opened(tx: Tx, ticket: Any) -> None:
    """A ticket begins, with the assistant or with people."""
    _add(tx, ticket, "asked" if ticket.status == "new" else "offered", tx.now)


def changed(tx: Tx, ticket: Any, becomes: str, merged: bool) -> None:
    """A ticket's status changes; `ticket` is as it was. `merged`: it becomes part of another one."""
    if becomes == "solved" and ticket.status != "closed":
        _add(tx, ticket, "solved", tx.now, ticket.assignee_id)
    if becomes in ("new", "open") and ticket.status == "solved":
        _add(tx, ticket, "reopened", tx.now, ticket.assignee_id)
    if ticket.assignee_id is not None and becomes == "open":
        _add(tx, ticket, "held", tx.now, ticket.assignee_id, STILL)
    elif ticket.assignee_id is not None and ticket.status == "open":
        let_go(tx, ticket)
    if becomes == "open":
        came_to_people(tx, ticket)
    elif becomes in OVER and ticket.status not in OVER:
        _ended(tx, ticket, merged)


def given(tx: Tx, ticket: Any, agent: int) -> None:
    """A ticket gets an agent, another one or the same; `ticket` is as it was. It is held while it is open."""
    held = ticket.status == "open" and ticket.assignee_id is not None
    if held and ticket.assignee_id == agent:
        return
    if held:
        let_go(tx, ticket)
    if ticket.status in ("new", "open"):  # with the assistant it becomes open by that
        _add(tx, ticket, "held", tx.now, agent, STILL)


def let_go(tx: Tx, ticket: Any) -> None:
    """It lies in nobody's hands any more: it is not open, or not theirs."""
    tx.run(LET_GO, ticket=ticket.id, at_end=tx.now)


def came_to_people(tx: Tx, ticket: Any) -> None:
    """A ticket is open; whether that is a new contact depends on what became of the last one."""
    past = _past(tx, ticket.id)
    going_on = past.last is not None and past.last.figure == "answered" and ticket.status not in ("new", *OVER)
    if going_on and ticket.status == "answered" and past.awaited is None:
        _add(tx, ticket, "awaited", tx.now)
    if past.contact is not None or going_on:
        return
    if past.last is None and past.asked is not None:
        tx.run(UNCONTAIN, ticket=ticket.id)
        _write(tx, "handed", ticket.id, past.asked)
    _add(tx, ticket, "offered", tx.now)


def replied(tx: Tx, ticket: Any, agent: int, message: int) -> None:
    """A person said something to the customer: the first time, that ends the contact."""
    _add(tx, ticket, "replied", tx.now, agent, ref=message)
    past = _past(tx, ticket.id)
    contact, awaited = past.contact, past.awaited
    if awaited is not None:
        _end(tx, ticket.id, awaited, "next_response", agent, message)
    if contact is None:
        return
    _end(tx, ticket.id, contact, "answered", agent, message)
    if "first_response" not in past.figures:
        _write(tx, "first_response", ticket.id, contact, agent, tx.now - past.rows[0].at, message)


def taken_back(tx: Tx, ticket: Any, message: int) -> None:
    """A reply never left: it was none."""
    tx.run(TAKE_BACK, ticket=ticket.id, message=message)


def promised(tx: Tx, ticket: Any, target: str, left: int | None) -> None:
    """A promise was kept, with so much time left (µs of its hours), or is missed: None."""
    _add(tx, ticket, figure_of(target, left is not None), tx.now, value=left or 0)


def unkept(tx: Tx, ticket: int, said_at: int) -> None:
    """The answer of that instant was taken back: it has kept no promise."""
    tx.run(UNKEEP, ticket=ticket, said_at=said_at)


def figure_of(target: str, kept: bool) -> str:
    """Of a target of routing/promises: first_kept, next_missed …"""
    return f"{target.removesuffix('_response')}_{'kept' if kept else 'missed'}"


def left(tx: Tx, ticket: int) -> None:
    """The customer closed the door to us: where they were waiting for a first word, they have gone."""
    contact = _past(tx, ticket).contact
    if contact is not None:
        _end(tx, ticket, contact, "abandoned")


def transferred(tx: Tx, ticket: Any, actor: str) -> None:
    """A ticket leaves its queue for another one: counted where it was, for whoever moved it."""
    _add(tx, ticket, "transferred", tx.now, agent_of(actor))


def offer_ended(tx: Tx, ticket: Any, offer: Any, state: str) -> None:
    """An offer counts once it has ended, in the slot in which it was made."""
    _add(tx, ticket, state, offer.created_at, offer.agent_id, ref=offer.id)


def rated(tx: Tx, ticket: Any, score: int, again: bool) -> None:
    """How satisfied a customer is counts once, in the slot of their first word, as what they said last."""
    if again:
        tx.run(RATE_AGAIN, ticket=ticket.id, score=score)
    else:
        _add(tx, ticket, "rated", tx.now, ticket.assignee_id, score)


def agent_of(actor: str) -> int | None:
    """The agent who acted; None where nobody did, or the role alone is known."""
    kind, _, number = actor.partition(":")
    return int(number) if kind == "agent" else None


def _ended(tx: Tx, ticket: Any, merged: bool) -> None:
    past = _past(tx, ticket.id)
    if past.contact is not None:
        figure = "merged" if merged else "abandoned" if ticket.assignee_id is None else "dismissed"
        _end(tx, ticket.id, past.contact, figure, ticket.assignee_id)
    elif past.last is None and past.asked is not None and "contained" not in past.figures and not merged:
        _write(tx, "contained", ticket.id, past.asked)


def _end(tx: Tx, ticket: int, contact: Any, figure: str, agent: int | None = None, ref: int = 0) -> None:
    _write(tx, figure, ticket, contact, agent, tx.now - contact.at, ref)


def _write(
    tx: Tx, figure: str, ticket: int, begin: Any, agent: int | None = None, value: int = 0, ref: int = 0
) -> None:
    """In the slot and the queue in which something began: the contact, or what the assistant did."""
    tx.add(
        ADD, figure=figure, at=begin.at, ticket_id=ticket, queue=begin.queue, channel=begin.channel,
        agent_id=agent, value=value, ref=ref,
    )  # fmt: skip


def _add(tx: Tx, ticket: Any, figure: str, at: int, agent: int | None = None, value: int = 0, ref: int = 0) -> None:
    tx.add(
        ADD, figure=figure, at=at, ticket_id=ticket.id, queue=ticket.queue, channel=ticket.channel,
        agent_id=agent, value=value, ref=ref,
    )  # fmt: skip


def _past(tx: Tx, ticket: int) -> _Past:
    return _Past(tx.all(OF_TICKET, ticket=ticket))
