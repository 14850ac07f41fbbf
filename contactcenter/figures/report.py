"""Figures of a stretch of time: tallies counted by slot or day, queue and channel, and the tallies behind each number.

Asked by the API, the command line and the wallboard; tallies.py wrote what is counted here. A sum is always made of
counts and sums, never of averages. A figure and its rows are one condition, so that a number is as many as its rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Float, Select, String, and_, case, cast, exists, func, literal_column, or_, select

from contactcenter.figures import intervals
from contactcenter.figures.days import SLOT
from contactcenter.figures.intervals import Estimate
from contactcenter.figures.tallies import ANSWERS, KINDS, OFFERS, tally
from contactcenter.model.columns import BIGINT, BLANK, DAY, MINUTE, SECOND, ZERO, bind, table, word
from contactcenter.model.people import Membership
from contactcenter.model.tickets import Ticket, TicketTag
from contactcenter.ports import Tx

SETTLED_AFTER = 7 * DAY  # without a word more from its customer, what was solved is settled
SHORT = 10 * SECOND  # who leaves sooner has not been kept waiting
PLEASED = 4  # of 5
FORMULAS = ("answered/offered", "answered/(answered+abandoned)", "without short abandons")
MEASURED = ("answered", "first_response", "next_response", "abandoned")  # their value is a time


@dataclass(frozen=True, slots=True)
class Terms:
    """What the figures of this desk mean. `within`: µs in which a customer is to be answered, `share`: how many of all.

    `shrinkage`: the share of paid time in which an agent is not there to answer.
    """

    timezone: str = "UTC"
    formula: str = FORMULAS[0]
    within: int = MINUTE
    share: float = 0.8
    shrinkage: float = 0.3


class Scope(msgspec.Struct, frozen=True):
    """What is counted: from an instant until before another (µs). Blank or 0: all of them. `team`: what the agents did
    who serve that queue now, in whatever queue it was; `tag`: of the tickets that are marked by it now.
    """

    begin: int
    end: int
    queue: str = ""
    channel: str = ""
    agent: int = 0
    team: str = ""
    tag: str = ""


class Counts(msgspec.Struct):
    """Figures by name, and the sums of what was measured (µs; of ratings: themselves). They can be added up."""

    figures: dict[str, int]
    sums: dict[str, int]

    def add(self, other: "Counts") -> None:
        for mine, theirs in ((self.figures, other.figures), (self.sums, other.sums)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number


Cell = tuple[int, str, str]
"""Beginning of the slot or stretch (µs), queue, channel."""

_ticket, _membership, _tag = table(Ticket), table(Membership), table(TicketTag)

_again, _other, _own = tally.alias("again"), _ticket.alias("other"), _ticket.alias("own")
_reopened = exists().where(
    _again.c.ticket_id == tally.c.ticket_id,
    _again.c.figure == word("reopened"),
    _again.c.at >= tally.c.at,
    _again.c.at <= tally.c.at + literal_column(str(SETTLED_AFTER)),
)
_came_back = exists().where(
    _own.c.id == tally.c.ticket_id,
    _other.c.customer_id == _own.c.customer_id,
    _other.c.id != _own.c.id,
    _other.c.created_at > tally.c.at,
    _other.c.created_at <= tally.c.at + literal_column(str(SETTLED_AFTER)),
)
_settled = and_(~_reopened, ~_came_back)


def _figure(*kinds: str, condition: ColumnElement[bool] | None = None) -> tuple[ColumnElement[bool], ...]:
    chosen = tally.c.figure.in_([word(kind) for kind in kinds])
    return (chosen,) if condition is None else (chosen, condition)


FIGURES: dict[str, tuple[ColumnElement[bool], ...]] = {
    **{kind: _figure(kind) for kind in KINDS},
    "answered_in_time": _figure("answered", condition=tally.c.value <= bind("within")),
    "abandoned": _figure("abandoned", condition=tally.c.value >= SHORT),
    "short_abandoned": _figure("abandoned", condition=tally.c.value < SHORT),
    "offers": _figure(*OFFERS),
    "settled": _figure("solved", condition=_settled),
    "satisfied": _figure("rated", condition=tally.c.value >= PLEASED),
}
"""What each figure is a number of: every one opens the rows that fit."""

_in_scope = (
    tally.c.at >= bind("begin"),
    tally.c.at < bind("end"),
    or_(bind("queue", String()) == BLANK, tally.c.queue == bind("queue", String())),
    or_(bind("channel", String()) == BLANK, tally.c.channel == bind("channel", String())),
    or_(bind("agent", BIGINT) == ZERO, tally.c.agent_id == bind("agent", BIGINT)),
    or_(
        bind("team", String()) == BLANK,
        exists().where(_membership.c.agent_id == tally.c.agent_id, _membership.c.queue == bind("team", String())),
    ),
    or_(
        bind("tag", String()) == BLANK,
        exists().where(_tag.c.ticket_id == tally.c.ticket_id, _tag.c.tag == bind("tag", String())),
    ),
)
_slot = (tally.c.at - tally.c.at % literal_column(str(SLOT))).label("begin")
_of_service = (
    tally.c.queue,
    tally.c.channel,
    tally.c.figure,
    func.count().label("number"),
    func.sum(tally.c.value).label("total"),
    func.sum(case((tally.c.value <= bind("within"), 1), else_=0)).label("in_time"),
    func.sum(case((tally.c.value < SHORT, 1), else_=0)).label("short"),
    func.sum(case((tally.c.value >= PLEASED, 1), else_=0)).label("pleased"),
)
_counted = (
    *_of_service,
    func.sum(case((tally.c.figure != word("solved"), 0), (_settled, 1), else_=0)).label("settled"),
)
_groups = (tally.c.queue, tally.c.channel, tally.c.figure)
WHOLE = select(*_counted).where(*_figure(*KINDS), *_in_scope).group_by(*_groups)
BY_SLOT = select(_slot, *_counted).where(*_figure(*KINDS), *_in_scope).group_by(_slot, *_groups)
SERVED = ("offered", "answered", "abandoned")
OF_SERVICE = (  # of all queues and channels: what a wallboard asks for again and again
    select(
        literal_column("''").label("queue"),
        literal_column("''").label("channel"),
        *_of_service[2:],
    )
    .where(*_figure(*SERVED), tally.c.at >= bind("begin"), tally.c.at < bind("end"))
    .group_by(tally.c.figure)
)
RATED = select(func.count().label("number"), func.sum(tally.c.value).label("total")).where(
    *_figure("rated"), *_in_scope
)
_seconds = cast(tally.c.value, Float) / float(SECOND)
SQUARES = select(func.sum(_seconds * _seconds).label("squares")).where(tally.c.figure == bind("figure"), *_in_scope)
_whole = tally.c.value.op("/")(literal_column(str(SECOND)))
SPREAD = (  # by whole seconds: as fine as anybody reads a wait, and few enough to be read
    select(_whole.label("seconds"), func.count().label("number"))
    .where(tally.c.figure == bind("figure"), *_in_scope)
    .group_by(_whole)
)


def _rows(figure: str) -> Select[Any]:
    return (
        select(tally, _ticket.c.subject, _ticket.c.status)
        .join(_ticket, _ticket.c.id == tally.c.ticket_id)
        .where(
            *FIGURES[figure],
            *_in_scope,
            tally.c.at >= bind("after_at"),
            or_(tally.c.at > bind("after_at"), tally.c.id > bind("after_id")),
        )
        .order_by(tally.c.at, tally.c.id)
        .limit(bind("limit"))
    )


ROWS = {figure: _rows(figure) for figure in FIGURES}


def count(tx: Tx, terms: Terms, scope: Scope, stretches: Iterable[tuple[int, int]] | None = None) -> dict[Cell, Counts]:
    """By slot, or by the stretches that are given (days); cells in which nothing happened are left out."""
    cells: dict[Cell, Counts] = defaultdict(lambda: Counts({}, {}))
    if stretches is None:
        for row in tx.all(BY_SLOT, **_given(terms, scope)):
            _fill(cells[row.begin, row.queue, row.channel], row)
    else:
        for begin, end in stretches:
            for row in tx.all(WHOLE, **_given(terms, msgspec.structs.replace(scope, begin=begin, end=end))):
                _fill(cells[begin, row.queue, row.channel], row)
    return {cell: cells[cell] for cell in sorted(cells)}


def of_service(tx: Tx, terms: Terms, begin: int, end: int) -> Counts:
    """Who came, who was answered and who left, of all queues: what the service level is made of."""
    counts = Counts({}, {})
    for row in tx.all(OF_SERVICE, begin=begin, end=end, within=terms.within):
        _fill(counts, row)
    return total([counts])


def ratings(tx: Tx, terms: Terms, scope: Scope) -> tuple[int, int]:
    """How often customers rated, and the sum of their ratings: one range of an index, for what is shown all day."""
    row = tx.one(RATED, **_given(terms, scope))
    return row.number, row.total or 0


def total(cells: Iterable[Counts]) -> Counts:
    """All of them together, with a 0 for what did not happen."""
    together = Counts(dict.fromkeys(FIGURES, 0), dict.fromkeys((*MEASURED, "rated"), 0))
    for counts in cells:
        together.add(counts)
    return together


def rows(tx: Tx, terms: Terms, scope: Scope, figure: str, after: tuple[int, int], limit: int) -> list[Any]:
    """The tallies behind a figure, in their order, after (instant, number)."""
    at, number = after
    return tx.all(ROWS[figure], **_given(terms, scope), after_at=at, after_id=number, limit=limit)


def service_level(terms: Terms, counts: Counts) -> Estimate | None:
    """By the desk's formula; None where nobody is in it."""
    number = counts.figures
    ended = number["answered"] + number["abandoned"]
    cases = dict(zip(FORMULAS, (number["offered"], ended + number["short_abandoned"], ended), strict=True))
    return _share(number["answered_in_time"], cases[terms.formula])


