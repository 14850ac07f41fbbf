"""What past tickets suggest for the knowledge base: the list, and what people decide.

Approving writes into the knowledge folder first and writes the decision down afterwards: whatever breaks in between, it
can be approved again, and the article is not there twice.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from contactcenter.flow import proposals
from contactcenter.flow.views import iso, iso_or_none
from contactcenter.knowledge.articles import ArticleError
from contactcenter.knowledge.learned import Write, Writing, write_into
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Conflict, Invalid, StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import ARTICLES, Call, Desk
from contactcenter.web.api.tickets import cursor_of

PAGE = 50


def list_proposals(tx: Tx, call: Call) -> bodies.Proposals:
    below, before = cursor_of(call.query.get("after"))
    rows = proposals.page(tx, call.query.get("state", "proposed"), below, before, PAGE + 1)
    last = f"{rows[PAGE - 1].saved}.{rows[PAGE - 1].id}" if len(rows) > PAGE else None
    return bodies.Proposals([_view(tx, row) for row in rows[:PAGE]], last)


async def decide_proposal(desk: Desk, call: Call) -> bodies.ProposalView:
    number, body = int(call.path["id"]), call.body
    slug = ""
    if body.state == "approved":
        questions = None if body.questions is None else tuple(body.questions)
        edited = proposals.Edited(body.slug, body.title, questions, body.text)
        writing = await desk.store.read(proposals.writing, call.caller, number, edited)
        await asyncio.to_thread(_written, writer_of(desk), writing)
        desk.bus.publish([ARTICLES], b"")
        slug = writing.article
    return await desk.store.write(_decided, call, number, body.state, slug)


def writer_of(desk: Desk) -> Write:
    """Where what is approved goes. Raises Conflict where there is no such place."""
    folder = desk.knowledge
    if folder is None:
        raise Conflict("no knowledge.folder is configured; set one and start again")
    today = datetime.fromtimestamp(desk.clock.now() / SECOND, UTC).date()
    return lambda writing: write_into(folder, writing, today)


def _written(write: Callable[[Writing], None], writing: Writing) -> None:
    try:
        write(writing)
    except ArticleError as error:
        raise Invalid(str(error)) from None
    except OSError as error:
        raise StoreUnavailable(f"the knowledge folder cannot be written: {error.strerror}") from None


def _decided(tx: Tx, call: Call, number: int, state: str, slug: str) -> bodies.ProposalView:
    return _view(tx, proposals.decide(tx, call.caller, number, state, slug))


def _view(tx: Tx, row: proposals.Row) -> bodies.ProposalView:
    samples = proposals.samples_of(row)
    return bodies.ProposalView(
        id=row.id,
        kind=row.kind,
        article=row.article or None,
        title=samples[0] if samples else "",
        questions=list(samples),
        text=row.text,
        tickets=row.tickets,
        answered=row.answered,
        answered_alike=row.alike,
        weekly=row.weekly / proposals.THOUSAND,
        saved_weekly=row.saved / proposals.THOUSAND,
        state=row.state,
        decided_by=row.decided_by or None,
        decided_at=iso_or_none(row.decided_at),
        found_at=iso(row.found_at),
        of=proposals.tickets_of(tx, row.id),
    )
