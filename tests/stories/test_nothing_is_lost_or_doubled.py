"""A server that is killed again and again, without warning, while people write: every message once and in order."""

import asyncio
import random
import shutil
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from contactcenter.app import SystemClock, make_policies, opened_store
from contactcenter.bus.in_process import InProcessBus
from contactcenter.ports import Tx
from contactcenter.settings import load
from contactcenter.storage.open import locate
from tests.desk import Api, Chat, Person, eventually, hire, write_settings
from tests.servers import free_port

KILLS = 10
CUSTOMERS = 3
MESSAGES = 24  # of each customer
ENOUGH = 90.0  # seconds for all of it


class Server:
    """`contactcenter serve` in a process of its own, always at the same address."""

    def __init__(self, config: Path, url: str) -> None:
        self.config = config
        self.url = url
        self._process: subprocess.Popen[bytes] | None = None

    @asynccontextmanager
    async def running(self, http: aiohttp.ClientSession) -> AsyncIterator[None]:
        """Until the block ends; then it stops in good order."""
        await self.start(http)
        try:
            yield
        finally:
            ended = await self._stop()
        assert ended == 0

    async def start(self, http: aiohttp.ClientSession) -> None:
        self._spawn()
        await eventually(lambda: self._ready(http), within=30)

    async def kill(self) -> None:
        await asyncio.to_thread(self.kill_now)

    def kill_now(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    async def _stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self._process.wait)

    def _spawn(self) -> None:
        program = Path(sys.executable).parent / "contactcenter"
        with (self.config.parent / "log").open("ab") as log:
            self._process = subprocess.Popen([program, "serve", "--config", self.config], stdout=log, stderr=log)

    async def _ready(self, http: aiohttp.ClientSession) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.config.parent / "log").read_text()
        try:
            async with http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


async def write_until_all_is_stored(chat: Chat, texts: list[str]) -> None:
    """Write one after another, some of them ahead of the acknowledgements; come back whenever the socket breaks."""
    ahead = list(texts)
    while ahead or chat.unacknowledged:
        await connected(chat)
        try:
            while ahead and len(chat.unacknowledged) < 3:
                await chat.write(ahead.pop(0))
            await one_more_acknowledged(chat)
        except (AssertionError, aiohttp.ClientError, ConnectionError):
            await chat.leave()


async def one_more_acknowledged(chat: Chat) -> None:
    before = len(chat.acknowledged)
    await chat.until(lambda: len(chat.acknowledged) > before)


async def shows(chat: Chat, expected: Counter[tuple[int, str]]) -> None:
    """Come back once more, and see all that was said."""
    await chat.leave()
    await connected(chat)
    await chat.until(lambda: heard(chat) >= expected)
    await chat.leave()


async def connected(chat: Chat) -> None:
    async def try_it() -> bool:
        try:
            await chat.connect()
        except (aiohttp.ClientError, ConnectionError):
            return False
        return True

    if chat.frames is None:
        await eventually(try_it, within=ENOUGH)


async def reply_until_stored(api: Api, ticket: int, text: str) -> None:
    """An agent who repeats with the same key until the answer comes."""
    key = str(uuid.uuid4())

    async def try_it() -> bool:
        try:
            await api.post(f"/tickets/{ticket}/messages", {"text": text}, key=key)
        except (aiohttp.ClientError, ConnectionError):
            return False
        return True

    await eventually(try_it, within=ENOUGH)


async def kill_at_random_moments(
    server: Server, http: aiohttp.ClientSession, chats: list[Chat], rng: random.Random
) -> None:
    """Between two kills the customers get some messages through, how many is drawn."""
    total = CUSTOMERS * MESSAGES
    for moment in sorted(rng.sample(range(total), KILLS)):

        async def reached(moment: int = moment) -> bool:
            return sum(len(chat.acknowledged) for chat in chats) > moment

        await eventually(reached, within=ENOUGH)
        await server.kill()
        await server.start(http)


