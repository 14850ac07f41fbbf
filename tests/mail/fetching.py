"""A mail channel that fetches from a real mailbox into a real store, with little patience; and a door that misbehaves.

What is stored is read from the inbox: what comes of it is told by other tests.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from contactcenter.app import SystemClock, opened_store
from contactcenter.bus.in_process import InProcessBus
from contactcenter.channels.email import Email, Settings, build
from contactcenter.channels.email.arriving.imap import Mailbox, Patience
from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept
from contactcenter.flow import health
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Inbox
from contactcenter.model.values import RawEvent
from contactcenter.ports import Clock, Files, Store
from contactcenter.settings import load
from contactcenter.storage.open import locate, open_files
from contactcenter.web.push import Pusher
from contactcenter.workers import Workshop
from tests.desk import eventually
from tests.mail_servers import PASSWORD
from tests.providers.smtp_relay import ADDRESS, SECRET

_inbox = table(Inbox)
INBOX = select(_inbox).order_by(_inbox.c.id)
QUICK = Patience(idle=1.0, poll=0.2, socket=2.0, soonest=0.05, latest=0.4, compare=60.0, told=0.2)


def mail(subject: str, *, id: str = "", body: str = "Hello", sender: str = "ada@example.test") -> bytes:
    """A small one from Ada; without a Message-ID unless one is given."""
    fields = [f"From: Ada <{sender}>", f"To: {ADDRESS}", f"Subject: {subject}", "Date: Sat, 21 Nov 2026 12:00:00 +0000"]
    if id:
        fields.append(f"Message-ID: <{id}>")
    return "\r\n".join([*fields, "", body, ""]).encode()


def subject_of(payload: bytes) -> str:
    """What stands in the subject line."""
    return next(line[9:] for line in payload.decode("utf-8", "replace").splitlines() if line.startswith("Subject: "))


@dataclass
class Desk:
    """A store and files, and what lies in the inbox."""

    store: Store
    files: Files
    clock: Clock

    def channel(self, url: str, name: str = "support", patience: Patience = QUICK, **settings: Any) -> Email:
        """A channel that fetches there; `url` without its password."""
        table = {"kind": "email", "address": ADDRESS, "imap_url": url, **settings}
        if "oauth_refresh_token" not in table:
            table.setdefault("imap_password", PASSWORD)
        parts = Parts(self.store, InProcessBus(), self.files, self.clock, SECRET, "", Pusher(), _no_policies)
        email, _ = build(name, Settings.model_validate(table), parts)
        fetching = cast(Mailbox, email.mailbox)
        fetching.patience = patience if patience is not QUICK else replace(QUICK, poll=fetching.patience.poll / 300)
        return email

    def accept(self, channel: Email) -> Accept:
        """Intake as the workers have it."""
        way = Way(channel, "support", assistant=False)
        policies = Policies({channel.name: way}, {"support": QueuePolicy("support", "Support")})
        bus, thinking = InProcessBus(), Assistant([], 0.7, "")
        return Workshop("test", self.store, bus, self.files, self.clock, policies, thinking).accept_for(way)

    @asynccontextmanager
    async def fetching(self, *channels: Email, accept: Accept | None = None) -> AsyncIterator[None]:
        """While they run."""
        tasks = [asyncio.create_task(one.run(accept or self.accept(one))) for one in channels]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def events(self) -> list[RawEvent]:
        """The inbox, in its order; the payload wherever it is kept."""
        found = []
        for row in await self.store.read(lambda tx: tx.all(INBOX)):
            payload = bytes(row.payload)
            if row.file:
                payload = b"".join([piece async for piece in self.files.open(row.file)])
            envelope = json.loads(row.envelope) if row.envelope else {}
            found.append(RawEvent(row.channel, row.external_id, row.stream, payload, envelope, row.file))
        return found

    async def subjects(self) -> list[str]:
        return [subject_of(event.payload) for event in await self.events()]

    async def stored(self, count: int, within: float = 20.0) -> list[str]:
        """Their subjects, once there are so many."""

        async def enough() -> list[str] | None:
            found = await self.subjects()
            return found if len(found) >= count else None

        return await eventually(enough, within)

    async def health(self, channel: str = "support") -> Any:
        return (await self.store.read(health.shown)).get(channel)

    async def told(self, condition: Callable[[Any], Any], channel: str = "support", within: float = 20.0) -> Any:
        """The channel's health, once it is like this."""

        async def so() -> Any:
            row = await self.health(channel)
            return row if row is not None and condition(row) else None

        return await eventually(so, within)

    async def all_recorded(self, count: int, channel: str = "support") -> Any:
        """Once so many mails lie there and each is recorded."""
        return await self.told(lambda row: row.found == row.recorded == count and not row.error, channel)


@asynccontextmanager
async def opened_desk(file: Path, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """On a migrated SQLite file."""
    location = locate(f"sqlite:///{file}", file.parent)
    clock = clock or SystemClock()
    (file.parent / "empty.toml").write_text("")
    async with opened_store(load(file.parent / "empty.toml", {}), location, clock, InProcessBus()) as store:
        yield Desk(store, open_files(location, store), clock)


def _no_policies() -> Policies:
    raise AssertionError("a mail channel asks for no policies")


class Between:
    """A door in front of a server: it can cut, fall silent, say something of its own, or hide what the server can."""

    def __init__(self, port: int, hide: bytes = b"") -> None:
        self.behind = port
        self.hide = hide
        self.silent = False
        self.answers: dict[bytes, bytes] = {}  # to a command that has this in it: this, or b"" for a cut
        self.before: dict[bytes, Callable[[], None]] = {}  # done once, before a command with this in it is passed on
        self.sessions = 0
        self._writers: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Host and port."""
        server = await asyncio.start_server(self._session, "127.0.0.1", 0)
        try:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            self.cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    def cut(self) -> None:
        """All connections, without a word."""
        for pair in self._writers:
            for writer in pair:
                writer.transport.abort()
        self._writers.clear()

    def say(self, line: bytes) -> None:
        """To every client."""
        for client, _ in self._writers:
            client.write(line + b"\r\n")

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.sessions += 1
        there, behind = await asyncio.open_connection("127.0.0.1", self.behind)
        self._writers.append((writer, behind))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._up(reader, behind, writer))
                group.create_task(self._down(there, writer))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            behind.transport.abort()
            self._tasks.discard(task)

    async def _up(self, reader: asyncio.StreamReader, behind: asyncio.StreamWriter, back: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            tag = line.split()[0] if line.split() else b""
            for word in [word for word in self.before if word in line]:
                await asyncio.to_thread(self.before.pop(word))
            answer = next((said for word, said in self.answers.items() if word in line), None)
            if answer is None:
                behind.write(line)
            elif answer:
                back.write(answer.replace(b"TAG", tag) + b"\r\n")
            else:
                break
        raise ConnectionResetError

    async def _down(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(65536):
            if not self.silent:
                writer.write(data.replace(self.hide, b"") if self.hide else data)
                await writer.drain()
        raise ConnectionResetError
