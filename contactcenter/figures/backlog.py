"""How old the backlog is: tickets that are ours to answer, whoever has them, by the hours of their queues.

Asked by the wallboard; read from the tickets as they are. Each number opens its rows: the open tickets of the queue.
"""

from collections import defaultdict
from collections.abc import Callable

import msgspec
from sqlalchemy import select

from contactcenter.figures.intervals import quantile
from contactcenter.model.columns import SECOND, bind, table, word
from contactcenter.model.tickets import Ticket
from contactcenter.ports import Tx

MOST = 5_000  # tickets of a queue whose ages are looked at, the first that came in; of more, only the number is told

_ticket = table(Ticket)
OPEN = (
    select(_ticket.c.queue, _ticket.c.waiting_since)
    .where(_ticket.c.status == word("open"), _ticket.c.waiting_since.is_not(None))
    .order_by(_ticket.c.id)
    .limit(bind("limit"))
)


class Backlog(msgspec.Struct, frozen=True):
    """Of a queue. Ages in seconds in which the queue was open; None where nothing is to be answered."""

    tickets: int = 0
    median: float | None = None
    p90: float | None = None
    oldest: float | None = None


def backlog(tx: Tx, passed: Callable[[str, int, int], int]) -> dict[str, Backlog]:
    """By queue, of those that have any. `passed`: how much time counts for a queue between two instants (µs)."""
    ages: dict[str, dict[float, int]] = defaultdict(lambda: defaultdict(int))
    for row in tx.all(OPEN, limit=MOST):
        age = passed(row.queue, min(row.waiting_since, tx.now), tx.now)
        ages[row.queue][float(age // SECOND)] += 1
    return {
        queue: Backlog(sum(counts.values()), quantile(counts, 0.5), quantile(counts, 0.9), max(counts))
        for queue, counts in ages.items()
    }
