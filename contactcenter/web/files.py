"""Attachments and raw messages for agents, and the files they send.

Always a download, never shown in our origin but plain raster images.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import web

from contactcenter.channels.payload import begun, opened, whole
from contactcenter.channels.protocol import ShowsMarkup
from contactcenter.channels.spooling import spool
from contactcenter.channels.text import file_name
from contactcenter.flow import article_files, articles, inbound, queries
from contactcenter.flow.pickups import REMOTE
from contactcenter.model.values import NotFound, RawEvent
from contactcenter.ports import Tx
from contactcenter.web.api.operations import Desk
from contactcenter.web.auth import authenticate, require

UPLOAD_LIMIT = 50 * 1024 * 1024  # bytes of one file
TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
# No script, no form, nothing from elsewhere but pictures when they were asked for; the frame is sandboxed besides.
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
REMOTE_POLICY = POLICY.replace("img-src 'self'", "img-src 'self' http: https:")
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    "<style>body{{font:14px/1.5 system-ui,sans-serif;margin:8px;overflow-wrap:anywhere;background:#fff;color:#1a1a1a}}"
    "img{{max-width:100%;height:auto}}</style></head>"
    '<body data-blocked="{blocked}">{html}</body></html>'
)
SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")


def routes(desk: Desk) -> list[web.RouteDef]:
    """/api/v1/files/<attachment>, /api/v1/articles/<slug>/files/<id> and /api/v1/messages/<id>/raw."""

    async def attachment(request: web.Request) -> web.StreamResponse:
        await authenticate(request, desk.store)
        row, raw = await desk.store.read(_attachment, _number(request))
        if row.ref.startswith(REMOTE):
            why = f"could not be fetched: {row.trouble}" if row.trouble else "is being fetched from the provider"
            raise NotFound(f"this file {why}")
        async with opened(desk.files, desk.policies, row, raw) as content:
            return await streamed(request, content, row.name, row.type)

    async def source(request: web.Request) -> web.StreamResponse:
        await authenticate(request, desk.store)
        number = _number(request)
        raw = await desk.store.read(_raw_of_message, number)
        return await _source(request, desk, raw, f"message-{number}.txt")

    async def event(request: web.Request) -> web.StreamResponse:
        """What could not be taken in, as it came: somebody has to read it after all."""
        require(await authenticate(request, desk.store), "supervisor")
        number = _number(request)
        raw = await desk.store.read(_raw_event, number)
        return await _source(request, desk, raw, f"event-{number}.txt")

    async def markup(request: web.Request) -> web.StreamResponse:
        """The message as its sender meant it, for a sandboxed frame of the console."""
        await authenticate(request, desk.store)
        number = _number(request)
        raw, urls = await desk.store.read(_raw_with_files, number)
        channel = desk.policies.way(raw.channel).channel
        if not isinstance(channel, ShowsMarkup):
            raise NotFound(f"message {number} is nothing but its text")
        remote = request.query.get("remote") == "1"
        async with whole(desk.files, raw) as event:
            html, blocked = await asyncio.to_thread(partial(channel.markup, event, urls, remote=remote))
        if not html:
            raise NotFound(f"message {number} has no HTML")
        body = PAGE.format(html=html, blocked=blocked)
        policy = REMOTE_POLICY if remote else POLICY
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def of_article(request: web.Request) -> web.StreamResponse:
        await authenticate(request, desk.store)
        row = await desk.store.read(_of_article, request.match_info["slug"], _number(request))
        return await streamed(request, await begun(desk.files.open(row.digest)), row.name, row.type)

    async def upload(request: web.Request) -> web.StreamResponse:
        """Keep a file before the reply that names it."""
        await authenticate(request, desk.store)
        name = file_name(request.query.get("name", ""))
        kind = request.content_type if TYPE.fullmatch(request.content_type) else "application/octet-stream"
        with tempfile.TemporaryFile() as spooled:
            size = await spool(request.content.iter_any(), spooled, UPLOAD_LIMIT)
            if size > UPLOAD_LIMIT:
                detail = f"the file is larger than the limit of {UPLOAD_LIMIT} bytes"
                raise web.HTTPRequestEntityTooLarge(UPLOAD_LIMIT, size, text=detail)
            digest = await desk.files.put(spooled)
        return web.json_response({"file": digest, "name": name, "type": kind, "size": size}, status=201)

    return [
        web.post("/api/v1/files", upload),
        web.get("/api/v1/files/{id}", attachment),
        web.get("/api/v1/articles/{slug}/files/{id:[0-9]+}", of_article),
        web.get("/api/v1/messages/{id}/raw", source),
        web.get("/api/v1/messages/{id}/html", markup),
        web.get("/api/v1/buried/inbox/{id}/raw", event),
    ]


def _attachment(tx: Tx, attachment: int) -> tuple[Any, RawEvent | None]:
    row = tx.one(queries.ATTACHMENT_BY_ID, id=attachment)
    if row is None:
        raise NotFound(f"there is no file {attachment}")
    raw = tx.one(queries.RAW_BY_ID, id=row.inbox_id)
    return row, None if raw is None else inbound.raw_of(raw)


def _of_article(tx: Tx, slug: str, number: int) -> Any:
    row = tx.one(article_files.ONE, whose=articles.the_article(tx, slug).id, id=number)
    if row is None:
        raise NotFound(f"article {slug} has no file {number}")
    return row


def _raw_of_message(tx: Tx, message: int) -> RawEvent:
    row = tx.one(queries.MESSAGE_BY_ID, id=message)
    raw = None if row is None or row.inbox_id is None else tx.one(queries.RAW_BY_ID, id=row.inbox_id)
    if raw is None:
        raise NotFound(f"no raw event of message {message} is kept")
    return inbound.raw_of(raw)


def _raw_event(tx: Tx, number: int) -> RawEvent:
    row = tx.one(queries.RAW_BY_ID, id=number)
    if row is None:
        raise NotFound(f"there is no event {number}")
    return inbound.raw_of(row)


async def _source(request: web.Request, desk: Desk, raw: RawEvent, name: str) -> web.StreamResponse:
    """The raw payload, wherever it is kept."""
    if raw.file:
        return await streamed(request, await begun(desk.files.open(raw.file)), name, "text/plain")
    return web.Response(body=raw.payload, headers=_headers(name, "text/plain"))


def _raw_with_files(tx: Tx, message: int) -> tuple[RawEvent, dict[str, str]]:
    rows = tx.all(queries.ATTACHMENTS_OF, message=message)
    return _raw_of_message(tx, message), {row.ref: f"/api/v1/files/{row.id}" for row in rows}


async def streamed(request: web.Request, chunks: AsyncIterator[bytes], name: str, kind: str) -> web.StreamResponse:
    """A file of any size, a chunk at a time."""
    response = web.StreamResponse(headers=_headers(name, kind))
    await response.prepare(request)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


def _headers(name: str, kind: str) -> dict[str, str]:
    shown = kind in SHOWN_INLINE
    return {
        "Content-Type": kind if shown else "application/octet-stream",
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not text.isdecimal() or len(text) > 18:
        raise NotFound(f"there is no {text[:40]!r}")
    return int(text)
