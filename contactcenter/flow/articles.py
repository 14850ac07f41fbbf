"""Articles in the store: written, drafted, published, archived, restored; every version is kept.

Called by the API (web/api/knowledge), by imports, and by whoever keeps the folder in step (flow/articles_in_step). Each
change goes by the revision of the article's row, so that of two at once the second is refused and not silently lost.
Every process hears of a change on TOPIC, and finds it by `revision` where it did not.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, cast, func, select, update

from contactcenter.knowledge.articles import Article, packed, unpacked
from contactcenter.model.columns import BLANK, ONE, ZERO, adding, adding_new, bind, clean, table
from contactcenter.model.knowledge import Article as ArticleRow
from contactcenter.model.knowledge import ArticleFeedback, ArticleVersion
from contactcenter.model.values import Conflict, NotFound
from contactcenter.ports import Tx

TOPIC = "articles"  # on which processes hear that articles have changed
WAKES = "articles"  # the hint for whoever keeps the folder in step

article, version, feedback = table(ArticleRow), table(ArticleVersion), table(ArticleFeedback)

ADD = adding_new(article, "slug", published_id=None, draft_id=None, archived_at=None, path=BLANK, synced=BLANK,
                 synced_id=None, revision=ONE)  # fmt: skip
ADD_VERSION = adding(version)
BY_SLUG = select(article).where(article.c.slug == bind("slug"))
BY_SOURCE = select(article).where(article.c.source == bind("source")).order_by(article.c.id).limit(1)
ALL = select(article).order_by(article.c.slug)
REVISION = select(cast(func.coalesce(func.sum(article.c.revision), 0), BigInteger).label("revision"))
VERSION = select(version).where(version.c.id == bind("id"))
NUMBERED = select(version).where(version.c.article_id == bind("whose"), version.c.number == bind("number"))
VERSIONS = (
    select(version)
    .where(version.c.article_id == bind("whose"), version.c.number < bind("before"))
    .order_by(version.c.number.desc())
    .limit(bind("limit"))
)
LAST = select(func.coalesce(func.max(version.c.number), 0).label("number")).where(version.c.article_id == bind("whose"))
LAST_FROM = (
    select(version)
    .where(version.c.article_id == bind("whose"), version.c.origin == bind("origin"))
    .order_by(version.c.number.desc())
    .limit(1)
)
PUBLISHED = (
    select(article.c.id.label("row"), article.c.slug, version)
    .join(version, version.c.id == article.c.published_id)
    .where(article.c.archived_at.is_(None))
    .order_by(article.c.slug)
)
CHANGE = (
    update(article)
    .where(article.c.id == bind("row"), article.c.revision == bind("seen"))
    .values(
        published_id=bind("published"),
        draft_id=bind("draft"),
        archived_at=bind("archived"),
        revision=article.c.revision + 1,
    )
)
BEGIN_DAY = adding_new(feedback, "article_id", "day", article_id=bind("whose"), day=bind("on"), helped=ZERO,
                       not_helped=ZERO)  # fmt: skip
HELPED = update(feedback).where(feedback.c.article_id == bind("whose"), feedback.c.day == bind("on"))
HELPED = HELPED.values(helped=feedback.c.helped + bind("yes"), not_helped=feedback.c.not_helped + bind("no"))
FEEDBACK = select(
    feedback.c.article_id,
    cast(func.sum(feedback.c.helped), BigInteger).label("helped"),
    cast(func.sum(feedback.c.not_helped), BigInteger).label("not_helped"),
).group_by(feedback.c.article_id)


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes an article, and by which way."""

    actor: str  # agent:3, a token's role, folder, import
    origin: str  # console, a file's path, an address


def revision(tx: Tx) -> int:
    """Another number whenever anything about any article has changed."""
    return int(tx.one(REVISION).revision)


def published(tx: Tx) -> list[Any]:
    """What is read, by slug: rows of the version, with the slug and the article's id as `row`."""
    return tx.all(PUBLISHED)


def the_article(tx: Tx, slug: str) -> Any:
    """Its row; raises NotFound."""
    row = tx.one(BY_SLUG, slug=slug)
    if row is None:
        raise NotFound(f"there is no article {slug!r}")
    return row


