"""What fetching a mail by IMAP costs, from the mailbox to the ticket, and how soon an agent sees a mail that comes.

A real Dovecot on loopback. Cost: mails lie in another folder, are moved into the inbox all at once, and CPU of the desk
counts until each is a ticket. Delay: one mail at a time, from the beginning of its delivery by LMTP to the agent's live
socket; Dovecot itself tells of new mail only every half second.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

import aiohttp

from bench.common import program
from bench.common.desk import Agent, Api, add_agents, desk, live_sockets, write_settings
from bench.common.figures import Goal, middle, percentile, significant, spread
from bench.common.mails import MAILBOX, mails
from bench.common.processes import Server
from bench.common.program import Wrong, say, until
from bench.common.sockets import Socket
from tests.mail_servers import PASSWORD, Dovecot

ROUNDS = 5
SETTINGS = """
[queues.support]
[channels.support]
kind = "email"
assistant = false
address = "{mailbox}"
imap_url = "imap://{user}@127.0.0.1:{port}"
imap_password = "{password}"
"""


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Rounds of many at once, then one after another."""
    count, singles = (200, 10) if options.quick else (1_000, 60)
    found: dict[str, list[float]] = {name: [] for name in ("cpu_ms_per_mail", "mails_per_second", "size_kb")}
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name, dovecot() as provider:
        user = provider.new()
        provider.create(user, "Later")
        text = SETTINGS.format(mailbox=MAILBOX, user=user, port=provider.port, password=PASSWORD)
        file = write_settings(Path(name), text)
        (agent,) = await add_agents(file, 1, ["support"], 1)
        async with desk(file) as server, aiohttp.ClientSession() as client:
            api = Api(client, server, agent.token)
            for number in range(ROUNDS):
                say(f"imap: round {number + 1} of {ROUNDS}")
                letters = [content for _, content in mails(count, seed=number)]
                found["size_kb"].append(mean(map(len, letters)) / 1000)
                await asyncio.to_thread(file_away, provider, user, letters)
                await _round(found, api, server, lambda: provider.move(user, "Later"), (number + 1) * count)
            say("imap: one by one")
            waits = await _waits(server, agent, provider, user, singles)
    figures: dict[str, Any] = {name: spread(values) for name, values in found.items()}
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    figures["seconds_to_agent"] = {"p50": significant(p50), "p99": significant(p99), "mails": len(waits)}
    goals = [Goal("CPU per mail of 13 KB, ms", 2.5, middle(found["cpu_ms_per_mail"]))]
    return figures, [*goals, Goal("p99 from delivery to the agent's screen, s", 2.0, p99)]


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """A server of our own."""
    server = Dovecot(shutil.which("dovecot") or "/usr/sbin/dovecot")
    server.start()
    try:
        yield server
    finally:
        server.remove()


def file_away(provider: Dovecot, user: str, letters: Sequence[bytes]) -> None:
    """Into the folder that nobody fetches."""
    with provider.client(user) as client:
        for letter in letters:
            client.append("Later", letter)


async def _round(
    found: dict[str, list[float]], api: Api, server: Server, move: Callable[[], None], tickets: int
) -> None:
    async def taken_in() -> bool:
        (queue,) = (await api.get("/api/v1/queues/figures"))["items"]
        if queue["waiting"] > tickets:
            raise Wrong(f"{queue['waiting']} tickets from {tickets} mails")
        return bool(queue["waiting"] == tickets)

    count = tickets // len(found["size_kb"])
    before, began = server.cpu(), time.perf_counter()
    await asyncio.to_thread(move)
    await until(taken_in, f"that {tickets} mails are tickets")
    found["mails_per_second"].append(count / (time.perf_counter() - began))
    found["cpu_ms_per_mail"].append((server.cpu() - before) / count * 1000)


async def _waits(server: Server, agent: Agent, provider: Dovecot, user: str, count: int) -> list[float]:
    """Seconds from the beginning of a delivery to the frame with its subject."""
    seen = asyncio.Event()
    subject = b""

    def hear(socket: Socket, frame: bytes) -> None:
        if subject in frame:
            seen.set()

    (live,) = await live_sockets(server, [agent], hear)
    waits = []
    for number in range(count):
        subject = b"one by one %d." % number
        letter = b"From: ada%d@example.test\r\nSubject: %s\r\nMessage-ID: <%d@one.test>\r\n\r\nHello\r\n"
        seen.clear()
        began = time.perf_counter()
        await asyncio.to_thread(provider.deliver, user, letter % (number, subject, number))
        async with asyncio.timeout(30.0):
            await seen.wait()
        waits.append(time.perf_counter() - began)
    live.close()
    return waits


if __name__ == "__main__":
    program.run("imap", measure)
