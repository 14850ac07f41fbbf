"""What the assistant's answers came to: by article and channel, with the tickets behind each number.

Written by flow/assist in the transaction in which an answer is given; asked by the API, by `contactcenter figures
--answers` and, for a fall, by the desk in Slack. An answer's ticket was *handed over* if it came to people after it,
and *settled* if it ended without any; until then it is open. Silence alone is no success: who wrote again within three
days, in another ticket, *came back*, and is taken off what counts as done by the assistant.
"""

import math
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from contactcenter.figures.arrivals import numbers
from contactcenter.figures.intervals import Estimate, share
from contactcenter.figures.report import Scope
from contactcenter.figures.tallies import tally
from contactcenter.model.answers import GivenAnswer
from contactcenter.model.columns import BLANK, DAY, adding, bind, table, word
from contactcenter.model.tickets import Ticket
from contactcenter.ports import Tx

BACK_WITHIN = 3 * DAY  # µs after an answer, in which another ticket counts against it
LATELY, BEFORE = 1 * DAY, 14 * DAY  # what a fall is looked for in, and what it is compared with
FEW, FEW_BEFORE = 30, 100  # tickets, of which fewer tell nothing
SURE = 3.09  # standard errors: once in a thousand by chance (one-sided)

given = table(GivenAnswer)
ADD = adding(given)
_ticket, _later = table(Ticket), table(Ticket).alias("later")

_handed = exists().where(
    tally.c.ticket_id == given.c.ticket_id, tally.c.figure == word("offered"), tally.c.at >= given.c.at
)
_settled = exists().where(tally.c.ticket_id == given.c.ticket_id, tally.c.figure == word("contained"))
_wrote_again = exists().where(
    _later.c.customer_id == _ticket.c.customer_id,
    _later.c.id > _ticket.c.id,
    _later.c.created_at > given.c.at,
    _later.c.created_at <= given.c.at + literal_column(str(BACK_WITHIN)),
)
OUTCOMES: dict[str, ColumnElement[bool]] = {
    "given": literal_column("1") == literal_column("1"),
    "handed": _handed,
    "settled": and_(_settled, not_(_handed)),
    "came_back": and_(_settled, not_(_handed), _wrote_again),
    "open": and_(not_(_settled), not_(_handed)),
}
"""What became of an answer's ticket: each opens the answers that fit."""

_in_scope = (
    given.c.at >= bind("begin"),
    given.c.at < bind("end"),
    or_(bind("queue", String()) == BLANK, given.c.queue == bind("queue", String())),
    or_(bind("channel", String()) == BLANK, given.c.channel == bind("channel", String())),
)


