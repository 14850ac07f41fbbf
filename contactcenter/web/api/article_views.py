"""How articles look in the API: made of the rows of the store."""

from typing import Any

from contactcenter.flow import article_files, articles, queries
from contactcenter.flow.views import iso
from contactcenter.knowledge.articles import Article, is_stale, unpacked
from contactcenter.ports import Tx
from contactcenter.web.api import article_bodies as bodies
from contactcenter.web.api.operations import Call


def state_of(row: Any) -> Any:
    if row.archived_at is not None or (row.published_id is None and row.draft_id is None):
        return "archived"
    return "published" if row.published_id is not None else "draft"


def view(call: Call, now: int, row: Any, shown: Article, thanks: tuple[int, int]) -> bodies.ArticleView:
    state = state_of(row)
    return bodies.ArticleView(
        slug=shown.slug,
        title=shown.title,
        questions=list(shown.questions),
        language=shown.language,
        audience=shown.audience,
        checked=shown.checked.isoformat() if shown.checked else None,
        url=call.assistant.url_of(shown),
        owner=shown.owner,
        state=state,
        has_draft=row.draft_id is not None,
        stale=state == "published" and is_stale(shown, now, call.policies.stale_after),
        changed_at=iso(row.at),
        revision=row.revision,
        helped=thanks[0],
        not_helped=thanks[1],
    )


def whole(tx: Tx, call: Call, row: Any) -> bodies.WholeArticle:
    read, drafted = (_by_id(tx, row, number) for number in (row.published_id, row.draft_id))
    helped, not_helped = articles.thanks(tx).get(row.id, (0, 0))
    shown = None if row.published_id is None else articles.said(tx, row.slug, row.published_id)
    state = state_of(row)
    return bodies.WholeArticle(
        slug=row.slug,
        url=f"{call.assistant.public_url}/help/{row.slug}",
        state=state,
        stale=state == "published" and shown is not None and is_stale(shown, tx.now, call.policies.stale_after),
        revision=row.revision,
        published=read,
        draft=drafted,
        files=[file_view(row.slug, item) for item in article_files.of(tx, row.id)],
        helped=helped,
        not_helped=not_helped,
        path=row.path,
        source=row.source,
    )


def _by_id(tx: Tx, row: Any, number: int | None) -> bodies.VersionView | None:
    return None if number is None else version_view(tx, row, tx.one(articles.VERSION, id=number))


def version_view(tx: Tx, row: Any, item: Any) -> bodies.VersionView:
    shown = unpacked(row.slug, item.head, item.text)
    return bodies.VersionView(
        number=item.number,
        title=shown.title,
        text=shown.text,
        questions=list(shown.questions),
        language=shown.language,
        audience=shown.audience,
        checked=shown.checked.isoformat() if shown.checked else None,
        owner=shown.owner,
        variants=dict(shown.variants),
        at=iso(item.at),
        by=_name_of(tx, item.actor),
        origin=item.origin,
        state="published" if item.id == row.published_id else "draft" if item.id == row.draft_id else "past",
    )


def _name_of(tx: Tx, actor: str) -> str:
    """An agent by name, anybody else by what they are."""
    kind, _, number = actor.partition(":")
    row = tx.one(queries.AGENT, id=int(number)) if kind == "agent" and number.isdecimal() else None
    return actor if row is None else str(row.name)


def file_view(slug: str, row: Any) -> bodies.ArticleFileView:
    url = f"/api/v1/articles/{slug}/files/{row.id}"
    return bodies.ArticleFileView(row.id, row.name, row.type, row.size, url)
