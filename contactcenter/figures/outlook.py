"""A day that is still to come: what is expected in each quarter of an hour, and how many agents that takes.

Asked by the API and the command line. The counts are of the tallies (report.py), the expectation is forecast.py's, the
agents are Erlang's. How long a ticket takes an agent, and how soon customers give up, is learned from the last four
weeks. A day before which nothing like it is known has no outlook; nor has a day off, which is like no other, and from
which nothing is learned either. Knows of no campaign.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import String, func, literal_column, or_, select

from contactcenter.figures.days import SLOT, day_of, midnight
from contactcenter.figures.forecast import WEEK, WEEKS, Plan, Slot, Staffed, forecast, staffing
from contactcenter.figures.report import Terms
from contactcenter.figures.shifts import handling
from contactcenter.figures.tallies import tally
from contactcenter.model.columns import BLANK, DAY, MINUTE, SECOND, bind, word
from contactcenter.ports import Tx

SLOTS = DAY // SLOT  # of a day as clocks show it: an hour that comes twice is one, one that is left out is empty
USUAL_HANDLING = 300.0  # seconds, where nobody was seen at work yet

_slot = (tally.c.at - tally.c.at % literal_column(str(SLOT))).label("begin")
_in_queue = or_(bind("queue", String()) == BLANK, tally.c.queue == bind("queue", String()))
_at = (tally.c.at >= bind("begin"), tally.c.at < bind("end"))
CAME = (
    select(_slot, func.count().label("number"))
    .where(tally.c.figure == word("offered"), *_at, _in_queue)
    .group_by(_slot)
)
WAITED = (
    select(tally.c.figure, func.count().label("number"), func.sum(tally.c.value).label("total"))
    .where(tally.c.figure.in_([word("answered"), word("abandoned")]), *_at, _in_queue)
    .group_by(tally.c.figure)
)


class Outlook(msgspec.Struct, frozen=True):
    """Slots from midnight on, by the desk's clocks; none where no day of its weekday is known. Seconds."""

    day: date
    slots: Sequence[Slot]
    staff: Sequence[Staffed]
    handling: float
    patience: float | None  # None: nobody gave up
    days: int  # that were learned from
    off: bool = False  # it is a day off


IsOff = Callable[[str, date], bool]
"""Is a day off for a queue (blank: for all of them): a holiday, or named as closed?"""


def outlook(tx: Tx, terms: Terms, day: date, queue: str = "", is_off: IsOff = lambda queue, day: False) -> Outlook:
    """Of a day, from the four weeks before it, or before today where it is still to come."""
    until = min(day, day_of(tx.now, terms.timezone))
    known = _arrivals(tx, terms, until, queue)
    handling, patience = _learned(tx, terms, until, queue)
    plan = Plan(terms.share, terms.within / SECOND, handling, patience, shrinkage=terms.shrinkage)
    unlike = [one for one in known if is_off(queue, one)]
    slots = [] if is_off(queue, day) else forecast(known, day, unlike)
    staff = staffing([slot.expected for slot in slots], SLOT / MINUTE, plan)
    return Outlook(day, slots, staff, handling, patience, len(known) - len(unlike), is_off(queue, day))


def clock(slot: int) -> str:
    """When a slot begins: 09:15."""
    hour, minute = divmod(slot * SLOT // MINUTE, 60)
    return f"{hour:02}:{minute:02}"


def _arrivals(tx: Tx, terms: Terms, until: date, queue: str) -> dict[date, list[int]]:
    """Whole days from the first on which anybody came."""
    zone = ZoneInfo(terms.timezone)
    begin, end = midnight(until - WEEKS * WEEK, terms.timezone), midnight(until, terms.timezone)
    known: dict[date, list[int]] = {}
    for row in tx.all(CAME, begin=begin, end=end, queue=queue):
        at = datetime.fromtimestamp(row.begin // SECOND, zone)
        counts = known.setdefault(at.date(), [0] * SLOTS)
        counts[(at.hour * 60 + at.minute) * MINUTE // SLOT] += int(row.number)
    quiet = (min(known, default=until) + timedelta(days=n) for n in range((until - min(known, default=until)).days))
    return {day: known.get(day) or [0] * SLOTS for day in quiet}


def _learned(tx: Tx, terms: Terms, until: date, queue: str) -> tuple[float, float | None]:
    """Agents' time per answered contact, several at once or not; and how long customers wait before they give up.

    Who was answered has shown that their patience was longer than their wait: all waits count, but only who left ends.
    """
    begin, end = midnight(until - WEEKS * WEEK, terms.timezone), midnight(until, terms.timezone)
    waited = {row.figure: row for row in tx.all(WAITED, begin=begin, end=end, queue=queue)}
    ended = waited if not queue else {row.figure: row for row in tx.all(WAITED, begin=begin, end=end, queue="")}
    busy = sum(handling(tx, begin, end).values()) / SECOND
    answered = int(ended["answered"].number) if "answered" in ended else 0
    left = int(waited["abandoned"].number) if "abandoned" in waited else 0
    total = sum(int(row.total) for row in waited.values()) / SECOND
    return busy / answered if busy and answered else USUAL_HANDLING, total / left if left and total else None
