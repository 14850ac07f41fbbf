"""How many tickets each queue got in a stretch of time, and whether that is far more than at this hour of other days.

Asked by the desk for supervisors. Tickets are numbered as they come, so that an instant is found by halving the
numbers: no index by time has to be kept for it. Off by what two machines' clocks differ.
"""

from sqlalchemy import func, select

from contactcenter.model.columns import DAY, HOUR, bind, table
from contactcenter.model.tickets import Ticket
from contactcenter.ports import Tx

DAYS = 7  # that are compared with
MANY = 10  # tickets in an hour, of which fewer are never a spike
TIMES = 3  # as many as on the other days

_ticket = table(Ticket)

LAST = select(_ticket.c.id).order_by(_ticket.c.id.desc()).limit(1)
AT_OR_BEFORE = (
    select(_ticket.c.id, _ticket.c.created_at)
    .where(_ticket.c.id <= bind("number"))
    .order_by(_ticket.c.id.desc())
    .limit(1)
)
COUNT = (
    select(_ticket.c.queue, func.count().label("tickets"))
    .where(_ticket.c.id > bind("after"), _ticket.c.id <= bind("until"))
    .group_by(_ticket.c.queue)
)


def opened(tx: Tx, since: int, until: int) -> dict[str, int]:
    """Tickets opened between two instants (µs), by the queue they are in now."""
    first, last = numbers(tx, since, until)
    return {row.queue: row.tickets for row in tx.all(COUNT, after=first, until=last)}


def numbers(tx: Tx, since: int, until: int) -> tuple[int, int]:
    """Tickets opened between two instants (µs) have a number above the first and up to the second."""
    return _last_before(tx, since), _last_before(tx, until)


def spikes(tx: Tx) -> dict[str, tuple[int, float]]:
    """By queue: tickets of the last hour and the mean of that hour on the last days, where it is far more than that."""
    now = opened(tx, tx.now - HOUR, tx.now)
    busy = {queue: count for queue, count in now.items() if count >= MANY}
    if not busy:
        return {}
    days = [opened(tx, tx.now - day * DAY - HOUR, tx.now - day * DAY) for day in range(1, DAYS + 1)]
    if not any(days):
        return {}  # there is nothing yet to compare with
    means = {queue: sum(day.get(queue, 0) for day in days) / DAYS for queue in busy}
    return {queue: (count, means[queue]) for queue, count in busy.items() if count > TIMES * max(1.0, means[queue])}


def _last_before(tx: Tx, instant: int) -> int:
    """The number of the last ticket opened before an instant; 0 when there was none."""
    last = tx.one(LAST)
    low, high = 0, 0 if last is None else int(last.id)
    while low < high:
        middle = (low + high + 1) // 2
        row = tx.one(AT_OR_BEFORE, number=middle)
        if row is None or row.created_at < instant:
            low = middle
        else:
            high = middle - 1
    return low
