"""Articles for people who read and write them: the list, one of them, its versions, drafts and files.

Everything changes in the store (flow/articles); the folder follows (contactcenter/instep).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import func, select

from contactcenter.flow import article_files, articles, articles_in_step
from contactcenter.flow.articles import Author, article, version
from contactcenter.flow.views import iso
from contactcenter.knowledge.articles import Article, today, unpacked
from contactcenter.knowledge.diff import diff
from contactcenter.knowledge.front import as_markdown, fitting, made
from contactcenter.model import columns
from contactcenter.model.columns import bind
from contactcenter.model.values import Conflict, Invalid, NotFound
from contactcenter.ports import Tx
from contactcenter.web.api import article_bodies as bodies
from contactcenter.web.api.article_views import file_view, version_view, view, whole
from contactcenter.web.api.operations import Call, Desk
from contactcenter.web.markdown import as_html

PAGE = 200
QUERY_LIMIT = 200  # characters

STATES: dict[str, Callable[[bodies.ArticleView], bool]] = {
    "published": lambda told: told.state == "published",
    "draft": lambda told: told.has_draft and told.state != "archived",
    "stale": lambda told: told.stale,
    "archived": lambda told: told.state == "archived",
    "all": lambda told: True,
    "kept": lambda told: told.state != "archived",
}
_columns = (article, version.c.head, version.c.text, version.c.at)
_shown_id = func.coalesce(article.c.published_id, article.c.draft_id)
LISTED = select(*_columns).join(version, version.c.id == _shown_id)
ONE = LISTED.where(article.c.slug == bind("slug"))
NEVER = (  # what was only ever a draft, and is none any more
    select(*_columns)
    .join(version, version.c.article_id == article.c.id)
    .where(article.c.published_id.is_(None), article.c.draft_id.is_(None), version.c.number == columns.ONE)
)


def list_articles(tx: Tx, call: Call) -> bodies.Articles:
    asked, page = call.query, _limit(call)
    text = asked.get("q", "")[:QUERY_LIMIT].casefold().split()
    thanks = articles.thanks(tx)
    wanted = STATES[asked.get("state", "kept")]
    found = []
    rows: list[Any] = [*tx.all(LISTED), *tx.all(NEVER)]
    for row in sorted(rows, key=attrgetter("slug")):
        if row.slug <= asked.get("after", "") and "after" in asked:
            continue
        shown = unpacked(row.slug, row.head, row.text)
        told = view(call, tx.now, row, shown, thanks.get(row.id, (0, 0)))
        if not wanted(told) or asked.get("language", told.language) != told.language:
            continue
        words = " ".join((shown.slug, shown.title, *shown.questions, shown.text)).casefold() if text else ""
        if all(word in words for word in text):
            found.append(told)
        if len(found) > page:
            break
    return bodies.Articles(found[:page], found[page - 1].slug if len(found) > page else None)


def add_article(tx: Tx, call: Call) -> bodies.ArticleView:
    body: bodies.NewArticle = call.body
    if not body.slug.replace("-", "").isalnum():  # a pattern's $ lets a line break pass
        raise Invalid("letters, digits and hyphens only", "$.slug")
    checked = body.checked if body.checked is not msgspec.UNSET else None if body.draft else today(tx.now)
    new = _made(body.slug, body, checked)
    row = articles.begin(tx, new, _author(call), publish=not body.draft)
    return view(call, tx.now, tx.one(ONE, slug=row.slug), new, (0, 0))


def get_article(tx: Tx, call: Call) -> bodies.WholeArticle:
    return whole(tx, call, _row(tx, call))


def edit_article(tx: Tx, call: Call) -> bodies.WholeArticle:
    body: bodies.EditedArticle = call.body
    row = _row(tx, call, body.revision)
    new = _made(row.slug, body, body.checked)
    if row.archived_at is not None:
        raise Conflict(f"article {row.slug} is archived; restore it first")
    before = articles.said(tx, row.slug, row.draft_id or row.published_id)
    new = replace(new, asks=before.asks, lookup=before.lookup)  # which are written in Markdown alone
    return whole(tx, call, articles.save(tx, row, new, _author(call), publish=not body.draft))


def archive_article(tx: Tx, call: Call) -> None:
    articles.archive(tx, _row(tx, call))


def set_article_state(tx: Tx, call: Call) -> bodies.WholeArticle:
    row = _row(tx, call, call.body.revision)
    if call.body.state == "archived":
        row = articles.archive(tx, row)
    elif row.archived_at is not None:
        row = articles.restore(tx, row)
    else:
        row = articles.publish_draft(tx, row)
    return whole(tx, call, row)


def drop_article_draft(tx: Tx, call: Call) -> None:
    articles.drop_draft(tx, _row(tx, call))


def list_article_versions(tx: Tx, call: Call) -> bodies.Versions:
    row, page = _row(tx, call), _limit(call)
    before = min(int(call.query.get("after", 2**31 - 1)), 2**31 - 1)
    found = tx.all(articles.VERSIONS, whose=row.id, before=before, limit=page + 1)
    after = str(found[page - 1].number) if len(found) > page else None
    return bodies.Versions([version_view(tx, row, item) for item in found[:page]], after)


def diff_article_versions(tx: Tx, call: Call) -> bodies.Diff:
    row = _row(tx, call)
    after = int(call.query.get("to", 0)) or int(tx.one(articles.LAST, whose=row.id).number)
    before = int(call.query.get("from", 0)) or max(1, after - 1)
    old, new = (_markdown(tx, row, number) for number in (before, after))
    return bodies.Diff(before, after, [bodies.DiffLine(*line) for line in diff(old, new)])


def list_article_faults(tx: Tx, call: Call) -> bodies.Faults:
    """Of files, and then of articles that were changed in the folder and in the store at once."""
    skipped = [bodies.FaultView(row.path, row.line, row.reason, iso(row.at), None)
               for row in articles_in_step.faults(tx)]  # fmt: skip
    why = "was changed here and in the folder: what the folder said is a draft now; publish it or discard it"
    both = [bodies.FaultView(row.origin, 0, why, iso(row.at), row.slug) for row in articles_in_step.in_conflict(tx)]
    return bodies.Faults([*skipped, *both])


async def preview_markdown(desk: Desk, call: Call) -> bodies.Html:
    return bodies.Html(as_html(call.body.text))


async def keep_file(desk: Desk, call: Call) -> Call:
    """The file stays in the store of files until its row names it. Raises NotFound."""
    size = await desk.files.keep(call.body.file)
    return replace(call, body=msgspec.structs.replace(call.body, size=size))


def attach_article_file(tx: Tx, call: Call) -> bodies.ArticleFileView:
    sent = call.body
    row = article_files.attach(tx, str(call.path["slug"]), sent.name, sent.type, sent.size, sent.file)
    return file_view(str(call.path["slug"]), row)


def remove_article_file(tx: Tx, call: Call) -> None:
    article_files.detach(tx, str(call.path["slug"]), int(call.path["id"]))


def _row(tx: Tx, call: Call, revision: int | None = None) -> Any:
    row = articles.the_article(tx, str(call.path["slug"]))
    if revision is not None and revision != row.revision:
        raise Conflict(f"article {row.slug} was changed meanwhile; read it again")
    return row


def _author(call: Call) -> Author:
    return Author(call.caller.actor, "console" if call.caller.agent is not None else "API")


def _made(slug: str, body: bodies.ArticleFields, checked: date | None) -> Article:
    """The article that was asked for. Raises Invalid."""
    values = {name: getattr(body, name) for name in ("title", "questions", "language", "audience", "owner", "variants")}
    text = body.text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Invalid("the article has no text", "$.text")

    def refuse(key: str, reason: str) -> Invalid:
        return Invalid(reason, f"$.{key}")

    return fitting(made(slug, {**values, "checked": checked}, text, refuse), refuse)


def _limit(call: Call) -> int:
    asked = call.query.get("limit")
    return PAGE if asked is None else min(PAGE, max(1, int(asked)))


def _markdown(tx: Tx, row: Any, number: int) -> str:
    item = tx.one(articles.NUMBERED, whose=row.id, number=min(number, 2**31 - 1))
    if item is None:
        raise NotFound(f"article {row.slug} has no version {number}")
    return as_markdown(unpacked(row.slug, item.head, item.text))
