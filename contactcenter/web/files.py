"""Attachments and raw messages for agents, and the files they send.

Always a download, never shown in our origin but plain raster images.
"""

import asyncio
import re
from typing import Any
from urllib.parse import quote

from aiohttp import web

from contactcenter.channels.protocol import HasParts
from contactcenter.flow import inbound, queries
from contactcenter.model.values import NotFound, RawEvent
from contactcenter.ports import Tx
from contactcenter.web.api.operations import Desk
from contactcenter.web.auth import authenticate

UPLOAD_LIMIT = 50 * 1024 * 1024  # bytes of one file
NAME_LIMIT = 200
TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")


def routes(desk: Desk) -> list[web.RouteDef]:
    """/api/v1/files/<attachment> and /api/v1/messages/<id>/raw."""

    async def attachment(request: web.Request) -> web.StreamResponse:
        await authenticate(request, desk.store)
        row, raw = await desk.store.read(_attachment, _number(request))
        kind, _, where = row.ref.partition(":")
        if kind == "file":
            data = b"".join([chunk async for chunk in desk.files.open(where)])
        else:
            channel = desk.policies.way(row.channel).channel
            if raw is None or not isinstance(channel, HasParts):
                raise NotFound("the message this file came with is no longer kept")
            data = await asyncio.to_thread(channel.part, await _whole(desk, raw), int(where))
        return _download(data, row.name, row.type)

    async def source(request: web.Request) -> web.StreamResponse:
        await authenticate(request, desk.store)
        number = _number(request)
        raw = await desk.store.read(_raw_of_message, number)
        return _download((await _whole(desk, raw)).payload, f"message-{number}.txt", "text/plain")

    async def upload(request: web.Request) -> web.StreamResponse:
        """Keep a file before the reply that names it."""
        await authenticate(request, desk.store)
        data = bytearray()
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > UPLOAD_LIMIT:
                detail = f"the file is larger than the limit of {UPLOAD_LIMIT} bytes"
                raise web.HTTPRequestEntityTooLarge(UPLOAD_LIMIT, len(data), text=detail)
        name = _shown_name(request.query.get("name", ""))
        kind = request.content_type if TYPE.fullmatch(request.content_type) else "application/octet-stream"
        kept = {"file": await desk.files.put(bytes(data)), "name": name, "type": kind, "size": len(data)}
        return web.json_response(kept, status=201)

    return [
        web.post("/api/v1/files", upload),
        web.get("/api/v1/files/{id}", attachment),
        web.get("/api/v1/messages/{id}/raw", source),
    ]


def _attachment(tx: Tx, attachment: int) -> tuple[Any, RawEvent | None]:
    row = tx.one(queries.ATTACHMENT_BY_ID, id=attachment)
    if row is None:
        raise NotFound(f"there is no file {attachment}")
    raw = tx.one(queries.RAW_BY_ID, id=row.inbox_id)
    return row, None if raw is None else inbound.raw_of(raw)


def _raw_of_message(tx: Tx, message: int) -> RawEvent:
    row = tx.one(queries.MESSAGE_BY_ID, id=message)
    raw = None if row is None or row.inbox_id is None else tx.one(queries.RAW_BY_ID, id=row.inbox_id)
    if raw is None:
        raise NotFound(f"no raw event of message {message} is kept")
    return inbound.raw_of(raw)


async def _whole(desk: Desk, raw: RawEvent) -> RawEvent:
    """With its payload, wherever that is kept."""
    if not raw.file:
        return raw
    payload = b"".join([chunk async for chunk in desk.files.open(raw.file)])
    return RawEvent(raw.channel, raw.external_id, raw.stream, payload, raw.envelope)


def _download(data: bytes, name: str, kind: str) -> web.Response:
    shown = kind in SHOWN_INLINE
    disposition = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.Response(body=data, content_type=kind if shown else "application/octet-stream", headers=headers)


def _shown_name(name: str) -> str:
    """A file name without path and control characters (they would deceive whoever saves it)."""
    name = re.split(r"[\\/]", name)[-1]
    return "".join(char for char in name if char.isprintable())[:NAME_LIMIT].strip(". ") or "file"


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not text.isdecimal() or len(text) > 18:
        raise NotFound(f"there is no {text[:40]!r}")
    return int(text)
