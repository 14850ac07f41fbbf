"""All pages of a site that its own sitemap names and its robots.txt lets be read, one after the other.

sitemaps.org/protocol.html; RFC 9309. Reads no XML: a sitemap is hostile text in which addresses stand between two tags.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from contactcenter.outside.pages import AGENT, Fetched, Refused, Site

PAGES_LIMIT = 2_000
MAPS_LIMIT = 50  # that one sitemap may name
WAIT, WAIT_LIMIT = 0.2, 10.0  # seconds between pages, unless the site asks for more

_LOC = re.compile(r"<loc>([^<]{1,2000})</loc>", re.IGNORECASE)


async def pages(site: Site, sitemap: str) -> AsyncIterator[Fetched | Refused]:
    """The pages, or why one was not had. Raises Refused for a sitemap that cannot be had."""
    robots = await _robots(site, sitemap)
    wait = min(float(robots.crawl_delay(AGENT) or WAIT), WAIT_LIMIT)
    seen: set[str] = set()
    async for url in _named(site, sitemap):
        if url in seen:
            continue
        seen.add(url)
        if len(seen) > PAGES_LIMIT:
            yield Refused(f"{sitemap} names more than {PAGES_LIMIT} pages; the rest is left out")
            return
        if not robots.can_fetch(AGENT, url):
            yield Refused(f"{url} is not to be read: robots.txt says so")
            continue
        await asyncio.sleep(wait)
        try:
            yield await site.get(url)
        except Refused as error:
            yield error


async def _named(site: Site, sitemap: str) -> AsyncIterator[str]:
    """The pages of a sitemap, and of those that it names."""
    text = _text(await site.get(sitemap))
    if "<sitemapindex" not in text:
        for url in _addresses(text):
            yield url
        return
    for inner in list(_addresses(text))[:MAPS_LIMIT]:
        for url in _addresses(_text(await site.get(inner))):
            yield url


async def _robots(site: Site, sitemap: str) -> RobotFileParser:
    """What may be read. Without a file: everything (RFC 9309 2.3.1.3)."""
    robots = RobotFileParser()
    try:
        fetched = await site.get(urljoin(sitemap, "/robots.txt"))
    except Refused as error:
        if not re.search(r"answers 4\d\d$", str(error)):
            raise
        robots.parse([])
        return robots
    robots.parse(_text(fetched).splitlines()[:5_000])
    return robots


def _addresses(text: str) -> list[str]:
    return [unescape(found).strip() for found in _LOC.findall(text)]


def _text(fetched: Fetched) -> str:
    return fetched.body.decode("utf-8", "replace")
