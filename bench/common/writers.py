"""People who do not give up: visitors, mail senders and an agent who repeat what they have no receipt for.

Each behaves as its protocol asks of a good client and keeps a list of what it was promised; audit.py compares the lists
with what is stored. `faults` collects what no server may do, whatever befalls it.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from bench.common.budget import Budget
from bench.common.load import new_id, speech
from bench.common.smtp import Mailer
from bench.common.sockets import Socket, connect

AGAIN = 0.15  # seconds before trying again
PATIENCE = aiohttp.ClientTimeout(total=10)
UNWELL = (500, 502, 503, 504)

Places = Iterator[int]

_decode = msgspec.json.decode


@dataclass
class Visitor:
    """A visitor with one session, who says so many things in order and reads what is answered."""

    number: int
    channel: str
    ports: Sequence[int]
    budget: Budget
    messages: int
    faults: list[str]
    pipeline: int = 1  # messages without an ack at a time
    said: list[str] = field(default_factory=list)  # ids, in order
    acked: dict[str, int] = field(default_factory=dict)  # seq by id
    seen: dict[int, tuple[str, str]] = field(default_factory=dict)  # (id, text) by seq
    refusals: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _refused: bool = False

    @property
    def name(self) -> str:
        return f"visitor {self.number}"

    def text(self, number: int) -> str:
        """What the visitor says, as a mark that can be found again."""
        return f"mark-{self.name.replace(' ', '-')}-{number}"

    @property
    def done(self) -> bool:
        return len(self.acked) == self.messages

    @property
    def waits(self) -> bool:
        """Is there something without a receipt?"""
        return len(self.acked) < len(self.said)

    async def run(self, client: aiohttp.ClientSession) -> None:
        """Until cancelled: goes on reading when all is said."""
        places = itertools.cycle(self.ports)
        token = await _until_answered(lambda port: self._open_session(client, port), places)
        wanting = asyncio.create_task(self._want())
        try:
            while True:
                try:
                    await self._connected(next(places), token)
                except (OSError, TimeoutError):
                    await asyncio.sleep(AGAIN)
        finally:
            wanting.cancel()

    async def _open_session(self, client: aiohttp.ClientSession, port: int) -> str:
        url = f"http://127.0.0.1:{port}/chat/{self.channel}/sessions"
        async with client.post(url, json={"name": self.name}, timeout=PATIENCE) as answer:
            answer.raise_for_status()
            return str((await answer.json())["token"])

    async def _want(self) -> None:
        """Find something to say whenever the budget allows."""
        for _ in range(self.messages):
            await self.budget.take()
            self.said.append(new_id().decode())
            self._news.set()

    async def _connected(self, port: int, token: str) -> None:
        """One connection: what has no ack is said in order, a few at a time, again where it was said before."""
        path = f"/chat/{self.channel}/socket?token={token}&after={self._shown()}"
        socket = await connect("127.0.0.1", port, path, self._hear)
        under_way: set[str] = set()
        self._refused = False
        while socket.closed is None and not self._refused:
            self._news.clear()
            under_way -= self.acked.keys()
            for number, key in enumerate(self.said):
                if len(under_way) < self.pipeline and key not in self.acked and key not in under_way:
                    under_way.add(key)
                    socket.send(speech(key.encode(), self.text(number).encode()))
            await _set_or_later(self._news, 0.2)
        socket.close()
        await asyncio.sleep(AGAIN)

    def _shown(self) -> int:
        """The highest seq up to which nothing is missing: an ack may overtake an agent's message."""
        known = self.seen.keys() | set(self.acked.values())
        return next(seq for seq in itertools.count() if seq + 1 not in known)

    def _hear(self, socket: Socket, frame: bytes) -> None:
        told = _decode(frame)
        match told["type"]:
            case "ack":
                if self.acked.setdefault(told["id"], told["seq"]) != told["seq"]:
                    self.faults.append(f"{self.name}: one message was acknowledged with two seqs")
            case "message":
                message = told["id"], told["text"]
                if self.seen.setdefault(told["seq"], message) != message:
                    self.faults.append(f"{self.name}: two messages under seq {told['seq']}")
            case "error":
                self.refusals.append(f"{told['title']}: {told['detail']}")
                self._refused = True
                if not told["retry"]:
                    self.faults.append(f"{self.name} was refused for good: {told}")
        self._news.set()


