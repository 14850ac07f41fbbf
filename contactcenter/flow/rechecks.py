"""What the router is to look at again: said by whoever changes it, in the same transaction; read by flow/assign.

A hint on the bus may be lost and a sweep over all that waits costs more the more waits; these rows are neither
(docs/decisions/0021).
"""

from collections.abc import Sequence

from sqlalchemy import delete, select

from contactcenter.model.columns import adding, bind, table
from contactcenter.model.ledgers import Recheck
from contactcenter.ports import Tx

AT_ONCE = 100  # rows that are read in one use case

_recheck = table(Recheck)

ADD = adding(_recheck)
ANY = select(_recheck.c.id).limit(1)
NEXT = select(_recheck).order_by(_recheck.c.id).limit(AT_ONCE)
DONE = delete(_recheck).where(_recheck.c.id == bind("row"))


def ticket(tx: Tx, number: int) -> None:
    """It waits, waits otherwise, or waits no more."""
    _add(tx, "ticket", number)


def agent(tx: Tx, number: int) -> None:
    """They came, went, hold more or less, or can do something else."""
    _add(tx, "agent", number)


def any_left(tx: Tx) -> bool:
    """Is there anything to look at?"""
    return tx.one(ANY) is not None


def take(tx: Tx) -> tuple[Sequence[int], Sequence[int]]:
    """The tickets and the agents to look at again, each once, in the order of their changes."""
    rows = tx.all(NEXT)
    for row in rows:
        tx.run(DONE, row=row.id)
    tickets = dict.fromkeys(row.subject for row in rows if row.kind == "ticket")
    agents = dict.fromkeys(row.subject for row in rows if row.kind == "agent")
    return list(tickets), list(agents)


def _add(tx: Tx, kind: str, subject: int) -> None:
    tx.add(ADD, kind=kind, subject=subject)
    tx.wake("router")
