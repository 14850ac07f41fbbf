"""The public help centre at /help: published articles that are for everybody, found, read and judged without a script.

Reads the shelf of this process (contactcenter/instep fills it), so that a page asks the store for nothing but files.
All text is escaped, Markdown brings no HTML of its own, and the content policy allows nothing from elsewhere.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from urllib.parse import quote

from aiohttp import hdrs, web

from contactcenter.channels.payload import begun
from contactcenter.flow import article_files, articles
from contactcenter.flow.views import iso
from contactcenter.knowledge.shelf import QUERY_LIMIT, Page, related
from contactcenter.model.columns import SECOND
from contactcenter.model.values import NotFound
from contactcenter.thinking import think
from contactcenter.web.api.operations import Desk
from contactcenter.web.auth import same_origin
from contactcenter.web.files import streamed
from contactcenter.web.markdown import as_html
from contactcenter.web.paced import Paced

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FEEDBACK_LIMIT = 4096  # bytes of a form
RELATED = 4
LISTED = 200  # articles on one page
NAMES = {
    "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "en": "English", "es": "Español", "fi": "Suomi", "fr": "Français",
    "it": "Italiano", "ja": "日本語", "nl": "Nederlands", "no": "Norsk", "pl": "Polski", "pt": "Português",
    "pt-BR": "Português (Brasil)", "ro": "Română", "ru": "Русский", "sv": "Svenska", "tr": "Türkçe", "uk": "Українська",
    "zh": "中文",
}  # fmt: skip

_rendered = lru_cache(maxsize=256)(as_html)


def routes(desk: Desk) -> list[web.RouteDef]:
    """The routes of the help centre."""
    centre = HelpCentre(desk)
    return [
        web.get("/help", centre.contents),
        web.get("/help/sitemap.xml", centre.sitemap),
        web.get("/help/{slug}", centre.article),
        web.post("/help/{slug}", centre.judge),
        web.get("/help/{slug}/{name}", centre.file),
    ]


class HelpCentre:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._paced = Paced()
        self._thinking = asyncio.Semaphore(1)

    async def contents(self, request: web.Request) -> web.StreamResponse:
        """All articles of a language, or those that are searched for."""
        pages = self._desk.shelf.public()
        asked = " ".join(request.query.get("q", "")[:QUERY_LIMIT].split())
        spoken = sorted({page.article.language for page in pages})
        language = _language(request, spoken)
        if asked:
            body = _found(asked, await self._search(asked))
        else:
            body = _listed([page for page in pages if page.article.language == language])
        head = f"<h1>{'How can we help?' if not asked else 'Search'}</h1>{_search_form(asked)}"
        body = f"{head}{'' if asked else _languages(spoken, language)}{body}{self._chats()}"
        at = max((page.at for page in pages), default=0)
        return _answer(request, _page("Help", body, language or "en"), 0 if asked else at)

    async def article(self, request: web.Request) -> web.StreamResponse:
        """One article."""
        page = await self._page(request.match_info["slug"])
        files = await self._desk.store.read(article_files.of, page.id)
        article = page.article
        slug = quote(article.slug, safe="")
        listed = "".join(
            f'<li><a href="/help/{slug}/{quote(row.name, safe="")}">{escape(row.name)}</a> '
            f"<small>{_size(row.size)}</small></li>"
            for row in files
        )
        attached = f'<h2>Files</h2><ul class="files">{listed}</ul>' if listed else ""
        checked = f'<p class="checked">Checked on {_day(article.checked)}</p>' if article.checked else ""
        body = (
            f'<nav class="back"><a href="/help">All articles</a></nav>{_search_form("")}'
            f'<article lang="{escape(article.language)}"><h1>{escape(article.title)}</h1>'
            f"{_rendered(article.text)}{attached}{checked}</article>{_verdict(slug, request.query.get('said', ''))}"
            f"{self._related(page)}{self._chats()}"
        )
        return _answer(request, _page(article.title, body, article.language), page.at)

    async def judge(self, request: web.Request) -> web.StreamResponse:
        """A reader says whether it helped: a plain form of our own pages, so many times."""
        same_origin(request, self._desk.public_url)
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise web.HTTPForbidden(text="this form is not of this page")
        page = await self._page(request.match_info["slug"])
        if (request.content_length or 0) > FEEDBACK_LIMIT:
            raise web.HTTPRequestEntityTooLarge(FEEDBACK_LIMIT, request.content_length or 0)
        form = (await request.read())[:FEEDBACK_LIMIT].decode("utf-8", "replace")
        helped = dict(pair.partition("=")[::2] for pair in form.split("&")).get("helped", "")
        if helped not in ("yes", "no"):
            raise web.HTTPUnprocessableEntity(text="helped can be yes or no")
        if self._paced.may(request.remote or ""):
            day = datetime.fromtimestamp(self._desk.clock.now() / SECOND, UTC).date().isoformat()
            await self._desk.store.write(articles.thank, page.id, day, helped == "yes")
        target = f"/help/{quote(page.article.slug, safe='')}?said={helped}#said"
        return web.Response(status=303, headers={"Location": target})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of an article."""
        page = await self._page(request.match_info["slug"])
        name = request.match_info["name"]
        row = await self._desk.store.read(lambda tx: tx.one(article_files.NAMED, whose=page.id, name=name))
        if row is None:
            raise NotFound(f"there is no file {name!r}")
        return await streamed(request, await begun(self._desk.files.open(row.digest)), row.name, row.type)

    async def sitemap(self, request: web.Request) -> web.StreamResponse:
        """For search engines (sitemaps.org/protocol.html): every public article, and when it changed."""
        pages = self._desk.shelf.public()
        base = f"{self._desk.public_url}/help"
        urls = "".join(
            f"<url><loc>{escape(base)}/{quote(page.article.slug, safe='')}</loc>"
            f"<lastmod>{iso(page.at)[:10]}</lastmod></url>"
            for page in pages
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{escape(base)}</loc></url>{urls}'
            "</urlset>"
        )
        at = max((page.at for page in pages), default=0)
        return _answer(request, text, at, "application/xml")

    async def _page(self, slug: str) -> Page:
        """The article that everybody may read. Raises 404 for one that never was, 410 for one that was archived."""
        page = self._desk.shelf.contents.pages.get(slug)
        if page is not None and page.article.audience == "public":
            return page
        row = await self._desk.store.read(lambda tx: tx.one(articles.BY_SLUG, slug=slug))
        if row is not None and row.archived_at is not None and row.published_id is not None:
            was = await self._desk.store.read(articles.said, slug, row.published_id)
            if was.audience == "public":
                raise web.HTTPGone(text="this article is no longer valid; look for another one under /help")
        raise NotFound(f"there is no article {slug!r}")

    async def _search(self, asked: str) -> list[Page]:
        """By words; where no word is found, what the assistant would think of, for one reader at a time: it thinks for
        customers who wait, too."""
        found = self._desk.shelf.search(asked)
        if found or self._thinking.locked():
            return found
        pages = self._desk.shelf.contents.pages
        async with self._thinking:
            suggested = await think(self._desk.assistant.suggest, asked, 5)
        near = (pages.get(item.article.slug) for item in suggested)
        return [page for page in near if page is not None and page.article.audience == "public"]

    def _related(self, page: Page) -> str:
        others = related(self._desk.shelf, page, RELATED)
        return f'<section class="related"><h2>Read on</h2>{_links(others)}</section>' if others else ""

    def _chats(self) -> str:
        """Where people can be asked."""
        ways = self._desk.policies.ways.items()
        name = next((name for name, way in ways if way.channel.kind == "webchat"), "")
        if not name:
            return ""
        return f'<p class="chat">Not what you need? <a href="/chat/{escape(name)}">Chat with us</a></p>'