async def test_every_message_is_stored_once_and_every_reply_is_shown_once(tmp_path: Path, empty_store: Path) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    port = free_port()
    config = write_settings(tmp_path, port=port)
    settings = load(config, {})

    def hire_grace(tx: Tx) -> Person:
        return hire(tx, make_policies(settings, {}), "Grace", "agent", ("support",))

    location = locate(settings.store.url, settings.folder)
    async with opened_store(settings, location, SystemClock(), InProcessBus()) as store:
        token = (await store.write(hire_grace)).token

    server = Server(config, f"http://127.0.0.1:{port}")
    timeout = aiohttp.ClientTimeout(total=10)
    async with asyncio.timeout(ENOUGH), aiohttp.ClientSession(timeout=timeout) as http, server.running(http):
        grace = Api(http, server.url, token)
        chats = [await Chat.open(http, server.url, name=f"C{number}") for number in range(CUSTOMERS)]
        texts = [[f"C{number} says {n}" for n in range(MESSAGES)] for number in range(CUSTOMERS)]
        async with asyncio.TaskGroup() as group:
            group.create_task(kill_at_random_moments(server, http, chats, random.Random(4711)))
            writers = [
                group.create_task(write_until_all_is_stored(chat, said))
                for chat, said in zip(chats, texts, strict=True)
            ]
            replies = group.create_task(reply_meanwhile(grace, writers))
        tickets = await grace.items("/tickets")
        assert len(tickets) == CUSTOMERS
        told = await eventually(lambda: all_delivered(grace, tickets), within=ENOUGH)
        for number, chat in enumerate(chats):
            await shows(chat, spoken([message for message in told if message["customer"] == f"C{number}"]))

    for chat, said in zip(chats, texts, strict=True):
        mine = [message for message in told if message["customer"] == said[0][:2]]
        assert [message["seq"] for message in mine] == list(range(1, len(mine) + 1))
        assert [message["text"] for message in mine if message["direction"] == "inbound"] == said
        assert set(chat.acknowledged.values()) == {m["seq"] for m in mine if m["direction"] == "inbound"}
        assert chat.doubled == []
        assert heard(chat) == spoken(mine)
    sent = Counter(message["text"] for message in told if message["author"]["kind"] == "agent")
    assert sent == Counter(replies.result()), "an agent's repeated request is one reply"
    assert sum(sent.values()) > 0


async def reply_meanwhile(grace: Api, writers: list[asyncio.Task[None]]) -> list[str]:
    """Grace replies to each ticket in turn for as long as customers write; what she said."""
    said: list[str] = []
    while not all(writer.done() for writer in writers):
        for ticket in await tickets_of(grace):
            said.append(f"reply {len(said)} on {ticket}")
            await reply_until_stored(grace, ticket, said[-1])
    return said


async def tickets_of(grace: Api) -> list[int]:
    async def found() -> list[int] | None:
        try:
            return [ticket["id"] for ticket in await grace.items("/tickets?limit=200")] or None
        except (aiohttp.ClientError, ConnectionError):
            return None

    return await eventually(found, within=ENOUGH)


async def all_delivered(grace: Api, tickets: list[Any]) -> list[Any] | None:
    """All messages, once nothing is on its way any more."""
    found = []
    for ticket in tickets:
        for message in await grace.items(f"/tickets/{ticket['id']}/messages?limit=200"):
            if message["delivery"] not in (None, "sent"):
                return None
            found.append({**message, "customer": ticket["customer"]["name"]})
    return found


def heard(chat: Chat) -> Counter[tuple[int, str]]:
    """What the customer's window has shown of others, by seq."""
    return Counter((seq, told["text"]) for seq, told in chat.shown.items() if told["author"]["kind"] != "customer")


def spoken(messages: list[Any]) -> Counter[tuple[int, str]]:
    return Counter((message["seq"], message["text"]) for message in messages if message["direction"] == "outbound")
