"""What the store remembers of the knowledge folder, and each step that keeps the two in step, in one transaction.

Called by contactcenter/instep, which reads and writes the files. A step that finds the article changed since the
decision raises Conflict: the next comparison decides again.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update

from contactcenter.flow import articles
from contactcenter.flow.articles import Author, article, version
from contactcenter.knowledge.articles import Article, ArticleError, unpacked
from contactcenter.knowledge.steps import Known, Step
from contactcenter.model.columns import BLANK, NULL, adding, bind, clean, table
from contactcenter.model.knowledge import ArticleFault
from contactcenter.model.values import Conflict
from contactcenter.ports import Tx

BY = "folder"

_fault = table(ArticleFault)

KNOWN = select(article, version.c.head, version.c.text).outerjoin(version, version.c.id == article.c.published_id)
FAULTS = select(_fault).order_by(_fault.c.path)
DROP_FAULTS = delete(_fault)
ADD_FAULT = adding(_fault)
MARK = (
    update(article)
    .where(article.c.id == bind("row"))
    .values(path=bind("file"), synced=bind("digest"), synced_id=bind("held"))
)
FORGET = update(article).values(synced=BLANK, synced_id=NULL)
IN_CONFLICT = (
    select(article.c.slug, version.c.origin, version.c.at)
    .join(version, version.c.id == article.c.draft_id)
    .where(version.c.actor == BY)
    .order_by(article.c.slug)
)


class ToWrite(NamedTuple):
    """What a file is to hold: of this version."""

    article: Article
    version: int


def known(tx: Tx) -> dict[str, Known]:
    """Every article, as the decision needs it."""
    return {row.slug: _known(row) for row in tx.all(KNOWN)}


def take(tx: Tx, step: Step, revision: int) -> None:
    """A step that is done in the store alone: take_in, draft, note, archive, forget. Raises Conflict."""
    if step.does == "take_in" and revision == 0:
        row = articles.begin(tx, _article(step), _folder(step), publish=True)
        _mark(tx, row, step, row.published_id)
        return
    row = articles.the_article(tx, step.slug)
    _must_be(row, revision)
    match step.does:
        case "take_in":
            kept = articles.keep(tx, row, _article(step), _folder(step))
            articles.change(tx, row, published_id=kept, archived_at=None)
            _mark(tx, row, step, kept)
        case "draft":
            kept = articles.keep(tx, row, _article(step), _folder(step))
            articles.change(tx, row, draft_id=kept)
            _mark(tx, row, step, kept)
        case "note":
            _mark(tx, row, step, row.published_id)
        case "archive":
            articles.change(tx, row, archived_at=tx.now)
            _mark(tx, row, step, None)
        case _:
            _mark(tx, row, step, None)


def to_write(tx: Tx, slug: str, revision: int) -> ToWrite:
    """What is published, to be written to its file. Raises Conflict."""
    row = articles.the_article(tx, slug)
    _must_be(row, revision)
    return ToWrite(articles.said(tx, slug, row.published_id), row.published_id)


def wrote(tx: Tx, slug: str, path: str, digest: str, held: int) -> None:
    """The file holds that version now, whatever became of the article meanwhile."""
    tx.run(MARK, row=articles.the_article(tx, slug).id, file=path, digest=digest, held=held)


def forget_files(tx: Tx) -> None:
    """No article had a file: the next comparison takes the folder as it is, and writes to it what is not there."""
    tx.run(FORGET)


def tell_faults(tx: Tx, faults: Sequence[ArticleError]) -> bool:
    """Remember what is wrong with files of the folder; whether that is news."""
    told = sorted({fault.where: (fault.line, clean(fault.reason)) for fault in faults}.items())
    if [(row.path, (row.line, row.reason)) for row in tx.all(FAULTS)] == told:
        return False
    tx.run(DROP_FAULTS)
    for path, (line, reason) in told:
        tx.run(ADD_FAULT, path=path, line=line, reason=reason, at=tx.now)
    tx.publish([articles.TOPIC], b"")
    return True


def faults(tx: Tx) -> list[Any]:
    """Files of the folder that are skipped, as of the last comparison."""
    return tx.all(FAULTS)


def in_conflict(tx: Tx) -> list[Any]:
    """Drafts that came from the folder, because both sides had changed: slug, origin (the file), at."""
    return tx.all(IN_CONFLICT)


def _article(step: Step) -> Article:
    assert step.file is not None and step.file.article is not None  # noqa: S101, PT018 (only such files are decided on)
    return step.file.article


def _folder(step: Step) -> Author:
    return Author(BY, step.file.path if step.file else "")


def _mark(tx: Tx, row: Any, step: Step, held: int | None) -> None:
    """What the file is now; without one, that there is none. No change to what anybody reads, so no new revision."""
    path, digest = (step.file.path, step.file.digest) if step.file else (row.path, "")
    tx.run(MARK, row=row.id, file=path, digest=digest, held=held)


def _must_be(row: Any, revision: int) -> None:
    if row.revision != revision:
        raise Conflict(f"article {row.slug} was changed meanwhile")


def _known(row: Any) -> Known:
    content = None if row.head is None else (row.head, row.text)
    return Known(
        row.slug, row.path, row.synced, row.synced_id, row.published_id, row.archived_at is not None, content,
        row.revision,
    )  # fmt: skip


def shown(row: Any) -> Article:
    """The article of a row of `articles.published`."""
    return unpacked(row.slug, row.head, row.text)
