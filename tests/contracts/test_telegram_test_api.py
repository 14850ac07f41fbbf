"""The bot works with a Telegram server that nobody here wrote: telegram-test-api, from npm."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contactcenter.channels.protocol import Accepted
from contactcenter.model.values import Chosen, Inbound, Outbound, RawEvent
from tests.desk import eventually
from tests.providers.telegram import TOKEN, Bot, TelegramServer, bot
from tests.servers import free_port, left_out

INSTALLED = Path(__file__).parents[2] / "build" / "telegram-test-api"
PROGRAM = Path(__file__).parents[1] / "providers" / "telegram-test-api" / "serve.js"
ADA = {"id": 100, "is_bot": False, "first_name": "Ada"}
CHAT = {"id": 100, "type": "private", "first_name": "Ada"}


class TheirServer(TelegramServer):
    """Only its address is wanted."""

    def __init__(self, address: str) -> None:
        self.address = address

    @property
    def url(self) -> str:
        return self.address


@pytest.fixture
def address() -> Iterator[str]:
    node = shutil.which("node")
    if node is None or not (INSTALLED / "node_modules" / "telegram-test-api").exists():
        left_out("telegram-test-api is not installed, or Node is not: make contracts")
    port = free_port()
    with subprocess.Popen([node, PROGRAM, INSTALLED, str(port)], stdout=subprocess.PIPE) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == b"ready\n"
            yield f"http://127.0.0.1:{port}"
        finally:
            program.kill()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_text_and_buttons_go_both_ways(address: str, http: aiohttp.ClientSession) -> None:
    heard: list[RawEvent] = []

    async def accept(raw: RawEvent) -> Accepted:
        heard.append(raw)
        return Accepted(len(heard), new=True)

    async def ask(path: str, body: dict[str, Any]) -> Any:
        async with http.post(f"{address}/{path}", json=body) as answer:
            return (await answer.json())["result"]

    acme = bot(TheirServer(address))
    running = asyncio.create_task(acme.run(accept))
    try:
        said = {"botToken": TOKEN, "from": ADA, "chat": CHAT, "date": 1_795_262_400, "text": "Where is my order?"}
        await ask("sendMessage", said)
        assert (await _next(acme, heard, 1)).text == "Where is my order?"
        receipt = await acme.send(Outbound(1, "100", "100", "agent", "Grace", "Which?", 1, 0, choices=("this", "that")))
        (sent,) = await ask("getUpdates", {"token": TOKEN, "chatId": 100})
        assert sent["message"]["text"] == "Which?"
        pressed = {"message_id": sent["messageId"], "chat": CHAT, "date": 1, "text": "Which?"}
        await ask("sendCallback", {"botToken": TOKEN, "from": ADA, "message": pressed, "data": "1"})
        chosen = await _next(acme, heard, 2)
        assert isinstance(chosen, Chosen)
        assert (chosen.external_id, chosen.choice) == (receipt.external_id, 1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _next(channel: Bot, heard: list[RawEvent], count: int) -> Any:
    async def there() -> bool:
        return len(heard) >= count

    await eventually(there)
    (item,) = channel.parse(heard[count - 1])
    assert isinstance(item, Inbound | Chosen)
    return item