def _tickets(fits: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count(case((fits, given.c.ticket_id)).distinct())


_counted = (func.count().label("answers"), *(_tickets(fits).label(name) for name, fits in OUTCOMES.items()))
_joined = _ticket.c.id == given.c.ticket_id
WHOLE = select(*_counted).join(_ticket, _joined).where(*_in_scope)
BY_ARTICLE = (
    select(given.c.article, given.c.channel, *_counted)
    .join(_ticket, _joined)
    .where(*_in_scope)
    .group_by(given.c.article, given.c.channel)
    .order_by(given.c.article, given.c.channel)
)
OPENED = select(func.count().label("tickets")).where(
    _ticket.c.id > bind("after"),
    _ticket.c.id <= bind("until"),
    or_(bind("queue", String()) == BLANK, _ticket.c.queue == bind("queue", String())),
    or_(bind("channel", String()) == BLANK, _ticket.c.channel == bind("channel", String())),
)


def _rows(fits: ColumnElement[bool]) -> Select[Any]:
    return (
        select(given, _ticket.c.subject, _ticket.c.status)
        .join(_ticket, _joined)
        .where(
            *_in_scope,
            fits,
            or_(bind("article", String()) == BLANK, given.c.article == bind("article", String())),
            or_(given.c.at > bind("after_at"), and_(given.c.at == bind("after_at"), given.c.id > bind("after_id"))),
        )
        .order_by(given.c.at, given.c.id)
        .limit(bind("limit", Integer()))
    )


ROWS = {name: _rows(fits) for name, fits in OUTCOMES.items()}


class Counted(msgspec.Struct, frozen=True):
    """Answers, and the tickets they are in, by what became of these; those with several answers count once."""

    answers: int
    given: int
    handed: int
    settled: int
    came_back: int
    open: int

    def shares(self) -> dict[str, Estimate | None]:
        """Of the tickets it answered in; `done`: settled, and nobody came back."""
        return {
            "handed": share(self.handed, self.given),
            "settled": share(self.settled, self.given),
            "came_back": share(self.came_back, self.settled),
            "done": share(self.settled - self.came_back, self.given),
        }


class OfArticle(msgspec.Struct, frozen=True):
    """The same of one article on one channel."""

    article: str
    channel: str
    counted: Counted


class Told(msgspec.Struct, frozen=True):
    """A stretch of time. `opened`: all tickets of it. What articles count does not add up: a ticket can have two."""

    opened: int
    whole: Counted
    articles: tuple[OfArticle, ...]

    @property
    def automation(self) -> Estimate | None:
        """The share of all tickets that the assistant was done with: those it took part in, times those it settled."""
        return share(min(self.whole.settled - self.whole.came_back, self.opened), self.opened)


class Fall(msgspec.Struct, frozen=True):
    """People got more of what the assistant had answered than before: shares, and of how many tickets."""

    lately: float
    tickets: int
    before: float
    tickets_before: int


def told(tx: Tx, ticket: Any, message: int, article: str, score: float) -> None:
    """The assistant answered on a locked ticket from an article, in this message."""
    tx.add(
        ADD, at=tx.now, ticket_id=ticket.id, message_id=message, article=article, queue=ticket.queue,
        channel=ticket.channel, score=score,
    )  # fmt: skip


def count(tx: Tx, scope: Scope) -> Told:
    """What was answered in a stretch of time, and what became of it since."""
    asked = {"begin": scope.begin, "end": scope.end, "queue": scope.queue, "channel": scope.channel}
    first, last = numbers(tx, scope.begin, scope.end)
    opened = tx.one(OPENED, after=first, until=last, queue=scope.queue, channel=scope.channel).tickets
    articles = tuple(OfArticle(row.article, row.channel, _counts(row)) for row in tx.all(BY_ARTICLE, **asked))
    return Told(opened, _counts(tx.one(WHOLE, **asked)), articles)


def rows(tx: Tx, scope: Scope, outcome: str, article: str, after: tuple[int, int], limit: int) -> list[Any]:
    """The answers behind a number, in their order, after (instant, number); blank: of all articles."""
    at, number = after
    asked = {"begin": scope.begin, "end": scope.end, "queue": scope.queue, "channel": scope.channel}
    return tx.all(ROWS[outcome], **asked, article=article, after_at=at, after_id=number, limit=limit)


def fall(tx: Tx) -> Fall | None:
    """Was more handed over of what was answered in the last day than in the two weeks before? None: not surely.

    What was answered lately may still be handed over, so that a fall is told rather late than wrongly.
    """
    lately = _whole(tx, tx.now - LATELY, tx.now)
    before = _whole(tx, tx.now - LATELY - BEFORE, tx.now - LATELY)
    if lately.given < FEW or before.given < FEW_BEFORE:
        return None
    now, then = lately.handed / lately.given, before.handed / before.given
    pooled = (lately.handed + before.handed) / (lately.given + before.given)
    error = math.sqrt(pooled * (1 - pooled) * (1 / lately.given + 1 / before.given))
    return Fall(now, lately.given, then, before.given) if now - then > SURE * error else None


def _whole(tx: Tx, begin: int, end: int) -> Counted:
    return _counts(tx.one(WHOLE, begin=begin, end=end, queue="", channel=""))


def _counts(row: Any) -> Counted:
    return Counted(row.answers, row.given, row.handed, row.settled, row.came_back, row.open)
