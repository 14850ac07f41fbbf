"""Pages of one web site, fetched with care: the addresses are somebody else's and may lead anywhere.

Only http and https, only the host that was named, only public addresses (unless the caller says otherwise), looked up
by the resolver that also connects, so that a name cannot mean one address when it is checked and another when it is
used. Redirects are followed by hand under the same rules. Size and time of every answer are limited.
"""

import socket
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

AGENT = "contactcenter"
SIZE_LIMIT = 5 * 1024 * 1024  # bytes of one page, unpacked
SECONDS = 20.0
REDIRECTS = 5
CARRIERS = tuple(map(IPv6Network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))  # of IPv4 (RFC 6890)


class Refused(Exception):
    """A page that is not fetched, or was not there; the text says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page, its address after redirects, and the type it was said to have."""

    url: str
    type: str
    body: bytes


class PublicResolver(AbstractResolver):
    """Looks names up, and knows no address that is not public."""

    def __init__(self, *, private: bool) -> None:
        self._inner = ThreadedResolver()
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [item for item in found if self._private or is_public(item["host"])]
        if not allowed:
            raise OSError(None, f"{host} is not a public address")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


class Site:
    """One host, by whatever is asked of it."""

    def __init__(self, http: aiohttp.ClientSession, origin: SplitResult, *, private: bool) -> None:
        self._http = http
        self._origin = origin
        self._private = private

    async def get(self, url: str) -> Fetched:
        """A page of the site. Raises Refused."""
        for _ in range(REDIRECTS + 1):
            self._check(url)
            try:
                async with self._http.get(url, allow_redirects=False) as answer:
                    if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                        url = urljoin(url, answer.headers["Location"])
                        continue
                    if answer.status != 200:
                        raise Refused(f"{url} answers {answer.status}")
                    body = unpacked(await _read(answer), answer.headers.get("Content-Encoding", ""), url)
                    return Fetched(url, answer.content_type, body)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
                raise Refused(f"{url} cannot be fetched: {reason}") from None
        raise Refused(f"{url} leads on and on")

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            place = parts.scheme, parts.hostname, parts.port
        except ValueError:
            raise Refused(f"{url!r} is no address") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise Refused(f"{url} is not http or https")
        if place[1:] != (self._origin.hostname, self._origin.port) and not _upgraded(parts, self._origin):
            raise Refused(f"{url} is not of {self._origin.netloc}")
        if not self._private and _is_address(parts.hostname) and not is_public(parts.hostname):
            raise Refused(f"{parts.hostname} is not a public address; --private allows it")


@asynccontextmanager
async def site(url: str, *, private: bool = False) -> AsyncIterator[Site]:
    """The site of that address, until the block ends. Raises Refused for what is no address of a site."""
    try:
        origin = urlsplit(url)
        _ = origin.port
    except ValueError:
        raise Refused(f"{url!r} is no address") from None
    connector = aiohttp.TCPConnector(resolver=PublicResolver(private=private), limit=2)
    headers = {"User-Agent": AGENT, "Accept-Encoding": "gzip", "Accept": "text/html,application/xml;q=0.9,*/*;q=0.5"}
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=SECONDS),
    ) as http:
        yield Site(http, origin, private=private)


def is_public(address: str) -> bool:
    """May the world reach it? Not ours alone, not this machine, nothing special."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and (found.is_site_local or any(found in net for net in CARRIERS)):
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


def unpacked(raw: bytes, encoding: str, url: str) -> bytes:
    """What was gzipped as it was before; never more than the limit. Raises Refused."""
    packed = encoding.strip().lower() in ("gzip", "x-gzip") or raw[:2] == b"\x1f\x8b"
    if not packed:
        if encoding.strip().lower() not in ("", "identity"):
            raise Refused(f"{url} is packed as {encoding[:20]}")
        return raw
    engine: Any = zlib.decompressobj(wbits=31)
    try:
        whole: bytes = engine.decompress(raw, SIZE_LIMIT)
    except zlib.error:
        raise Refused(f"{url} is no gzip") from None
    if engine.unconsumed_tail:
        raise Refused(f"{url} is larger than {SIZE_LIMIT} bytes")
    return whole


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    async for piece in answer.content.iter_chunked(64 * 1024):
        size += len(piece)
        if size > SIZE_LIMIT:
            raise Refused(f"{answer.url} is larger than {SIZE_LIMIT} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _upgraded(parts: SplitResult, origin: SplitResult) -> bool:
    """The same host, from http to https on the usual ports."""
    usual = parts.port in (None, 80, 443) and origin.port in (None, 80, 443)
    return usual and parts.hostname == origin.hostname
