"""What really came in a stretch of time, who was there, and what became of it: read from the tallies and the tables.

Read for flow/trial, which lets it come once more under other conditions. A contact is what figures/tallies counts as
one; tickets that were merged into another are no work of their own and are left out. Writes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from contactcenter.figures import shifts
from contactcenter.figures.tallies import CONTACT, STILL, tally
from contactcenter.flow.calls import PREVIOUS, QUEUES_OF, STAFF, own_limits
from contactcenter.flow.queries import ticket
from contactcenter.flow.skills import skills_of
from contactcenter.model.columns import HOUR, bind, word
from contactcenter.ports import Tx

AFTERWARDS = 12 * HOUR  # for which what came is followed after the end
PAGE = 1_000

_seen = (tally.c.at >= bind("begin"), tally.c.at < bind("end"), tally.c.id > bind("after"))
CONTACTS = (
    select(
        tally,
        ticket.c.customer_id,
        ticket.c.priority,
        ticket.c.needs,
    )
    .join(ticket, ticket.c.id == tally.c.ticket_id)
    .where(tally.c.figure.in_([word(figure) for figure in CONTACT]), *_seen)
    .order_by(tally.c.id)
    .limit(PAGE)
)
TAKEN = (
    select(tally).where(tally.c.figure.in_([word("held"), word("accepted")]), *_seen).order_by(tally.c.id).limit(PAGE)
)
ANSWERED_BEFORE = (
    select(tally.c.id)
    .where(tally.c.ticket_id == bind("ticket"), tally.c.figure == word("answered"), tally.c.at < bind("since"))
    .limit(1)
)

Span = tuple[int, int, int]
"""An agent, from when and until when they had it (µs)."""


class Contact(msgspec.Struct):
    """A ticket that came to people, and how that went. Instants in µs, None for what did not happen.

    `first`: nobody had answered the ticket yet; `began`: when it was held out to, or given to, whoever had it first.
    """

    ticket: int
    since: int
    queue: str
    channel: str
    priority: str
    needs: str
    previous: int
    first: bool
    ends: str = ""  # answered, abandoned, dismissed, merged; blank: it has not ended
    ended: int | None = None
    agent: int | None = None
    began: int | None = None
    spans: list[Span] = msgspec.field(default_factory=list)

    @property
    def answered(self) -> int | None:
        return self.ended if self.ends == "answered" else None

    @property
    def left(self) -> int | None:
        return self.ended if self.ends == "abandoned" else None


class Colleague(msgspec.Struct, frozen=True):
    """An agent and when they were available, in order; (begin, end) in µs."""

    agent: int
    name: str
    queues: frozenset[str]
    skills: dict[str, int]
    capacity: int
    limits: tuple[tuple[str, int], ...]
    available: tuple[tuple[int, int], ...]

    @property
    def time(self) -> int:
        return sum(end - begin for begin, end in self.available)


class Past(msgspec.Struct, frozen=True):
    """A stretch of time: what came from `begin` until `end`, followed until `until`."""

    begin: int
    end: int
    until: int
    contacts: list[Contact]
    colleagues: list[Colleague]


def read_past(tx: Tx, begin: int, end: int) -> Past:
    """What is known of it; nothing of what has not come yet."""
    until = min(tx.now, end + AFTERWARDS)
    contacts = _contacts(tx, begin, end)
    _take(tx, contacts, begin, until)
    counting = [contact for contact in contacts if contact.ends != "merged"]
    colleagues = [_colleague(tx, agent, begin, until) for agent in tx.all(shifts.AGENTS)]
    return Past(begin, end, until, counting, [one for one in colleagues if one.available])


def _contacts(tx: Tx, begin: int, end: int) -> list[Contact]:
    """In the order in which they came. What ended one counts at the instant at which it came."""
    found: dict[tuple[int, int], Contact] = {}
    for row in _paged(tx, CONTACTS, begin, end):
        key = row.ticket_id, row.at
        if row.figure == "offered":
            found[key] = _contact(tx, row)
        elif key in found:
            found[key].ends, found[key].ended = row.figure, row.at + row.value
    return sorted(found.values(), key=lambda contact: (contact.since, contact.ticket))


def _contact(tx: Tx, row: Any) -> Contact:
    previous = tx.one(PREVIOUS, whose=row.customer_id, before=row.ticket_id)
    return Contact(
        ticket=row.ticket_id,
        since=row.at,
        queue=row.queue,
        channel=row.channel,
        priority=row.priority,
        needs=row.needs,
        previous=0 if previous is None else previous.assignee_id,
        first=tx.one(ANSWERED_BEFORE, ticket=row.ticket_id, since=row.at) is None,
    )


def _take(tx: Tx, contacts: Sequence[Contact], begin: int, until: int) -> None:
    """Who had them, and from when to when."""
    of: dict[int, list[Contact]] = defaultdict(list)
    for contact in contacts:
        of[contact.ticket].append(contact)
    accepted: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in _paged(tx, TAKEN, begin, until):
        if row.figure == "accepted":
            accepted[row.ticket_id, row.agent_id].append(row.at)
            continue
        came = next((one for one in reversed(of.get(row.ticket_id, [])) if one.since <= row.at), None)
        if came is not None:
            stop = until if row.value == STILL else min(until, row.at + row.value)
            came.spans.append((row.agent_id, row.at, stop))
    for contact in contacts:
        _begin(contact, accepted)


def _begin(contact: Contact, accepted: dict[tuple[int, int], list[int]]) -> None:
    """Whoever accepts an offer had room for it since it was made."""
    contact.spans.sort(key=lambda span: span[1])
    if contact.spans:
        agent, since, stop = contact.spans[0]
        offered = [at for at in accepted[contact.ticket, agent] if contact.since <= at <= since]
        contact.agent, contact.began = agent, max(offered, default=since)
        contact.spans[0] = agent, contact.began, stop


def _colleague(tx: Tx, agent: Any, begin: int, until: int) -> Colleague:
    row = tx.one(STAFF, agent=agent.id)
    there = [stay for stay in shifts.stays(tx, agent, begin, until) if stay.presence == "available"]
    return Colleague(
        agent=agent.id,
        name=row.name,
        queues=frozenset(one.queue for one in tx.all(QUEUES_OF, agent=agent.id)),
        skills=skills_of(tx, agent.id),
        capacity=row.capacity,
        limits=own_limits(row.limits),
        available=tuple((stay.begin, stay.end) for stay in there if stay.end > stay.begin),
    )


def _paged(tx: Tx, statement: Any, begin: int, end: int) -> Iterator[Any]:
    after = 0
    while rows := tx.all(statement, begin=begin, end=end, after=after):
        yield from rows
        after = rows[-1].id
