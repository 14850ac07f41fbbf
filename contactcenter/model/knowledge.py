"""What the desk knows: articles, every version of them, their files, and what readers thought of them.

The store is what every process reads. A folder of Markdown files may be kept in step with it: an article's row says
what its file held when the two were last compared (knowledge/steps decides what follows).
"""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT


class Article(SQLModel, table=True):
    """A page of knowledge: which of its versions is read, and which is a draft. The row stays when it is archived."""

    __table_args__ = (UniqueConstraint("slug"), Index("article_source", "source"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    slug: str
    published_id: int | None = Field(default=None, sa_type=BIGINT)  # the version that is read
    draft_id: int | None = Field(default=None, sa_type=BIGINT)  # the version that waits for somebody to publish it
    archived_at: int | None = Field(default=None, sa_type=BIGINT)
    path: str = ""  # its file, from the folder of articles on; blank while it never had one
    synced: str = ""  # SHA-256 of that file when it was last compared; blank: there was no file
    synced_id: int | None = Field(default=None, sa_type=BIGINT)  # the version that the file held then
    source: str = ""  # where it was imported from, so that another import finds it
    revision: int = Field(default=1, sa_type=BIGINT)  # grows with every change; the sum of all is the base's own


class ArticleVersion(SQLModel, table=True):
    """What an article said at some time. Never changed, never deleted."""

    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    article_id: int = Field(sa_type=BIGINT, foreign_key="article.id")
    number: int  # 1, 2, 3 … of this article
    head: str  # JSON of knowledge.articles.Head: what stands in the front matter
    text: str  # Markdown
    at: int = Field(sa_type=BIGINT)
    actor: str  # agent:<id>, a token's role, folder, import
    origin: str  # where it came from: console, a file's path, an address


class ArticleFile(SQLModel, table=True):
    """A file that goes with an article, for its readers to fetch."""

    __table_args__ = (UniqueConstraint("article_id", "name"), Index("articlefile_digest", "digest"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    article_id: int = Field(sa_type=BIGINT, foreign_key="article.id")
    name: str
    type: str
    size: int = Field(sa_type=BIGINT)
    digest: str
    at: int = Field(sa_type=BIGINT)


class ArticleFeedback(SQLModel, table=True):
    """How often readers of the help centre said on one day that an article helped, or did not."""

    article_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="article.id")
    day: str = Field(primary_key=True)  # 2026-11-22, UTC
    helped: int = 0
    not_helped: int = 0


class ArticleFault(SQLModel, table=True):
    """A file of the folder that is skipped, or that could not be kept in step, and why, as of the last comparison."""

    path: str = Field(primary_key=True)
    line: int
    reason: str
    at: int = Field(sa_type=BIGINT)
