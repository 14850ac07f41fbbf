"""The routes of one web chat: its page, sessions, socket and files."""

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from contactcenter.channels.parts import Parts
from contactcenter.channels.payload import begun
from contactcenter.channels.text import file_name, language_of
from contactcenter.channels.webchat.channel import WebChat
from contactcenter.channels.webchat.sessions import FileRef, Session, new_session, sign, verify, verify_file
from contactcenter.channels.webchat.socket import VisitorSocket
from contactcenter.model.values import Invalid, NotFound

SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")
TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")


class NewSession(msgspec.Struct, forbid_unknown_fields=True):
    """What a visitor may tell about themselves: hints, never proof."""

    name: str = ""
    email: str = ""


def routes_of(channel: WebChat, parts: Parts) -> Sequence[web.RouteDef]:
    """aiohttp routes below /chat/<name>."""
    pages = Pages(channel, parts)
    base = f"/chat/{channel.name}"
    return (
        web.get(base, pages.page),
        web.post(f"{base}/sessions", pages.open_session),
        web.get(f"{base}/socket", pages.socket),
        web.post(f"{base}/files", pages.upload),
        web.get(f"{base}/files/{{ref}}", pages.download),
    )


class Pages:
    """The handlers of one channel."""

    def __init__(self, channel: WebChat, parts: Parts) -> None:
        self._channel = channel
        self._parts = parts

    async def page(self, request: web.Request) -> web.Response:
        """The widget in a window of its own, or in the launcher's frame."""
        settings = self._channel.settings
        name, title = escape(self._channel.name, quote=True), escape(settings.title, quote=True)
        ancestors = " ".join(["'self'", *settings.sites])
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
            f"base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
        )
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{title}</title><link rel="stylesheet" href="/assets/widget.css">'
            '<script src="/assets/widget.js" type="module"></script></head>'
            f'<body><div id="chat" data-channel="{name}" data-title="{title}"></div></body></html>'
        )
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def open_session(self, request: web.Request) -> web.Response:
        """A new session; stores nothing."""
        body = await request.read()
        asked = msgspec.json.decode(body or b"{}", type=NewSession)
        language = language_of(request.headers.get("Accept-Language", ""))
        session = new_session(self._parts.clock, self._channel.name, asked.name[:100], asked.email[:200], language)
        settings = self._channel.settings
        answer = {
            "token": sign(session, self._parts.secret),
            "channel": self._channel.name,
            "title": settings.title,
            "files": True,
            "limits": {"text": settings.text_limit, "file": settings.file_limit},
        }
        return web.json_response(answer, status=201)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """The visitor's socket; `after` is the last seq their window has shown."""
        session = self._session(request)
        after = request.query.get("after", "0")
        if not after.isdecimal() or len(after) > 12:
            raise Invalid("after must be a seq, such as 0", "after")
        visitor = VisitorSocket(self._channel, self._parts, session, int(after))
        return await visitor.serve(request)

    async def upload(self, request: web.Request) -> web.Response:
        """Keep a file before the message that names it."""
        session = self._session(request)
        part = await _part(request)
        data = await self._read(part)
        if data is None:
            detail = f"the file is larger than the limit of {self._channel.settings.file_limit} bytes"
            raise web.HTTPRequestEntityTooLarge(self._channel.settings.file_limit, 0, text=detail)
        digest = await self._parts.files.put(data)
        file = FileRef(session.id, digest, file_name(part.filename or ""), _type(part), len(data))
        answer = {"file": sign(file, self._parts.secret), "name": file.name, "type": file.type, "size": file.size}
        return web.json_response(answer, status=201)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file of this session's conversation."""
        file = verify_file(request.match_info["ref"], self._session(request), self._parts.secret)
        if file is None:
            raise NotFound("there is no such file in this conversation")
        chunks = await begun(self._parts.files.open(file.digest))
        kind = file.type if file.type in SHOWN_INLINE else "application/octet-stream"
        response = web.StreamResponse(
            headers={"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Content-Length": str(file.size)}
        )
        disposition = "inline" if file.type in SHOWN_INLINE else "attachment"
        response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{_quoted(file.name)}"
        await response.prepare(request)
        async for chunk in chunks:
            await response.write(chunk)
        return response

    def _session(self, request: web.Request) -> Session:
        session = verify(request.query.get("token", ""), self._channel.name, self._parts.secret)
        if session is None:
            raise web.HTTPUnauthorized(text="the session token is missing or not valid; open a new session")
        return session

    async def _read(self, part: BodyPartReader) -> bytes | None:
        """The whole file, or None when it is over the limit."""
        data = bytearray()
        while chunk := await part.read_chunk(65_536):
            data += chunk
            if len(data) > self._channel.settings.file_limit:
                return None
        return bytes(data)


async def _part(request: web.Request) -> BodyPartReader:
    """The part named file, which comes first."""
    try:
        part = await (await request.multipart()).next() if request.content_type == "multipart/form-data" else None
    except (ValueError, BadHttpMessage):  # the boundary is not where it should be, or a header is none (RFC 2046 5.1)
        raise Invalid("this is not multipart/form-data", "file") from None
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise Invalid("send one part named file", "file")
    return part


def _type(part: BodyPartReader) -> str:
    kind = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind if TYPE.fullmatch(kind) else "application/octet-stream"


def _quoted(name: str) -> str:
    return quote(name, safe="")
