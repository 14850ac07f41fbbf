"""A web chat on a loopback port, with its store, bus and files in the test's hands: no loops, no agents' desk.

`ChatServer` serves the real routes. `take_in` is what a desk does with an event; `answer` says something as Grace, as
the outbox loop would.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from contactcenter.bus.in_process import InProcessBus
from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept, Accepted
from contactcenter.channels.webchat import Settings, build
from contactcenter.flow import deliver, intake, outbound, queries, tickets
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.storage.files import FolderFiles
from contactcenter.web.problems import problems
from contactcenter.web.push import Pusher
from tests.contracts.engines import Opened, Sqlite
from tests.desk import Frames, eventually

TEXT_LIMIT = 4_000
FILE_LIMIT = 5_000
SECRET = bytes(range(32))


class ForgetfulBus(InProcessBus):
    """Loses what is published while it is deaf, as a bus may."""

    deaf = False

    def publish(self, topics: Sequence[str], frame: bytes) -> None:
        if not self.deaf:
            super().publish(topics, frame)


@dataclass
class Visitor:
    """A visitor's session, and the windows it opens."""

    server: "ChatServer"
    token: str
    id: str

    @asynccontextmanager
    async def window(self, after: int = 0) -> AsyncIterator[Frames]:
        """An open window that has been told how things stand."""
        address = f"{self.server.url}/socket?token={self.token}&after={after}"
        async with Frames.of(await self.server.http.ws_connect(address)) as frames:
            await frames.first(lambda frame: frame["type"] == "state")
            yield frames

    async def upload(self, name: str, kind: str, content: bytes) -> aiohttp.ClientResponse:
        form = aiohttp.FormData(quote_fields=False)  # as browsers do
        form.add_field("file", content, filename=name, content_type=kind)
        return await self.server.http.post(f"{self.server.url}/files?token={self.token}", data=form)

    async def put(self, name: str, kind: str, content: bytes) -> str:
        """Upload it; the reference to name in a message."""
        async with await self.upload(name, kind, content) as answer:
            assert answer.status == 201, await answer.text()
            return str((await answer.json())["file"])

    async def download(self, ref: str) -> aiohttp.ClientResponse:
        return await self.server.http.get(f"{self.server.url}/files/{ref}?token={self.token}")


class ChatServer:
    """The channel "site", served."""

    def __init__(self, opened: Opened, folder: Path) -> None:
        self.opened = opened
        self.bus = ForgetfulBus()
        self.files = FolderFiles(folder / "files")
        parts = Parts(
            store=opened.store,
            bus=self.bus,
            files=self.files,
            clock=opened.clock,
            secret=SECRET,
            public_url="http://desk.test",
            push=Pusher(),
            policies=lambda: self.policies,
        )
        settings = Settings(kind="webchat", text_limit=TEXT_LIMIT, file_limit=FILE_LIMIT)
        self.channel, self._routes = build("site", settings, parts)
        queues = {"support": QueuePolicy("support", "Support")}
        self.policies = Policies({"site": Way(self.channel, "support", assistant=False)}, queues)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["ChatServer"]:
        application = web.Application(middlewares=[problems])
        application.router.add_routes(self._routes)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/chat/site"
        async with aiohttp.ClientSession() as self.http:
            yield self
        await runner.cleanup()

    @asynccontextmanager
    async def running(self, accept: Accept | None = None) -> AsyncIterator[None]:
        """The channel's `run`: from here on frames are taken."""
        task = asyncio.create_task(self.channel.run(accept or self.take_in))
        await self.until_running()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until_running(self) -> None:
        await eventually(self._runs)

    async def _runs(self) -> bool:
        try:
            return self.channel.accept is not None
        except StoreUnavailable:
            return False

    async def take_in(self, raw: RawEvent) -> Accepted:
        return await self.opened.store.write_in(raw.stream, intake.receive, self.policies, raw)

    async def visitor(self, **claims: str) -> Visitor:
        async with self.http.post(f"{self.url}/sessions", json=claims) as answer:
            token = (await answer.json())["token"]
        return Visitor(self, token, session_of(token))

    async def answer(self, visitor: Visitor, text: str) -> None:
        """Grace says it, and it is delivered."""
        await self.opened.store.write(self._say, visitor.id, text)
        for attempt in await self.opened.store.write(deliver.begin, "worker", "site"):
            receipt = await self.channel.send(attempt.message)
            await self.opened.store.write(deliver.settle, self.policies, attempt, receipt)

    def _say(self, tx: Tx, session: str, text: str) -> None:
        conversation = tx.one(queries.CONVERSATION_BY_KEY, way="site", key=session)
        outbound.say(tx, self.policies, tickets.lock(tx, conversation.ticket_id), text, ("agent", 1, "Grace"))


def session_of(token: str) -> str:
    """The id of the session a token is for."""
    from contactcenter.channels.webchat.sessions import verify

    session = verify(token, "site", SECRET)
    assert session is not None
    return session.id


@asynccontextmanager
async def chat_server(sqlite: Sqlite, folder: Path) -> AsyncIterator[ChatServer]:
    """A web chat on a store of its own, whose release goes to its bus."""
    made: list[ChatServer] = []

    def release(effects: list[tuple[Sequence[str], bytes]]) -> None:
        for topics, frame in effects:
            made[0].bus.publish(topics, frame)

    async with sqlite.opened(readers=2, release=release) as opened:
        made.append(ChatServer(opened, folder))
        async with made[0].serving() as server:
            yield server
    assert sqlite.ask("PRAGMA foreign_key_check") == []


def said(frames: Frames) -> list[tuple[int, str]]:
    """What a window was told, in the order it was told."""
    return [(frame["seq"], frame["text"]) for frame in frames.all if frame["type"] == "message"]


def acks(frames: Frames) -> dict[str, int]:
    return {frame["id"]: frame["seq"] for frame in frames.all if frame["type"] == "ack"}


def told(kind: str, **wanted: Any) -> Any:
    """Is it a frame of this type with these values?"""
    return lambda frame: frame["type"] == kind and all(frame[name] == value for name, value in wanted.items())