def _language(request: web.Request, spoken: Sequence[str]) -> str:
    """The one that was chosen, the reader's own, English, or any."""
    if (chosen := request.query.get("language", "")) in spoken:
        return chosen
    accepted = request.headers.get("Accept-Language", "")[:500].lower()
    for part in accepted.split(",")[:20]:
        code = part.partition(";")[0].strip()
        for language in spoken:
            if code and (language.lower() == code or language.lower() == code.partition("-")[0]):
                return language
    return "en" if "en" in spoken or not spoken else spoken[0]


def _search_form(asked: str) -> str:
    return (
        '<form class="search" role="search" action="/help"><label class="unseen" for="q">Search the articles</label>'
        f'<input id="q" name="q" type="search" maxlength="{QUERY_LIMIT}" value="{escape(asked)}" '
        'placeholder="What is it about?"><button>Search</button></form>'
    )


def _languages(spoken: Sequence[str], chosen: str) -> str:
    if len(spoken) < 2:
        return ""
    items = "".join(
        f'<li><a href="/help?language={quote(language)}" lang="{escape(language)}" hreflang="{escape(language)}"'
        f"{' aria-current=page' if language == chosen else ''}>{escape(NAMES.get(language, language))}</a></li>"
        for language in spoken
    )
    return f'<nav class="languages" aria-label="Languages"><ul>{items}</ul></nav>'


