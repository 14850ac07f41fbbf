"""What of the articles may answer a ticket."""

from contactcenter.flow import queries
from contactcenter.flow.assist import question_text
from contactcenter.knowledge.articles import passage_for
from contactcenter.model.values import NotFound
from contactcenter.ports import Tx
from contactcenter.thinking import think
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import Call, Desk


async def suggest(desk: Desk, call: Call) -> bodies.Suggestions:
    """The articles nearest to what the customer wrote and nobody has answered yet."""
    text, channel = await desk.store.read(_asked, int(call.path["id"]))
    place = channel, call.policies.kinds.get(channel, "")
    found = await think(call.assistant.suggest, text) if text.strip() else ()
    return bodies.Suggestions(
        [
            bodies.SuggestionView(
                item.article.slug,
                item.article.title,
                passage_for(item.article, *place),
                item.score,
                call.assistant.url_of(item.article),
                item.article.audience,
            )
            for item in found
        ]
    )


def _asked(tx: Tx, ticket: int) -> tuple[str, str]:
    """What is asked on a ticket, and on which channel."""
    row = tx.one(queries.TICKET, id=ticket)
    if row is None:
        raise NotFound(f"there is no ticket {ticket}")
    return question_text(tx.all(queries.UNANSWERED, ticket=ticket)), row.channel
