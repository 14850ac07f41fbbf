"""A tool is asked by one signed request; whatever it answers does no harm."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from aiohttp import web

from contactcenter.model.columns import SECOND
from contactcenter.model.values import NoRecord, Record
from contactcenter.outside.lookups import ANSWER_LIMIT, SIGNATURE, TIMESTAMP, Lookups, read
from contactcenter.settings import LookupSettings, SettingsError, check
from tests.desk import NOON, SetClock

SECRET = "sixteen letters and more"
FOUND = {"found": True, "owner": {"email": "ada@example.test"}, "fields": {"state": "sent", "parts": 2, "paid": True}}


class Shop:
    """The other side: answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = web.json_response(FOUND)
        self.asked: list[tuple[bytes, Any]] = []
        self.never = asyncio.Event()

    async def post(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((await request.read(), request.headers.copy()))
        if self.answer is None:
            await self.never.wait()
        assert isinstance(self.answer, web.StreamResponse)
        return self.answer


@asynccontextmanager
async def serving(shop: Shop, timeout: float = 5.0) -> AsyncIterator[Lookups]:
    application = web.Application()
    application.router.add_post("/orders", shop.post)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    values = {"url": f"http://127.0.0.1:{port}/orders", "secret": SECRET, "timeout_seconds": timeout}
    lookups = Lookups({"orders": check(LookupSettings, values, "lookups.orders")}, SetClock())
    try:
        yield lookups
    finally:
        await lookups.close()
        await runner.cleanup()


async def ask(lookups: Lookups) -> Record | NoRecord:
    return await lookups.look_up("orders", {"order": "4711"}, "email", "ada@example.test")


async def test_what_it_finds_comes_back_as_text() -> None:
    shop = Shop()
    async with serving(shop) as lookups:
        found = await ask(lookups)
    assert found == Record({"email": "ada@example.test"}, {"state": "sent", "parts": "2", "paid": "yes"})


async def test_the_request_says_what_is_asked_by_whom_and_when_and_is_signed() -> None:
    shop = Shop()
    async with serving(shop) as lookups:
        await ask(lookups)
    ((body, headers),) = shop.asked
    assert msgspec.json.decode(body) == {
        "tool": "orders",
        "data": {"order": "4711"},
        "asked_by": {"kind": "email", "address": "ada@example.test"},
    }
    assert headers[TIMESTAMP] == str(NOON // SECOND)
    expected = hmac.new(SECRET.encode(), headers[TIMESTAMP].encode() + b"." + body, sha256).hexdigest()
    assert headers[SIGNATURE] == f"v1={expected}"


@pytest.mark.parametrize(
    ("answer", "reason", "missing"),
    [
        (lambda: web.Response(status=404), "it found none", True),
        (lambda: web.json_response({"found": False}), "it found none", True),
        (lambda: web.Response(status=500), "it answered with status 500", False),
        (lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), "status 302", False),
        (lambda: web.Response(text="<html>"), "not of the promised form", False),
        (lambda: web.Response(body=b"\x1f\x8b\x08" + bytes(99), headers={"Content-Encoding": "gzip"}), "form", False),
        (lambda: web.json_response({"found": True, "fields": {"a": {"b": 1}}}), "promised form", False),
        (lambda: web.Response(body=b"[" * 60_000), "promised form", False),
        (lambda: web.Response(body=b" " * (ANSWER_LIMIT + 1)), "larger than", False),
    ],
)
async def test_whatever_else_it_answers_is_no_record(answer: Any, reason: str, missing: bool) -> None:
    shop = Shop()
    shop.answer = answer()
    async with serving(shop) as lookups:
        found = await ask(lookups)
    assert isinstance(found, NoRecord)
    assert reason in found.reason
    assert found.missing is missing


async def test_who_does_not_answer_in_time_is_not_waited_for() -> None:
    shop = Shop()
    shop.answer = None
    async with serving(shop, timeout=0.05) as lookups:
        assert await ask(lookups) == NoRecord("no answer within 0.05 s")


async def test_who_is_not_there_is_told_so() -> None:
    lookups = Lookups(
        {"orders": check(LookupSettings, {"url": "http://127.0.0.1:1/", "secret": SECRET}, "")}, SetClock()
    )
    found = await ask(lookups)
    await lookups.close()
    assert isinstance(found, NoRecord)
    assert found.reason.startswith("it cannot be reached")
    assert await lookups.look_up("other", {}, "", "") == NoRecord("there is no [lookups.other]")


def test_no_more_fields_are_read_than_anybody_needs() -> None:
    found = read(msgspec.json.encode({"found": True, "fields": {str(number): number for number in range(1000)}}))
    assert isinstance(found, Record)
    assert len(found.fields) == 50


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"url": "http://shop.example.test/", "secret": SECRET}, "must begin with https://"),
        ({"url": "ftp://127.0.0.1/", "secret": SECRET}, "must begin with https://"),
        ({"url": "https://shop.example.test/", "secret": "short"}, "lookups.orders.secret"),
        ({"url": "https://shop.example.test/", "secret": SECRET, "timeout_seconds": 60}, "must be at most 10"),
        ({"secret": SECRET}, "lookups.orders.url is missing"),
    ],
)
def test_a_tool_that_cannot_be_trusted_with_it_is_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check(LookupSettings, values, "lookups.orders")
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)