def _listed(pages: Sequence[Page]) -> str:
    if not pages:
        return '<p class="none">There are no articles yet.</p>'
    more = f'<p class="none">And {len(pages) - LISTED} more: search for them.</p>' if len(pages) > LISTED else ""
    return _links(pages[:LISTED]) + more


def _found(asked: str, pages: Sequence[Page]) -> str:
    if not pages:
        return f'<p class="none">Nothing was found for “{escape(asked)}”. <a href="/help">See all articles</a></p>'
    return f'<p class="none">What fits “{escape(asked)}” best:</p>{_links(pages)}'


def _links(pages: Sequence[Page]) -> str:
    items = "".join(
        f'<li><a href="/help/{quote(page.article.slug, safe="")}" lang="{escape(page.article.language)}">'
        f"<strong>{escape(page.article.title)}</strong><span>{escape(_short(page.summary))}</span></a></li>"
        for page in pages
    )
    return f'<ul class="articles">{items}</ul>'


def _verdict(slug: str, said: str) -> str:
    """Buttons of a form; after one of them was pressed, thanks."""
    if said in ("yes", "no"):
        words = "Thank you." if said == "yes" else "Thank you. We will look at this article again."
        return f'<p class="verdict" id="said" role="status">{words}</p>'
    return (
        f'<form class="verdict" method="post" action="/help/{slug}"><p>Did this help?</p>'
        '<button name="helped" value="yes">Yes</button> <button name="helped" value="no">No</button></form>'
    )


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:160].rpartition(' ')[0] or text[:160]}…"


def _size(size: int) -> str:
    return f"{size / 1024:.0f} KiB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MiB"


def _day(day: object) -> str:
    return f'<time datetime="{day}">{day:%d %B %Y}</time>'.replace(">0", ">")


def _page(title: str, body: str, language: str) -> str:
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        '<link rel="stylesheet" href="/assets/help.css"></head>'
        f'<body><header class="top"><a href="/help">Help</a></header><main>{body}</main></body></html>'
    )


def _answer(request: web.Request, text: str, at: int, kind: str = "text/html") -> web.Response:
    """The page, or that the reader has it already (RFC 9110 13.1)."""
    raw = text.encode()
    tag = hashlib.sha256(raw).hexdigest()[:24]
    headers = {
        hdrs.CACHE_CONTROL: "no-cache",
        hdrs.ETAG: f'"{tag}"',
        hdrs.VARY: "Accept-Language",
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "same-origin",
    }
    if at:
        headers[hdrs.LAST_MODIFIED] = format_datetime(datetime.fromtimestamp(at // SECOND, UTC), usegmt=True)
    known = request.if_none_match
    if known is not None and any(item.value in (tag, "*") for item in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=raw, content_type=kind, charset="utf-8", headers=headers)
