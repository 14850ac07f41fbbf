"""What the assistant answered, and what became of it (figures/answers.py counts)."""

from typing import Any

from contactcenter.figures import answers
from contactcenter.figures.answers import Counted, OfArticle
from contactcenter.flow.views import iso
from contactcenter.model.columns import DAY
from contactcenter.model.values import Invalid
from contactcenter.ports import Tx
from contactcenter.web.api import figure_bodies as bodies
from contactcenter.web.api.figures import asked_scope, cursor, estimate, page_limit
from contactcenter.web.api.operations import Call

LONGEST = 400 * DAY


def get_answers(tx: Tx, call: Call) -> bodies.AnswersTold:
    scope = asked_scope(tx, call, LONGEST)
    told = answers.count(tx, scope)
    titles = {article.slug: article.title for article in call.assistant.articles}
    return bodies.AnswersTold(
        begin=iso(scope.begin),
        end=iso(scope.end),
        timezone=call.policies.figures.timezone,
        opened=told.opened,
        answers=told.whole.answers,
        tickets=_tickets(told.whole),
        shares=_shares(told.whole),
        automation=estimate(told.automation),
        items=[_article(titles, found) for found in told.articles],
    )


def list_answer_rows(tx: Tx, call: Call) -> bodies.AnswerRows:
    outcome = call.query.get("outcome", "given")
    if outcome not in answers.OUTCOMES:
        raise Invalid(f"can be {', '.join(answers.OUTCOMES)}", "outcome")
    limit, scope = page_limit(call), asked_scope(tx, call, LONGEST)
    after = cursor(call.query.get("after"))
    rows = answers.rows(tx, scope, outcome, call.query.get("article", ""), after, limit + 1)
    more = f"{rows[limit - 1].at}.{rows[limit - 1].id}" if len(rows) > limit else None
    return bodies.AnswerRows([_row(row) for row in rows[:limit]], more)


def _article(titles: dict[str, str], found: OfArticle) -> bodies.AnswersOf:
    return bodies.AnswersOf(
        article=found.article,
        title=titles.get(found.article),
        channel=found.channel,
        answers=found.counted.answers,
        tickets=_tickets(found.counted),
        shares=_shares(found.counted),
    )


def _tickets(counted: Counted) -> dict[str, int]:
    return {outcome: getattr(counted, outcome) for outcome in answers.OUTCOMES}


def _shares(counted: Counted) -> dict[str, bodies.EstimateView | None]:
    return {name: estimate(found) for name, found in counted.shares().items()}


def _row(row: Any) -> bodies.AnswerRow:
    return bodies.AnswerRow(
        id=row.id,
        at=iso(row.at),
        ticket=row.ticket_id,
        subject=row.subject,
        status=row.status,
        message=row.message_id,
        article=row.article,
        queue=row.queue,
        channel=row.channel,
        score=row.score,
    )
