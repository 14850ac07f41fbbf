"""A running desk asks a shop's own system, tells its customer and nobody else, and waits for no tool that is slow."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from contactcenter import app
from contactcenter.settings import Settings, load
from tests.desk import ORDER, Api, RunningDesk, eventually, running_desk, write_settings

TOOL = """
[lookups.orders]
url = "{url}"
secret = "sixteen letters and more"
timeout_seconds = 10
"""
STATE = """---
title: What is the state of my order?
asks: [{name: order, kind: order_number}]
lookup: {tool: orders, answer: "Order {order} is {state}."}
checked: 2026-11-01
---
We can look that up.
"""
ADA, BOB = "ada@example.test", "bob@example.test"


class Shop:
    """Knows one order, which is Ada's. Answers once it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.asked: list[Any] = []

    async def post(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        self.asked.append(told)
        await self.may.wait()
        if told["data"]["order"] != "4711":
            return web.Response(status=404)
        return web.json_response({"found": True, "owner": {"loopback": ADA}, "fields": {"state": "on its way"}})


@asynccontextmanager
async def shop_at(folder: Path, empty_store: Path) -> AsyncIterator[tuple[Shop, Settings]]:
    """The shop, and the settings of a desk that may ask it."""
    shop, application = Shop(), web.Application()
    application.router.add_post("/", shop.post)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shutil.copyfile(empty_store, folder / "desk.db")
    file = write_settings(folder, more=TOOL.format(url=f"http://127.0.0.1:{runner.addresses[0][1]}/"))
    (folder / "articles" / "state.md").write_text(STATE, encoding="utf-8")
    try:
        yield shop, load(file, {})
    finally:
        shop.may.set()
        await runner.cleanup()


async def heard(desk: RunningDesk, who: str, words: str) -> str:
    """What reached somebody with these words in it, once it has."""

    async def there() -> str | None:
        sent = [one.text for one in desk.loopback.sent if one.address == who]
        return next((text for text in sent if words in text), None)

    return await eventually(there)


@pytest.fixture
async def shop(tmp_path: Path, empty_store: Path) -> AsyncIterator[tuple[Shop, Settings]]:
    async with shop_at(tmp_path, empty_store) as opened:
        yield opened


async def test_the_owner_is_told_and_somebody_else_gets_a_person(shop: tuple[Shop, Settings]) -> None:
    there, settings = shop
    async with running_desk(settings) as desk:
        await desk.loopback.say(ADA, "What is the state of my order 4711?", "m1", name="Ada")
        assert await heard(desk, ADA, "Order 4711") == "Order 4711 is on its way."
        assert there.asked[0]["asked_by"] == {"kind": "loopback", "address": ADA}
        await desk.loopback.say(BOB, "What is the state of my order 4711?", "m2", name="Bob")
        ticket = await desk.ticket_of("Bob")

        async def handed() -> Any:
            now = await desk.sam.get(f"/tickets/{ticket['id']}")
            return now if now["status"] == "open" else None

        now = await eventually(handed)
        assert now["handoff"] == "orders has it under somebody else: a person has to see who asks"
        assert now["summary"]["collected"] == {"order": "4711"}
        assert [one.text for one in desk.loopback.sent if one.address == BOB] == []


async def test_a_slow_tool_holds_up_nobody_else(shop: tuple[Shop, Settings]) -> None:
    there, settings = shop
    there.may.clear()
    async with running_desk(settings) as desk:
        await desk.loopback.say(ADA, "What is the state of my order 4711?", "m1", name="Ada")
        await eventually(lambda: _asked(there, 1))
        await desk.loopback.say(BOB, "When will my parcel arrive?", "m2", name="Bob")
        assert await heard(desk, BOB, ORDER) == ORDER
        there.may.set()
        await heard(desk, ADA, "on its way")


async def test_a_desk_that_ends_meanwhile_asks_again_when_it_is_back(shop: tuple[Shop, Settings]) -> None:
    there, settings = shop
    there.may.clear()
    async with running_desk(settings) as desk:
        await desk.loopback.say(ADA, "What is the state of my order 4711?", "m1", name="Ada")
        await eventually(lambda: _asked(there, 1))
    there.may.set()
    async with running_desk_again(settings) as desk:
        await heard(desk, ADA, "Order 4711 is on its way.")
        assert len([one for one in desk.loopback.sent if one.address == ADA]) == 1


async def _asked(shop: Shop, times: int) -> bool:
    return len(shop.asked) >= times


@asynccontextmanager
async def running_desk_again(settings: Settings) -> AsyncIterator[RunningDesk]:
    """The same desk, whose people are there already."""
    async with app.running(settings) as running, aiohttp.ClientSession() as http:
        nobody = Api(http, running.url)
        yield RunningDesk(running, settings, http, nobody, nobody, {})
