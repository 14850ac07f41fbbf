"""Imported articles come in as drafts; importing again changes the draft of the same article instead of doubling it.

An article is found by its source. What was imported before and says the same changes nothing, whatever people have made
of it since; and what people archived stays archived.
"""

from typing import Any, Literal

from contactcenter.flow import articles
from contactcenter.flow.articles import Author
from contactcenter.knowledge.articles import packed
from contactcenter.knowledge.importing.incoming import Incoming, renamed
from contactcenter.model.columns import clean
from contactcenter.model.values import Conflict
from contactcenter.ports import Tx

Became = Literal["added", "updated", "unchanged"]
NAMES_TRIED = 100


def take(tx: Tx, incoming: Incoming, actor: str) -> tuple[Became, str]:
    """One article; what became of it, and its slug."""
    source = clean(incoming.source)
    row = tx.one(articles.BY_SOURCE, source=source)
    if row is None:
        named = renamed(incoming, _free(tx, incoming.article.slug))
        articles.begin(tx, named.article, Author(actor, source), publish=False, source=source)
        return "added", named.article.slug
    if row.archived_at is not None or _is_known(tx, row, incoming, source):
        return "unchanged", row.slug
    articles.save(tx, row, renamed(incoming, row.slug).article, Author(actor, source), publish=False)
    return "updated", row.slug


def _is_known(tx: Tx, row: Any, incoming: Incoming, source: str) -> bool:
    """Was this very text the last that came from there?"""
    last = tx.one(articles.LAST_FROM, whose=row.id, origin=source)
    return last is not None and (last.head, last.text) == packed(incoming.article)


def _free(tx: Tx, slug: str) -> str:
    """A name that no article has; another article may have come from elsewhere under the same."""
    for number in range(1, NAMES_TRIED):
        name = slug if number == 1 else f"{slug}-{number}"
        if tx.one(articles.BY_SLUG, slug=name) is None:
            return name
    raise Conflict(f"there are {NAMES_TRIED} articles named {slug}; rename some")
