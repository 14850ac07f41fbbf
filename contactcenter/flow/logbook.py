"""The router's logbook: a row for each of its passes, in the same transaction (routing/log).

Written by flow/assign, read page by page by `contactcenter decisions`, forgotten by flow/upkeep. No customer is in it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, func, select

from contactcenter.crm.queries import event
from contactcenter.model.columns import DAY, ONE, adding, bind, table, word
from contactcenter.model.history import TicketAssigned, TicketOffered
from contactcenter.model.ledgers import Logbook
from contactcenter.ports import Tx
from contactcenter.routing.log import Made, Pass, packed, unpacked

KEPT = 3 * DAY
CHUNK = 500  # rows forgotten at once
PAGE = 200

_logbook = table(Logbook)

ADD = adding(_logbook)
FROM = select(func.max(_logbook.c.id).label("id")).where(_logbook.c.begins == ONE, _logbook.c.at <= bind("at"))
FIRST = select(func.min(_logbook.c.id).label("id")).where(_logbook.c.begins == ONE)
AFTER = select(_logbook.c.id, _logbook.c.entry).where(_logbook.c.id > bind("after")).order_by(_logbook.c.id).limit(PAGE)
_oldest = select(_logbook.c.id, _logbook.c.at).order_by(_logbook.c.id).limit(CHUNK).subquery()
PRUNE = delete(_logbook).where(_logbook.c.id.in_(select(_oldest.c.id).where(_oldest.c.at < bind("before"))))

DECIDED = (
    select(event.c.id, event.c.at, event.c.kind, event.c.ticket_id, event.c.payload)
    .where(
        event.c.id > bind("after"),
        event.c.at >= bind("since"),
        event.c.actor == word("router"),
        event.c.kind.in_([word(TicketOffered.__name__), word(TicketAssigned.__name__)]),
    )
    .order_by(event.c.id)
    .limit(PAGE)
)


class _Given(msgspec.Struct, frozen=True):
    """What both kinds of event tell."""

    agent: int
    reasons: tuple[str, ...]


def write(tx: Tx, one: Pass) -> None:
    """A pass that has come to its end."""
    if one.facts or one.looked:
        tx.add(ADD, at=one.at, begins=int(one.begun is not None), entry=packed(one))


def beginning(tx: Tx, at: int) -> int:
    """The number of the last pass by an instant in which a board begins, or of the first one; 0 where there is none."""
    return int(tx.one(FROM, at=at).id or tx.one(FIRST).id or 0)


def passes(tx: Tx, after: int) -> list[tuple[int, Pass]]:
    """The next ones, with their numbers; none at the end."""
    return [(row.id, unpacked(bytes(row.entry))) for row in tx.all(AFTER, after=after)]


def decided(tx: Tx, since: int) -> Sequence[Made]:
    """What the history says that the router decided from an instant on; but for what was erased."""
    return list(_decided(tx, since))


def prune(tx: Tx) -> int:
    """Forget what is too old, a chunk at a time; how many rows."""
    return tx.run(PRUNE, before=tx.now - KEPT)


def _decided(tx: Tx, since: int) -> Iterator[Made]:
    after = 0
    while rows := tx.all(DECIDED, after=after, since=since):
        after = rows[-1].id
        yield from (made for row in rows if (made := _made(row)) is not None)


def _made(row: Any) -> Made | None:
    if row.payload is None:
        return None
    given = msgspec.json.decode(row.payload, type=_Given)
    return Made(row.at, row.ticket_id, given.agent, given.reasons)
