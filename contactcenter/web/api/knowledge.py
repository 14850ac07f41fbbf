"""Articles, and what of them may answer a ticket."""

import asyncio
from datetime import UTC, datetime

from contactcenter.flow import queries
from contactcenter.flow.assist import question_text
from contactcenter.knowledge.articles import Article, ArticleError, write_article
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Conflict, Invalid, NotFound, StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.thinking import think
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import ARTICLES, Call, Desk


def list_articles(tx: Tx, call: Call) -> bodies.Articles:
    return bodies.Articles([_view(call.assistant, article) for article in call.assistant.articles])


async def add_article(desk: Desk, call: Call) -> bodies.ArticleView:
    """Write it to the folder, and have every process of the desk read the folder again."""
    if desk.knowledge is None:
        raise Conflict("no knowledge.folder is configured; set one and start again")
    body: bodies.NewArticle = call.body
    if not body.slug.replace("-", "").isalnum():  # a pattern's $ lets a line break pass
        raise Invalid("letters, digits and hyphens only", "$.slug")
    today = datetime.fromtimestamp(desk.clock.now() / SECOND, UTC).date()
    try:
        article = await asyncio.to_thread(
            write_article, desk.knowledge, body.slug, body.title, body.questions, body.text, today
        )
    except ArticleError as error:
        raise Invalid(str(error)) from None
    except OSError as error:
        raise StoreUnavailable(f"the knowledge folder cannot be written: {error.strerror}") from None
    desk.bus.publish([ARTICLES], b"")
    return _view(desk.assistant, article)


def _view(assistant: Assistant, article: Article) -> bodies.ArticleView:
    return bodies.ArticleView(
        slug=article.slug,
        title=article.title,
        questions=list(article.questions),
        language=article.language,
        audience=article.audience,
        checked=article.checked.isoformat() if article.checked else None,
        url=assistant.url_of(article),
    )


async def suggest(desk: Desk, call: Call) -> bodies.Suggestions:
    """The articles nearest to what the customer wrote and nobody has answered yet."""
    text = await desk.store.read(_asked, int(call.path["id"]))
    found = await think(call.assistant.suggest, text) if text.strip() else ()
    return bodies.Suggestions(
        [
            bodies.SuggestionView(
                item.article.slug,
                item.article.title,
                item.article.passage,
                item.score,
                call.assistant.url_of(item.article),
            )
            for item in found
        ]
    )


def _asked(tx: Tx, ticket: int) -> str:
    if tx.one(queries.TICKET, id=ticket) is None:
        raise NotFound(f"there is no ticket {ticket}")
    return question_text(tx.all(queries.UNANSWERED, ticket=ticket))
