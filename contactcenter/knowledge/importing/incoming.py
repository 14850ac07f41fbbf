"""What an import brings: articles that become drafts, each with its source, by which another import finds it again.

`read_file` tells by the name what kind of file it is. What cannot be read is a fault that names its place; the rest
comes in. Called by `contactcenter articles import` and by the API, in a thread.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from contactcenter.knowledge.articles import Article, ArticleError
from contactcenter.knowledge.folder import look
from contactcenter.knowledge.front import TITLE_LIMIT, decoded, read_article

FILE_LIMIT = 20 * 1024 * 1024  # bytes
SLUG_LIMIT = 60  # characters
ENDINGS = (".md", ".csv", ".html", ".htm", ".pdf")


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article, and where it came from: the same for the same thing, however often it is imported."""

    article: Article
    source: str


class Brought(NamedTuple):
    """What was read, and what could not be."""

    articles: Sequence[Incoming]
    faults: Sequence[ArticleError] = ()


class Meant(NamedTuple):
    """What is true of articles that do not say it themselves."""

    language: str = "en"
    audience: str = "public"


def read_file(name: str, raw: bytes, meant: Meant) -> Brought:
    """The articles of a file. Raises ArticleError for a file that brings none."""
    ending = Path(name).suffix.lower()
    if len(raw) > FILE_LIMIT:
        raise ArticleError(name, 0, f"larger than {FILE_LIMIT // 1024 // 1024} MiB; split it")
    if ending not in ENDINGS:
        raise ArticleError(name, 0, f"is none of {', '.join(ENDINGS)}; save it as one of them")
    return READERS[ending](name, raw, meant)


def read_folder(folder: Path, meant: Meant) -> Brought:
    """The Markdown files of a folder, with front matter. Raises ArticleError for a folder that is none."""
    found = look(folder).values()
    good = [Incoming(file.article, f"{folder.name}/{file.path}") for file in found if file.article is not None]
    return Brought(good, [file.fault for file in found if file.fault is not None])


def page(name: str, title: str, text: str, language: str, meant: Meant) -> Article:
    """An article of a title and Markdown that were found in `name`. Raises ArticleError where there is no text."""
    if not text.strip():
        raise ArticleError(name, 0, "has no text that could be read")
    title = " ".join(title.split())[:TITLE_LIMIT].strip() or Path(name).stem[:TITLE_LIMIT] or "Untitled"
    text = text.replace("\0", "").strip()
    return Article(slug_of(title), title, text, language=language or meant.language, audience=meant.audience)


def slug_of(title: str) -> str:
    """Letters, digits and hyphens that stand for a title, the same for the same title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]++", "-", plain).strip("-")[:SLUG_LIMIT].strip("-")
    return slug or f"article-{hashlib.sha256(title.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _markdown(name: str, raw: bytes, meant: Meant) -> Brought:
    slug = slug_of(Path(name).stem)
    return Brought([Incoming(read_article(slug, decoded(raw, name), name), name)])


def _html(name: str, raw: bytes, meant: Meant) -> Brought:
    from contactcenter.knowledge.importing.html import read_html

    return Brought([Incoming(read_html(name, raw, "", meant), name)])


def _csv(name: str, raw: bytes, meant: Meant) -> Brought:
    from contactcenter.knowledge.importing.table import read_table

    return read_table(name, raw, meant)


def _pdf(name: str, raw: bytes, meant: Meant) -> Brought:
    from contactcenter.knowledge.importing.pdf import read_pdf

    return Brought([Incoming(read_pdf(name, raw, meant), name)])


READERS: Mapping[str, Callable[[str, bytes, Meant], Brought]] = MappingProxyType(
    {".md": _markdown, ".csv": _csv, ".html": _html, ".htm": _html, ".pdf": _pdf}
)


def renamed(incoming: Incoming, slug: str) -> Incoming:
    """The same under another name."""
    return replace(incoming, article=replace(incoming.article, slug=slug))