def shares(terms: Terms, counts: Counts) -> dict[str, Estimate | None]:
    """What is said of a hundred, each with its interval."""
    number = counts.figures
    return {
        "service_level": service_level(terms, counts),
        **{
            f"{name}_promise": _share(number[f"{name}_kept"], number[f"{name}_kept"] + number[f"{name}_missed"])
            for name in (*ANSWERS, "resolution")
        },
        "abandoned": _share(number["abandoned"], number["offered"]),
        "contained": _share(number["contained"], number["asked"]),
        "settled": _share(number["settled"], number["solved"]),
        "expired": _share(number["expired"], number["offers"]),
        "declined": _share(number["declined"], number["offers"]),
        "satisfied": _share(number["satisfied"], number["rated"]),
    }


class Times(msgspec.Struct):
    """How long something took, in seconds: the mean with its interval, half and nine of ten took at most so long."""

    mean: Estimate | None
    median: float | None
    p90: float | None


def times(tx: Tx, terms: Terms, scope: Scope, figure: str, counts: Counts) -> Times:
    """Of a figure that is measured."""
    given = {**_given(terms, scope), "figure": figure}
    squares = tx.one(SQUARES, **given).squares or 0.0
    spread = {float(row.seconds + 1): row.number for row in tx.all(SPREAD, **given)}
    cases = sum(spread.values())
    return Times(
        intervals.mean(cases, counts.sums[figure] / SECOND, float(squares)),
        intervals.quantile(spread, 0.5),
        intervals.quantile(spread, 0.9),
    )


def _given(terms: Terms, scope: Scope) -> dict[str, Any]:
    return {**msgspec.structs.asdict(scope), "within": terms.within}


def _fill(counts: Counts, row: Any) -> None:
    """One group of the database's, taken apart into the figures it holds."""
    figures, kind, number = counts.figures, row.figure, int(row.number)
    if kind in MEASURED or kind == "rated":
        counts.sums[kind] = int(row.total)
    if kind == "answered":
        figures["answered_in_time"] = int(row.in_time)
    elif kind == "abandoned":
        figures["short_abandoned"] = int(row.short)
        number -= int(row.short)
    elif kind == "rated":
        figures["satisfied"] = int(row.pleased)
    elif kind == "solved":
        figures["settled"] = int(row.settled)
    elif kind in OFFERS:
        figures["offers"] = figures.get("offers", 0) + number
    figures[kind] = number


def _share(hits: int, cases: int) -> Estimate | None:
    """None where the scope has the hits without their cases: nobody is offered to one agent alone."""
    return intervals.share(hits, cases) if hits <= cases else None
