"""Articles brought in from elsewhere: `contactcenter articles import`, and files that are given to the console."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from contactcenter.flow import article_imports
from contactcenter.knowledge.articles import ArticleError
from contactcenter.knowledge.importing.html import read_html
from contactcenter.knowledge.importing.incoming import (
    FILE_LIMIT,
    Brought,
    Incoming,
    Meant,
    read_file,
    read_folder,
    renamed,
    slug_of,
)
from contactcenter.outside.pages import Fetched, Refused, site
from contactcenter.outside.sitemap import pages
from contactcenter.ports import Store


@dataclass
class Told:
    """What became of what was imported: slugs by what became of them, and what could not be read."""

    became: dict[str, list[str]] = field(default_factory=lambda: {"added": [], "updated": [], "unchanged": []})
    faults: list[str] = field(default_factory=list)


async def bring(store: Store, what: str, meant: Meant, actor: str, *, private: bool = False) -> Told:
    """A folder, a file, or the address of a sitemap, as drafts. Raises ArticleError for what is none of them."""
    told = Told()
    async for brought in _brought(what, meant, private=private):
        await keep(store, brought, actor, told)
    return told


async def keep(store: Store, brought: Brought, actor: str, told: Told) -> None:
    """Each article in a transaction of its own."""
    told.faults += map(str, brought.faults)
    for incoming in brought.articles:
        became, slug = await store.write(article_imports.take, incoming, actor)
        told.became[became].append(slug)


async def _brought(what: str, meant: Meant, *, private: bool) -> AsyncIterator[Brought]:
    if what.startswith(("http://", "https://")):
        async for brought in _of_site(what, meant, private=private):
            yield brought
        return
    yield await asyncio.to_thread(_of_path, Path(what), meant)


def _of_path(path: Path, meant: Meant) -> Brought:
    if path.is_dir():
        return read_folder(path, meant)
    try:
        with path.open("rb") as opened:
            raw = opened.read(FILE_LIMIT + 1)
    except OSError as error:
        raise ArticleError(str(path), 0, f"cannot be read: {error.strerror}") from None
    return read_file(path.name, raw, meant)


async def _of_site(url: str, meant: Meant, *, private: bool) -> AsyncIterator[Brought]:
    try:
        async with site(url, private=private) as there:
            async for found in pages(there, url):
                yield await asyncio.to_thread(_of_page, found, meant)
    except Refused as error:
        raise ArticleError(url, 0, f"cannot be imported: {error}") from None


def _of_page(found: Fetched | Refused, meant: Meant) -> Brought:
    """A page under the name its address ends with."""
    if isinstance(found, Refused):
        return Brought([], [ArticleError("sitemap", 0, str(found))])
    if found.type not in ("text/html", "application/xhtml+xml"):
        return Brought([], [ArticleError(found.url, 0, f"is {found.type}, no page")])
    try:
        article = read_html(found.url, found.body, found.url, meant)
    except ArticleError as fault:
        return Brought([], [fault])
    last = urlsplit(found.url).path.rstrip("/").rpartition("/")[2].partition(".")[0]
    incoming = Incoming(article, found.url)
    return Brought([renamed(incoming, slug_of(last)) if last else incoming])