@dataclass
class Sender:
    """Somebody who writes mails in one thread, each until it has its 250."""

    number: int
    mailbox: str
    port: int
    budget: Budget
    messages: int
    faults: list[str]
    taken: int = 0  # mails with a 250
    refusals: list[str] = field(default_factory=list)
    _sending: bool = False

    @property
    def name(self) -> str:
        return f"sender {self.number}"

    def text(self, number: int) -> str:
        """As Visitor.text."""
        return f"mark-{self.name.replace(' ', '-')}-{number}"

    @property
    def done(self) -> bool:
        return self.taken == self.messages

    @property
    def waits(self) -> bool:
        """As Visitor.waits."""
        return self._sending

    async def run(self) -> None:
        """Until all is taken."""
        while not self.done:
            await self.budget.take()
            await self._send()
            self.taken += 1

    async def _send(self) -> None:
        self._sending = True
        while True:
            if await self._sent():
                self._sending = False
                return
            await asyncio.sleep(AGAIN)

    async def _sent(self) -> bool:
        try:
            mailer = await Mailer.connect("127.0.0.1", self.port)
        except (OSError, TimeoutError):
            return False
        try:
            code = await mailer.send(f"{self.name.replace(' ', '')}@example.test", self.mailbox, self._content())
        except (OSError, TimeoutError):
            return False
        finally:
            mailer.close()
        if code >= 500:
            self.faults.append(f"{self.name} was refused for good: {code}")
        if code != 250:
            self.refusals.append(str(code))
        return code == 250

    def _content(self) -> bytes:
        number = self.taken
        ids = [f"<{self.number}.{earlier}@bench.example.test>" for earlier in range(number + 1)]
        thread = f"References: {' '.join(ids[-6:-1])}\r\nIn-Reply-To: {ids[-2]}\r\n" if number else ""
        head = (
            f"From: {self.name} <{self.name.replace(' ', '')}@example.test>\r\nTo: {self.mailbox}\r\n"
            f"Subject: {'Re: ' if number else ''}Order {self.number}\r\nMessage-ID: {ids[-1]}\r\n"
            f"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n{thread}"
        )
        return f"{head}MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n{self.text(number)}".encode()


@dataclass
class Answerer:
    """An agent who answers whatever is open, each answer until it has a 201."""

    token: str
    ports: Sequence[int]
    said: dict[int, str] = field(default_factory=dict)  # text by message id
    repeated: set[int] = field(default_factory=set)  # messages that were sent again because their fate was unknown
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def run(self, client: aiohttp.ClientSession) -> None:
        """Until there is enough of it."""
        places = itertools.cycle(self.ports)
        while not self.enough.is_set():
            opened = await _until_answered(lambda port: self._open_tickets(client, port), places)
            for ticket in opened:
                await self._answer(client, ticket, places)
            await asyncio.sleep(0.05)

    async def repeat(self, client: aiohttp.ClientSession, message: int) -> None:
        """Have a message sent again whose fate is unknown."""
        self.repeated.add(message)
        await self._ask(client, self.ports[0], "PUT", f"/api/v1/messages/{message}/delivery", {"state": "due"}, "")

    async def _open_tickets(self, client: aiohttp.ClientSession, port: int) -> list[int]:
        page = await self._ask(client, port, "GET", "/api/v1/tickets?status=open&assignee=me&limit=100", None, "")
        return [item["id"] for item in page["items"]]

    async def _answer(self, client: aiohttp.ClientSession, ticket: int, places: Places) -> None:
        text, key = f"answer-{next(self._numbers)}", new_id().decode()
        path = f"/api/v1/tickets/{ticket}/messages"
        answer = await _until_answered(lambda port: self._ask(client, port, "POST", path, {"text": text}, key), places)
        self.said[int(answer["id"])] = text

    async def _ask(self, client: aiohttp.ClientSession, port: int, method: str, path: str, body: Any, key: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        url = f"http://127.0.0.1:{port}{path}"
        async with client.request(method, url, json=body, headers=headers, timeout=PATIENCE) as answer:
            answer.raise_for_status()
            return await answer.json()


async def _until_answered(ask: Callable[[int], Any], places: Places) -> Any:
    """Ask one place after the other; what is not a matter of being away or unwell is raised."""
    while True:
        try:
            return await ask(next(places))
        except aiohttp.ClientResponseError as error:
            if error.status not in UNWELL:
                raise
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass
        await asyncio.sleep(AGAIN)


async def _set_or_later(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
