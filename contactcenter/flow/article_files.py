"""Files that go with articles. Their bytes lie in the file store, which keeps what a row here names."""

from typing import Any

from sqlalchemy import delete, select

from contactcenter.flow import articles
from contactcenter.model.columns import adding, bind, clean, table
from contactcenter.model.knowledge import ArticleFile
from contactcenter.model.values import Conflict, NotFound
from contactcenter.ports import Tx

FILES_LIMIT = 50  # of one article

file = table(ArticleFile)

ADD = adding(file)
OF = select(file).where(file.c.article_id == bind("whose")).order_by(file.c.name)
ONE = select(file).where(file.c.article_id == bind("whose"), file.c.id == bind("id"))
NAMED = select(file).where(file.c.article_id == bind("whose"), file.c.name == bind("name"))
DROP = delete(file).where(file.c.id == bind("id"))


def attach(tx: Tx, slug: str, name: str, kind: str, size: int, digest: str) -> Any:
    """Have a file go with an article; one of that name is replaced. Its row. Raises NotFound, Conflict."""
    row = articles.the_article(tx, slug)
    name = clean(name)
    before = tx.one(NAMED, whose=row.id, name=name)
    if before is not None:
        tx.run(DROP, id=before.id)
    elif len(of(tx, row.id)) >= FILES_LIMIT:
        raise Conflict(f"article {slug} has {FILES_LIMIT} files already; remove one first")
    tx.run(ADD, article_id=row.id, name=name, type=clean(kind), size=size, digest=digest, at=tx.now)
    articles.change(tx, row)
    return tx.one(NAMED, whose=row.id, name=name)


def detach(tx: Tx, slug: str, number: int) -> None:
    """Take a file away. Raises NotFound."""
    row = articles.the_article(tx, slug)
    found = tx.one(ONE, whose=row.id, id=number)
    if found is None:
        raise NotFound(f"article {slug} has no file {number}")
    tx.run(DROP, id=found.id)
    articles.change(tx, row)


def of(tx: Tx, article_id: int) -> list[Any]:
    """The files of an article, by name."""
    return tx.all(OF, whose=article_id)
