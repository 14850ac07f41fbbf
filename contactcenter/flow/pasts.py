"""Past tickets as they were asked and as they ended: what a knowledge base is tried on, and what it can learn from.

Read page by page by contactcenter/evaluate and contactcenter/learn; the values are knowledge/past's. Leaves out what
tells nothing: robots' mail, tickets that hold two people's questions because they were merged, and people who were
forgotten. Writes nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import structs
from sqlalchemy import exists, select

from contactcenter.crm.queries import customer
from contactcenter.flow import choices, folds
from contactcenter.flow.assist import question_text
from contactcenter.flow.queries import message, ticket
from contactcenter.flow.views import read_choices
from contactcenter.knowledge.past import Past
from contactcenter.model.columns import HOUR, ZERO, bind, table, word
from contactcenter.model.tickets import Merge
from contactcenter.model.values import Source
from contactcenter.ports import Tx

PAGE = 200  # tickets of one use case
SAID = 40  # messages of a ticket that are read: how it began
REPLIES = 3  # of people: what comes later is about something else
AGAIN = 72 * HOUR  # who writes again by then was not helped
NEWEST = 2**63 - 1

_merge = table(Merge)
TICKETS = (
    select(
        ticket.c.id,
        ticket.c.customer_id,
        ticket.c.status,
        ticket.c.handoff,
        ticket.c.survey_id,
        ticket.c.created_at,
        customer.c.name,
        exists().where(_merge.c.target_id == ticket.c.id, _merge.c.undone_at.is_(None)).label("merged"),
    )
    .join(customer, customer.c.id == ticket.c.customer_id)
    .where(ticket.c.id < bind("before"))
    .order_by(ticket.c.id.desc())
    .limit(PAGE)
)
MESSAGES = (
    select(
        message.c.id,
        message.c.direction,
        message.c.author,
        message.c.author_name,
        message.c.text,
        message.c.folds,
        message.c.automatic,
        message.c.source,
        message.c.choices,
        message.c.chosen,
        message.c.pressed,
        message.c.created_at,
    )
    .where(message.c.ticket_id == bind("ticket"), message.c.deleted == ZERO, message.c.delivery != word("withdrawn"))
    .order_by(message.c.id)
    .limit(SAID)
)


class Page(NamedTuple):
    """Tickets with a question, newest first; how many were read; where to go on, 0 when all are done."""

    pasts: list[Past]
    read: int
    before: int


class Newer:
    """What is known of the tickets that came later, which are read first: who wrote again soon was not helped."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}  # when each customer's next ticket was opened

    def judged(self, past: Past) -> Past:
        """The ticket, in the light of the next one of its customer."""
        again = self._next.get(past.customer)
        self._next[past.customer] = past.opened_at
        if past.told_by == "silence" and again is not None and again - past.answered_at < AGAIN:
            return structs.replace(past, told_by="", right=frozenset())
        return past


def page(tx: Tx, before: int, since: int) -> Page:
    """The next tickets with a smaller number, opened at `since` (µs) or later."""
    rows: Sequence[Any] = tx.all(TICKETS, before=before)
    fitting = [row for row in rows if row.created_at >= since]
    pasts = [_past(row, tx.all(MESSAGES, ticket=row.id), tx.now) for row in fitting if not row.merged]
    return Page([past for past in pasts if past is not None], len(fitting), fitting[-1].id if fitting else 0)


def _past(row: Any, said: Sequence[Any], now: int) -> Past | None:
    """None for a ticket in which no person asked anything."""
    asked = _asked(said)
    question = question_text(asked).strip()
    if not question:
        return None
    ours = [one for one in said if one.direction == "outbound" and one.id != row.survey_id]
    names = tuple(sorted({row.name, *(one.author_name for one in (*asked, *ours) if one.author != "assistant")}))
    past = Past(row.id, row.customer_id, row.created_at, question, names=names, handed=bool(row.handoff))
    by_people = [one for one in ours if one.author == "agent"]
    answer = _source(ours[0]) if ours and ours[0].author == "assistant" else None
    if answer is not None:
        past = _answered(past, row, said, ours[0], answer, now)
    return _replied(past, by_people[:REPLIES]) if by_people else past


def _asked(said: Sequence[Any]) -> list[Any]:
    """What people wrote before anything was answered."""
    first = next((n for n, one in enumerate(said) if one.direction == "outbound"), len(said))
    return [one for one in said[:first] if not one.automatic and one.pressed is None]


def _answered(past: Past, row: Any, said: Sequence[Any], answer: Any, source: Source, now: int) -> Past:
    """The assistant answered; what the customer did then tells whether that was right."""
    article = frozenset({source.article})
    past = structs.replace(past, answered_at=answer.created_at, score=source.score)
    offered = read_choices(answer.choices)
    does = offered[answer.chosen].does if answer.chosen is not None and answer.chosen < len(offered) else ""
    if does == choices.PERSON:
        return structs.replace(past, wrong=article)
    if row.handoff:
        return past
    if does == choices.HELPED:
        return structs.replace(past, told_by="customer", right=article)
    later = any(one.id > answer.id and one.direction == "inbound" and one.pressed is None for one in said)
    over = row.status in ("solved", "closed") or now - answer.created_at >= AGAIN
    return past if later or not over else structs.replace(past, told_by="silence", right=article)


def _replied(past: Past, replies: Sequence[Any]) -> Past:
    """People answered: with an article, or in their own words."""
    sent = frozenset(source.article for one in replies if (source := _source(one)) is not None)
    if sent:
        return structs.replace(past, told_by="agent", right=sent, wrong=past.wrong - sent)
    if past.told_by == "customer":
        return past
    if past.answered_at and not past.handed:  # they wrote beside an answer that nobody complained of
        return structs.replace(past, told_by="", right=frozenset())
    texts = tuple(_own(one) for one in replies)
    return structs.replace(past, told_by="reply", right=frozenset(), replies=texts)


def _own(one: Any) -> str:
    """What somebody wrote themselves."""
    return folds.unfolded(one.text, folds.read(one.folds)) if one.folds else str(one.text)


def _source(one: Any) -> Source | None:
    try:
        return msgspec.json.decode(one.source, type=Source) if one.source else None
    except msgspec.MsgspecError:  # what an older version wrote otherwise
        return None
