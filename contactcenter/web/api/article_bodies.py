"""What the API takes and answers of articles."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from contactcenter.web.api.bodies import VISIBLE, Id, SentFile

Asked = Annotated[str, msgspec.Meta(max_length=500)]
Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,80}$")]
Body = Annotated[str, msgspec.Meta(min_length=1, max_length=200_000)]


class ArticleFields(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an article says. `variants` by a channel's name or kind."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    text: Body
    questions: Annotated[list[Asked], msgspec.Meta(max_length=200)] = []
    language: Annotated[str, msgspec.Meta(max_length=40)] = "en"
    audience: Literal["public", "agents"] = "public"
    owner: Annotated[str, msgspec.Meta(max_length=200, pattern=VISIBLE)] = ""
    variants: dict[str, Annotated[str, msgspec.Meta(max_length=4000)]] = {}
    draft: bool = False


class NewArticle(ArticleFields, forbid_unknown_fields=True, kw_only=True):
    """An article to be written; its first paragraph answers. `checked`: today when left out, but for a draft."""

    slug: Slug
    checked: date | msgspec.UnsetType | None = msgspec.UNSET


class EditedArticle(ArticleFields, forbid_unknown_fields=True, kw_only=True):
    """What an article is to say from now on, or as its draft; `revision` guards against races."""

    checked: date | None = None
    revision: Id | None = None


class ArticleState(msgspec.Struct, forbid_unknown_fields=True):
    """published: the draft is read from now on, or what was archived is restored. archived: nobody reads it."""

    state: Literal["published", "archived"]
    revision: Id | None = None


class ArticleView(msgspec.Struct):
    """An article of the knowledge base, without its text."""

    slug: str
    title: str
    questions: list[str]
    language: str
    audience: str
    checked: str | None
    url: str
    owner: str
    state: Literal["published", "draft", "archived"]
    has_draft: bool
    stale: bool
    changed_at: str
    revision: int
    helped: int
    not_helped: int


class Articles(msgspec.Struct):
    """Articles by slug."""

    items: list[ArticleView]
    next: str | None = None


class VersionView(msgspec.Struct):
    """What an article said at some time."""

    number: int
    title: str
    text: str
    questions: list[str]
    language: str
    audience: str
    checked: str | None
    owner: str
    variants: dict[str, str]
    at: str
    by: str
    origin: str
    state: Literal["published", "draft", "past"]


class Versions(msgspec.Struct):
    """Versions, newest first."""

    items: list[VersionView]
    next: str | None = None


class ArticleFileView(msgspec.Struct):
    """A file that goes with an article; `url` is for agents."""

    id: int
    name: str
    type: str
    size: int
    url: str


class WholeArticle(msgspec.Struct):
    """An article with what is read and what is drafted."""

    slug: str
    url: str
    state: Literal["published", "draft", "archived"]
    stale: bool
    revision: int
    published: VersionView | None
    draft: VersionView | None
    files: list[ArticleFileView]
    helped: int
    not_helped: int
    path: str
    source: str


class DiffLine(msgspec.Struct):
    """A line of either version; a gap stands for so many lines that are the same."""

    kind: Literal["same", "added", "removed", "gap"]
    text: str


class Diff(msgspec.Struct):
    """What is different between two versions."""

    before: int
    after: int
    items: list[DiffLine]


class FaultView(msgspec.Struct):
    """A file of the knowledge folder that is skipped, or an article that was changed on both sides."""

    path: str
    line: int
    reason: str
    at: str
    article: str | None


class Faults(msgspec.Struct):
    """What people have to see to."""

    items: list[FaultView]
    next: str | None = None


class Markdown(msgspec.Struct, forbid_unknown_fields=True):
    """Markdown to be looked at."""

    text: Annotated[str, msgspec.Meta(max_length=200_000)]


class Html(msgspec.Struct):
    """As the help centre shows it: no HTML of the author's own is in it."""

    html: str


class ArticleImport(SentFile, forbid_unknown_fields=True):
    """An uploaded file (POST /files) to make drafts of: PDF, HTML, Markdown or CSV."""

    language: Annotated[str, msgspec.Meta(max_length=40)] = "en"
    audience: Literal["public", "agents"] = "public"


class Imported(msgspec.Struct):
    """The drafts that were made, by slug, and what could not be read."""

    added: list[str]
    updated: list[str]
    unchanged: list[str]
    faults: list[str]
