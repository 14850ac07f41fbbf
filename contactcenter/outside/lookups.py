"""The desk's own systems are asked: one signed request over HTTP, bounded in time and size.

Called by workers between reading a question and answering it. The request is a POST of JSON, signed with the secret
that both sides know; docs/how-to/assistant.md tells what the other side checks. It follows no redirect, opens nothing
compressed, and believes no answer that is not of the promised form.
"""

import asyncio
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

import aiohttp
import msgspec

from contactcenter.model.columns import SECOND
from contactcenter.model.values import NoRecord, Record
from contactcenter.outside.bounded import at_most
from contactcenter.ports import Clock

TIMESTAMP, SIGNATURE = "X-Contactcenter-Timestamp", "X-Contactcenter-Signature"
ANSWER_LIMIT = 64 * 1024  # bytes
FIELDS = 50
AT_ONCE = 8  # requests of one process to one tool; the others wait, and their time runs


class Tool(Protocol):
    """One of [lookups.<name>]."""

    @property
    def url(self) -> str: ...
    @property
    def timeout_seconds(self) -> float: ...
    @property
    def key(self) -> bytes: ...


class Told(msgspec.Struct):
    """What the other side answers."""

    found: bool
    owner: dict[str, str] = {}
    fields: dict[str, str | int | float | bool | None] = {}


_told = msgspec.json.Decoder(Told).decode


class Lookups:
    """Asks over one pool of connections, which `close` ends."""

    def __init__(self, tools: Mapping[str, Tool], clock: Clock) -> None:
        self._tools = tools
        self._clock = clock
        self._turns = {name: asyncio.Semaphore(AT_ONCE) for name in tools}
        self._http: aiohttp.ClientSession | None = None

    async def look_up(self, tool: str, data: Mapping[str, str], kind: str, address: str) -> Record | NoRecord:
        asked = self._tools.get(tool)
        if asked is None:
            return NoRecord(f"there is no [lookups.{tool}]")
        try:
            async with asyncio.timeout(asked.timeout_seconds), self._turns[tool]:
                return await self._ask(asked, _body(tool, data, kind, address))
        except TimeoutError:
            return NoRecord(f"no answer within {asked.timeout_seconds:g} s")
        except aiohttp.ClientError as error:
            return NoRecord(f"it cannot be reached: {type(error).__name__}")

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def _ask(self, tool: Tool, body: bytes) -> Record | NoRecord:
        if self._http is None:
            self._http = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        headers = signed(tool.key, body, self._clock.now() // SECOND)
        async with self._http.post(tool.url, data=body, headers=headers, allow_redirects=False) as answer:
            if answer.status == 404:
                return NoRecord("it found none", missing=True)
            if answer.status != 200:
                return NoRecord(f"it answered with status {answer.status}")
            return read(await at_most(answer.content, ANSWER_LIMIT))


def signed(key: bytes, body: bytes, now: int) -> dict[str, str]:
    """The headers of a request at an instant (s): HMAC-SHA256 over the time, a full stop and the body."""
    signature = hmac.digest(key, b"%d." % now + body, sha256).hex()
    return {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        TIMESTAMP: str(now),
        SIGNATURE: f"v1={signature}",
    }


def read(answer: bytes | None) -> Record | NoRecord:
    """What was answered, if it is of the promised form; None: it was too large."""
    if answer is None:
        return NoRecord(f"its answer is larger than {ANSWER_LIMIT} bytes")
    try:
        told = _told(answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return NoRecord("its answer is not of the promised form")
    if not told.found:
        return NoRecord("it found none", missing=True)
    fields = {name: _text(value) for name, value in list(told.fields.items())[:FIELDS] if value is not None}
    return Record(told.owner, fields)


def _text(value: str | int | float | bool) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _body(tool: str, data: Mapping[str, str], kind: str, address: str) -> bytes:
    return msgspec.json.encode({"tool": tool, "data": dict(data), "asked_by": {"kind": kind, "address": address}})
