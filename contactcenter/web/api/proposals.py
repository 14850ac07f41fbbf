"""What past tickets suggest for the knowledge base: the list, and what people decide."""

from contactcenter.flow import proposals
from contactcenter.flow.views import iso, iso_or_none
from contactcenter.ports import Tx
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import Call
from contactcenter.web.api.tickets import cursor_of

PAGE = 50


def list_proposals(tx: Tx, call: Call) -> bodies.Proposals:
    below, before = cursor_of(call.query.get("after"))
    rows = proposals.page(tx, call.query.get("state", "proposed"), below, before, PAGE + 1)
    last = f"{rows[PAGE - 1].saved}.{rows[PAGE - 1].id}" if len(rows) > PAGE else None
    return bodies.Proposals([_view(tx, row) for row in rows[:PAGE]], last)


def decide_proposal(tx: Tx, call: Call) -> bodies.ProposalView:
    """The article and the decision are written together, or neither is."""
    number, body = int(call.path["id"]), call.body
    slug = ""
    if body.state == "approved":
        questions = None if body.questions is None else tuple(body.questions)
        edited = proposals.Edited(body.slug, body.title, questions, body.text)
        writing = proposals.writing(tx, call.caller, number, edited)
        proposals.write(tx, call.caller, writing)
        slug = writing.article
    return _view(tx, proposals.decide(tx, call.caller, number, body.state, slug))


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
