"""Telegram and a real desk on SQLite: nothing is lost, nothing is stored twice, and a conversation goes both ways."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from contactcenter.channels.protocol import Accepted, HookRequest
from contactcenter.channels.telegram import Telegram
from contactcenter.flow import intake
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Inbox
from contactcenter.model.tickets import Message
from contactcenter.model.values import RawEvent
from contactcenter.settings import Settings, load
from tests.contracts.test_telegram_channel import said
from tests.desk import RunningDesk, eventually, running_desk, write_settings
from tests.providers.telegram import TOKEN, Contract, Fields, TelegramServer

BOT = """
[channels.bot]
kind = "telegram"
token = "{token}"
api_url = "{url}"
"""
SEED = 20261122
UPDATES, CHATS = 1000, 40

_inbox, _message = table(Inbox), table(Message)
STORED = select(func.count()).select_from(_inbox).where(_inbox.c.channel == "bot")
SAID = select(_message.c.text).where(_message.c.channel == "bot", _message.c.direction == "inbound")
DELIVERED = select(_message).where(_message.c.channel == "bot", _message.c.direction == "outbound")


@pytest.fixture
async def server(telegram_contract: Contract) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(telegram_contract) as opened:
        yield opened


@asynccontextmanager
async def desk_of(server: TelegramServer, settings: Settings, more: str = "") -> AsyncIterator[RunningDesk]:
    """A desk that has this bot besides its other channels."""
    file = write_settings(Path(settings.folder), more=BOT.format(token=TOKEN, url=server.url) + more)
    async with running_desk(load(file, {})) as desk:
        yield desk


async def texts(desk: RunningDesk) -> list[str]:
    return [row.text for row in await desk.running.store.read(lambda tx: tx.all(SAID))]


def mixed(server: TelegramServer, dice: random.Random) -> list[Fields]:
    """A thousand updates of forty people in random order, a tenth of them a second time."""
    updates = [
        server.update(message=said(200 + number % CHATS, number, text=f"message {number}")) for number in range(UPDATES)
    ]
    brought = updates + dice.sample(updates, UPDATES // 10)
    dice.shuffle(brought)
    return brought


async def test_a_thousand_fetched_updates_are_each_stored_once(server: TelegramServer, settings: Settings) -> None:
    """In random order, a tenth of them twice, every twentieth acknowledgement lost."""
    dice = random.Random(SEED)
    brought = mixed(server, dice)
    lost: list[bool] = []

    def forget() -> bool:
        lost.append(dice.random() < 0.05)
        return lost[-1]

    def some(pending: list[Fields]) -> list[Fields]:
        return dice.sample(pending, min(len(pending), dice.randint(1, 20)))

    server.forgetful, server.choose, server.disordered = forget, some, True
    async with desk_of(server, settings) as desk:
        server.bring(*brought)

        async def all_acknowledged() -> bool:
            return not server.pending

        await eventually(all_acknowledged, within=120.0)
        assert sum(lost) > 0
        assert sorted(await texts(desk)) == sorted(f"message {number}" for number in range(UPDATES))
        (count,) = await desk.running.store.read(lambda tx: tx.all(STORED))
        assert tuple(count) == (UPDATES,)


async def test_a_thousand_brought_updates_are_each_stored_once(server: TelegramServer, settings: Settings) -> None:
    """Through the webhook; Telegram brings again what was not answered with 200, or whose answer was lost."""
    dice = random.Random(SEED)
    async with desk_of(server, settings, 'mode = "webhook"') as desk:
        channel, policies = desk.running.channels["bot"], desk.running.policies
        assert isinstance(channel, Telegram)
        assert channel.listening.hook is not None
        headers = {"x-telegram-bot-api-secret-token": channel.listening.hook.secret}

        async def accept(raw: RawEvent) -> Accepted:
            return await desk.running.store.write_in(raw.stream, intake.receive, policies, raw)

        waiting = mixed(server, dice)
        while waiting:
            some = [waiting.pop() for _ in range(min(len(waiting), 20))]
            requests = [HookRequest("POST", headers, {}, json.dumps(update).encode()) for update in some]
            replies = await asyncio.gather(*(channel.hook(request, accept) for request in requests))
            assert {reply.status for reply in replies} == {200}
            for update in some:
                if dice.random() < 0.05:  # the answer is lost
                    waiting.insert(dice.randint(0, len(waiting)), update)
        assert sorted(await texts(desk)) == sorted(f"message {number}" for number in range(UPDATES))


async def test_a_customer_asks_and_is_answered(server: TelegramServer, settings: Settings) -> None:
    async with desk_of(server, settings) as desk:
        server.bring(server.update(message=said(100, 7, text="Where is my order?")))
        await server.until(lambda: bool(server.shown))
        assert "Under Orders" in server.shown[0]["text"]
        assert "Source: Where is my order?" in server.shown[0]["text"]

        async def sent() -> Any:
            return [
                row for row in await desk.running.store.read(lambda tx: tx.all(DELIVERED)) if row.delivery == "sent"
            ]

        (row,) = await eventually(sent)
        assert row.external_id == f"100:{server.shown[0]['message_id']}"


async def test_an_update_too_large_for_a_row_is_taken_in_like_any_other(
    server: TelegramServer, settings: Settings
) -> None:
    async with desk_of(server, settings) as desk:
        long = "no more room " * 25_000  # 325 kB: its payload is kept as a file
        server.bring(
            server.update(message=said(100, 7, text=long)), server.update(message=said(100, 8, text="And you?"))
        )

        async def both() -> Any:
            return [text[:12] for text in await texts(desk)] == ["no more room", "And you?"]

        await eventually(both)


async def test_a_revoked_token_shows_in_the_channels_health_and_the_desk_goes_on(
    server: TelegramServer, settings: Settings
) -> None:
    async with desk_of(server, settings) as desk:
        server.token = "4711:they-took-it-away-from-us"

        async def failing() -> Any:
            channels = await desk.sam.items("/channels")
            return next((one for one in channels if one["name"] == "bot" and one["state"] == "failing"), None)

        shown = await eventually(failing)
        assert "@BotFather" in shown["receiving"]["error"]
        chat = await desk.chat()
        assert await chat.say("Is anybody there?")
