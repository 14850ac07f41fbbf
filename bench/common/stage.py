"""A desk, everybody who writes to it, and what happens to it: the stage on which faults are played.

The desk is one process or several, each killed by its id and started again. A scene ends when everybody has a receipt
for everything and nothing is under way any more; then it is audited.
"""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.common.audit import UNFINISHED, Audit, audit, rows
from bench.common.budget import BETWEEN, BURST, Budget
from bench.common.desk import SERVE, add_agents, write_settings
from bench.common.mails import MAILBOX
from bench.common.ports import answers, free_port
from bench.common.processes import ROOT, Server
from bench.common.program import say, until
from bench.common.smtp import Relay, relaying
from bench.common.writers import Answerer, Sender, Visitor

SLOWEST_RELAY = 0.1  # seconds
FINISH_SECONDS = 180.0
LOOKS = 20  # at what visitors have read, half a second apart, before what is missing counts as lost
START_UP = 1.2  # seconds, about
SETTINGS = """
[store]
url = "{store}"
[bus]
url = "{bus}"
[web]
port = {web}
[log]
level = "warning"
[queues.support]
offer_seconds = 0
[channels.site]
kind = "webchat"
assistant = false
[channels.support]
kind = "email"
assistant = false
address = "{mailbox}"
smtp_listen = "127.0.0.1:{smtp}"
smtp_relay = "127.0.0.1:{relay}"
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many there are, and how much each of them says."""

    visitors: int
    says: int
    senders: int
    writes: int

    @property
    def messages(self) -> int:
        return self.visitors * self.says + self.senders * self.writes


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a desk keeps its things, and how many processes it is. `store` and `bus` as in the settings."""

    store: str
    bus: str = ""
    processes: int = 1
    pipeline: int = 1  # messages of a visitor without an ack; more than one only where none is ever refused

    @property
    def database(self) -> str:
        """What audit reads."""
        return self.store.removeprefix("sqlite:///")


@dataclass
class Victim:
    """A process of the desk."""

    file: Path
    port: int
    server: Server | None = None
    ended: list[str] = field(default_factory=list)  # its last words, each time it ended by itself

    def start(self) -> None:
        self.server = Server([*SERVE, "serve", "--config", str(self.file)], self.file.parent)

    def kill(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server = None

    @property
    def words(self) -> str:
        """The end of its log."""
        return (self.file.parent / "log").read_text(encoding="utf-8", errors="replace")[-3000:]

    async def up(self) -> None:
        """Until it answers. One that has ended by itself is started again, as a process manager would."""

        async def answering() -> bool:
            if self.server is not None and self.server.process.poll() is not None:
                self.ended.append(self.words.strip().splitlines()[-1])
                self.kill()
                self.start()
            return await answers(self.port)

        await until(answering, "that the desk answers")


@dataclass
class Scene:
    """Everybody and everything."""

    ground: Ground
    victims: list[Victim]
    visitors: list[Visitor]
    senders: list[Sender]
    answerer: Answerer
    relay: Relay
    budget: Budget
    faults: list[str]
    client: aiohttp.ClientSession
    answering: asyncio.Task[None]
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def refusals(self) -> tuple[list[str], list[str]]:
        """What visitors and senders were told when nothing could be stored."""
        chat = [words for visitor in self.visitors for words in visitor.refusals]
        return chat, [words for sender in self.senders for words in sender.refusals]

    @property
    def under_way(self) -> bool:
        """Does anybody wait for a receipt?"""
        return any(visitor.waits for visitor in self.visitors) or any(sender.waits for sender in self.senders)

    async def quiet(self) -> None:
        """Until all that was released is said, answered and delivered."""
        answered = -1

        async def nothing_happens() -> bool:
            nonlocal answered
            before, answered = answered, len(self.answerer.said)
            idle = (await self._read(UNFINISHED))[0][0] == 0
            await asyncio.sleep(0.5)
            return bool(idle and before == answered and not self.under_way)

        await until(nothing_happens, "that nothing is under way")

    async def finish(self) -> dict[str, Any]:
        """All that is left is said and answered; then the audit, before and after unknown answers are repeated."""
        for victim in self.victims:
            await victim.up()
        self.budget.release(self.budget.left)
        await until(self._all_said, "that everybody has said everything", FINISH_SECONDS)
        self.answerer.enough.set()
        await self.answering
        first = await self._audited()
        for message in first.unknown:
            await self.answerer.repeat(self.client, message)
        again = await self._audited()
        if again.unknown:
            again.unsettled.append(f"answers are unknown again: {again.unknown}")
        again.unknown = first.unknown
        again.unsettled += self.faults + self._verify()
        ended = [words for victim in self.victims for words in victim.ended]
        if self.ground.processes == 1:  # nothing it needs was ever away
            again.unsettled += [f"the desk ended by itself: {words}" for words in ended]
        return {**again.shown(), "ended_by_itself": ended, **self.extra}

    async def _all_said(self) -> bool:
        return all(visitor.done for visitor in self.visitors) and all(sender.done for sender in self.senders)

    async def _audited(self) -> Audit:
        """Once nothing is under way, and the visitors have had a moment to read it."""

        async def idle() -> bool:
            return bool((await self._read(UNFINISHED))[0][0] == 0)

        await until(idle, "that all is delivered", FINISH_SECONDS)
        found = await asyncio.to_thread(self._audit)
        for _ in range(LOOKS):
            if not found.lost:
                break
            await asyncio.sleep(0.5)
            found = await asyncio.to_thread(self._audit)
        return found

    def _audit(self) -> Audit:
        return audit(self.ground.database, self.visitors, self.senders, self.answerer, self.relay)

    async def _read(self, query: str) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(rows, self.ground.database, query)

    def _verify(self) -> list[str]:
        """What the desk's own check says of its chains of events and figures."""
        command = [sys.executable, *SERVE, "verify", "--quiet", "--config", str(self.victims[0].file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return [] if done.returncode == 0 else [f"contactcenter verify: {done.stdout[-300:]} {done.stderr[-300:]}"]


@asynccontextmanager
async def staged(folder: Path, ground: Ground, sizes: Sizes, seed: int) -> AsyncIterator[Scene]:
    """Everybody is at work and waits for the budget; the desk runs."""
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(relaying(SLOWEST_RELAY, seed))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        smtp = free_port()
        victims = [_victim(folder / f"desk{number}", ground, smtp, relay.port) for number in range(ground.processes)]
        (agent,) = await add_agents(victims[0].file, 1, ["support"], capacity=100_000)
        ports, budget, faults = [victim.port for victim in victims], Budget(sizes.messages), list[str]()
        visitors = [
            Visitor(number, "site", ports, budget, sizes.says, faults, ground.pipeline)
            for number in range(sizes.visitors)
        ]
        senders = [Sender(number, MAILBOX, smtp, budget, sizes.writes, faults) for number in range(sizes.senders)]
        answerer = Answerer(agent.token, ports)
        for victim in victims:
            stack.callback(victim.kill)
            victim.start()
        answering = asyncio.create_task(answerer.run(client))
        tasks = [answering, *(asyncio.create_task(visitor.run(client)) for visitor in visitors)]
        tasks += [asyncio.create_task(sender.run()) for sender in senders]
        stack.push_async_callback(_end, tasks)
        yield Scene(ground, victims, visitors, senders, answerer, relay, budget, faults, client, answering)


def _victim(folder: Path, ground: Ground, smtp: int, relay: int) -> Victim:
    port = free_port()
    text = SETTINGS.format(store=ground.store, bus=ground.bus, web=port, smtp=smtp, relay=relay, mailbox=MAILBOX)
    return Victim(write_settings(folder, text, common=""), port)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """A writer that failed was a fault of ours: it is told."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


async def kill_again_and_again(
    scene: Scene, kills: int, up_for: float, chance: random.Random, besides: Callable[[int], Awaitable[None]]
) -> None:
    """Kill a process of the desk at so many random moments, some of them while it starts; `besides` happens as well."""
    messages, done, hit = scene.budget.left, 0, 0
    pouring = asyncio.create_task(_pour(scene, lambda: messages * (kills - done - 1) // kills))
    try:
        for done in range(kills):
            victim = chance.choice(scene.victims)
            if chance.random() < 0.2:
                await asyncio.sleep(chance.uniform(0, START_UP))
            else:
                await victim.up()
                await scene.budget.moment(chance, up_for)
            hit += scene.under_way
            victim.kill()
            await besides(done)
            victim.start()
            if done % 10 == 9:
                say(f"faults: {done + 1} kills, {scene.budget.left} messages left")
    finally:
        pouring.cancel()
    scene.extra |= {"kills": kills, "kills_with_messages_under_way": hit}


async def _pour(scene: Scene, kept_back: Callable[[], int]) -> None:
    """A burst at a time while there is somebody to take it, so that there is as much to say after the last kill."""
    while True:
        await asyncio.sleep(BETWEEN)
        if any([await answers(victim.port) for victim in scene.victims]):
            scene.budget.release(min(BURST, scene.budget.left - kept_back()))
