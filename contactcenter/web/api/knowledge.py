"""What of the articles may answer a ticket."""

from contactcenter.flow import queries
from contactcenter.flow.assist import question_text
from contactcenter.knowledge.articles import passage_for
from contactcenter.model.values import NotFound
from contactcenter.ports import Tx
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import Call


def suggest(tx: Tx, call: Call) -> bodies.Suggestions:
    """The articles nearest to what the customer wrote and nobody has answered yet."""
    ticket = int(call.path["id"])
    row = tx.one(queries.TICKET, id=ticket)
    if row is None:
        raise NotFound(f"there is no ticket {ticket}")
    text = question_text(tx.all(queries.UNANSWERED, ticket=ticket))
    found = call.assistant.suggest(text) if text.strip() else ()
    return bodies.Suggestions(
        [
            bodies.SuggestionView(
                item.article.slug,
                item.article.title,
                passage_for(item.article, row.channel, call.policies.kinds.get(row.channel, "")),
                item.score,
                call.assistant.url_of(item.article),
                item.article.audience,
            )
            for item in found
        ]
    )
