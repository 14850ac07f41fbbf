"""How many tickets each queue has in each status: counted as they change, summed when asked.

flow/tickets calls `moved` at every change of status or queue; the API reads `by_queue`. A test recounts.
"""

from collections.abc import Mapping

from sqlalchemy import func, select

from contactcenter.model.columns import table
from contactcenter.model.ledgers import Counter
from contactcenter.model.tickets import LIVE_STATUSES, Ticket
from contactcenter.ports import Tx

PREFIX = "tickets:"

_counter, _ticket = table(Counter), table(Ticket)

SUMS = select(_counter.c.figure, func.sum(_counter.c.value).label("value")).group_by(_counter.c.figure)
RECOUNT = select(_ticket.c.queue, _ticket.c.status, func.count().label("value")).group_by(
    _ticket.c.queue, _ticket.c.status
)


def moved(tx: Tx, before: tuple[str, str] | None, after: tuple[str, str]) -> None:
    """A ticket went from one (queue, status) to another; `before` is None for a new one."""
    if before is not None:
        tx.count(_figure(*before), -1)
    tx.count(_figure(*after), 1)


def by_queue(tx: Tx) -> dict[str, dict[str, int]]:
    """Tickets by queue and live status."""
    figures: dict[str, dict[str, int]] = {}
    for row in tx.all(SUMS):
        queue, _, status = row.figure.removeprefix(PREFIX).rpartition(":")  # a queue's name may hold a colon
        if status in LIVE_STATUSES:
            figures.setdefault(queue, dict.fromkeys(LIVE_STATUSES, 0))[status] = int(row.value)
    return figures


def recount(tx: Tx) -> Mapping[tuple[str, str], int]:
    """The same from the tickets themselves: slow, for the check that both agree."""
    return {(row.queue, row.status): row.value for row in tx.all(RECOUNT)}


def _figure(queue: str, status: str) -> str:
    return f"{PREFIX}{queue}:{status}"
