"""Attachments and raw messages for agents. Always a download, never shown in our origin but plain raster images."""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from contactcenter.channels.protocol import HasParts
from contactcenter.flow import inbound, queries
from contactcenter.model.values import NotFound, RawEvent
from contactcenter.ports import Tx
from contactcenter.web.api.operations import Desk
from contactcenter.web.auth import authenticate

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
            data = await asyncio.to_thread(_part, channel, await _whole(desk, raw), where)
        return _download(data, row.name, row.type)

    async def source(request: web.Request) -> web.StreamResponse:
        await authenticate(request, desk.store)
        number = _number(request)
        raw = await desk.store.read(_raw_of_message, number)
        return _download((await _whole(desk, raw)).payload, f"message-{number}.txt", "text/plain")

    return [web.get("/api/v1/files/{id}", attachment), web.get("/api/v1/messages/{id}/raw", source)]


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


def _part(channel: HasParts, raw: RawEvent, ref: str) -> bytes:
    return b"".join(channel.part(raw, ref))


def _download(data: bytes, name: str, kind: str) -> web.Response:
    shown = kind in SHOWN_INLINE
    disposition = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.Response(body=data, content_type=kind if shown else "application/octet-stream", headers=headers)


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not text.isdecimal() or len(text) > 18:
        raise NotFound(f"there is no {text[:40]!r}")
    return int(text)