def begin(tx: Tx, new: Article, author: Author, *, publish: bool, source: str = "") -> Any:
    """A new article, published or as a draft; its row. Raises Conflict for a known slug."""
    if not tx.add(ADD, slug=new.slug, source=source):
        raise Conflict(f"there is an article {new.slug} already")
    return save(tx, the_article(tx, new.slug), new, author, publish=publish)


def save(tx: Tx, row: Any, new: Article, author: Author, *, publish: bool) -> Any:
    """A new version, published or as a draft; the article's row as it is now. What says the same as before is none."""
    before = row.published_id if publish else row.draft_id or row.published_id
    kept = before if before is not None and content(tx, before) == packed(new) else keep(tx, row, new, author)
    if publish:
        return change(tx, row, published_id=kept, draft_id=None, archived_at=None)
    return change(tx, row, draft_id=None if kept == row.published_id else kept)


def keep(tx: Tx, row: Any, new: Article, author: Author) -> int:
    """The version's number in the table; the article does not change yet."""
    head, text = packed(new)
    return tx.add(
        ADD_VERSION,
        article_id=row.id,
        number=tx.one(LAST, whose=row.id).number + 1,
        head=clean(head),
        text=clean(text),
        at=tx.now,
        actor=author.actor,
        origin=clean(author.origin),
    )


def content(tx: Tx, version_id: int) -> tuple[str, str]:
    """What a version says, packed."""
    found = tx.one(VERSION, id=version_id)
    return found.head, found.text


def said(tx: Tx, slug: str, version_id: int) -> Article:
    """What a version says."""
    return unpacked(slug, *content(tx, version_id))


def publish_draft(tx: Tx, row: Any) -> Any:
    """The draft is read from now on; an archived article is restored by it. Raises Conflict."""
    if row.draft_id is None:
        raise Conflict(f"article {row.slug} has no draft to publish")
    return change(tx, row, published_id=row.draft_id, draft_id=None, archived_at=None)


def drop_draft(tx: Tx, row: Any) -> Any:
    """Nobody waits for the draft any more; its version stays. An article that was nothing else is archived."""
    if row.draft_id is None:
        raise Conflict(f"article {row.slug} has no draft")
    archived = tx.now if row.published_id is None else row.archived_at
    return change(tx, row, draft_id=None, archived_at=archived)


def archive(tx: Tx, row: Any) -> Any:
    """Nobody reads it any more; it stays."""
    return row if row.archived_at is not None else change(tx, row, archived_at=tx.now)


def restore(tx: Tx, row: Any) -> Any:
    """It is what it was before it was archived. One that was only ever a draft has its last version as its draft."""
    if row.published_id is None and row.draft_id is None:
        last = tx.all(VERSIONS, whose=row.id, before=2**31 - 1, limit=1)[0]
        return change(tx, row, archived_at=None, draft_id=last.id)
    return row if row.archived_at is None else change(tx, row, archived_at=None)


def change(tx: Tx, row: Any, **changed: int | None) -> Any:
    """The row with another published_id, draft_id or archived_at, or none of them where its files have changed.

    Raises Conflict where somebody else has changed it since it was read.
    """
    kept = {name: changed.get(name, getattr(row, name)) for name in ("published_id", "draft_id", "archived_at")}
    done = tx.run(
        CHANGE,
        row=row.id,
        seen=row.revision,
        published=kept["published_id"],
        draft=kept["draft_id"],
        archived=kept["archived_at"],
    )
    if not done:
        raise Conflict(f"article {row.slug} was changed meanwhile; read it again")
    tx.publish([TOPIC], b"")
    tx.wake(WAKES)
    return the_article(tx, row.slug)


def thank(tx: Tx, article_id: int, day: str, helped: bool) -> None:
    """A reader says whether the article helped."""
    told = {"whose": article_id, "on": day, "yes": int(helped), "no": int(not helped)}
    if not tx.run(HELPED, **told):
        tx.run(BEGIN_DAY, whose=article_id, on=day)
        tx.run(HELPED, **told)


def thanks(tx: Tx) -> dict[int, tuple[int, int]]:
    """By article: how often it helped, and how often it did not."""
    return {row.article_id: (int(row.helped), int(row.not_helped)) for row in tx.all(FEEDBACK)}
