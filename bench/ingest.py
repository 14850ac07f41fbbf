"""What a web chat message costs from the frame that comes in to the ack and the push to the agent, durably.

The yardstick is an aiohttp echo of the same frames at the same 1,000 connections, run in turn with the desk, and the
desk itself with one commit for each message. Every message must be acknowledged once and pushed once, else the figures
mean nothing and the program fails.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from bench.common import program
from bench.common.desk import (
    ONE_COMMIT_EACH,
    SERVE,
    Agent,
    Api,
    add_agents,
    desk,
    live_sockets,
    visitors,
    write_settings,
)
from bench.common.disk import fsync_times
from bench.common.figures import Goal, middle, percentile, significant, spread
from bench.common.load import ACKED, Crowd
from bench.common.processes import Server
from bench.common.program import say, until
from bench.common.sockets import Socket, connect_all
from bench.common.subjects import AGENTS, UNDER_WAY, VISITORS, Subject, echo_of, held_desk

NEWCOMERS = 400  # new tickets in one round: 20 for each agent

# Without articles the assistant hands over at once: what is measured is everything but its own time.
FIRST = """
[queues.support]
offer_seconds = 3600
[channels.site]
kind = "webchat"
[channels.plain]
kind = "webchat"
assistant = false
"""


@dataclass(slots=True)
class Rounds:
    """What the rounds of one subject gave."""

    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """For JSON."""
        named = {
            "cpu_us_per_message": self.cpu,
            "messages_per_second": self.rate,
        }
        return {name: spread(values) for name, values in named.items() if values}


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """All parts in turn, in each round."""
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(aiohttp.ClientSession())
            folder = Path(name)
            say("ingest: starting")
            echo = await echo_of(stack, folder)
            grouped = await held_desk(stack, client, folder / "grouped", SERVE)
            single = await held_desk(stack, client, folder / "single", ONE_COMMIT_EACH)
            newcomers = await _newcomers(stack, client, folder / "first")
            return await _rounds(options.quick, folder, echo, grouped, single, newcomers)


async def _rounds(
    quick: bool, folder: Path, echo: Subject, grouped: Subject, single: Subject, newcomers: "Newcomers"
) -> tuple[dict[str, Any], Sequence[Goal]]:
    messages = 4_000 if quick else 15_000
    found = {name: Rounds() for name in ("echo", "ingest", "one_commit_each", "first", "first_without_assistant")}
    fsync: list[float] = []
    for number in range(5):
        say(f"ingest: round {number + 1} of 5")
        fsync += fsync_times(folder)
        for name, subject, count in (
            ("echo", echo, 2 * messages),
            ("ingest", grouped, messages),
            ("one_commit_each", single, messages // 10),
        ):
            traffic, cpu = await subject.round(count)
            found[name].cpu.append(cpu)
            found[name].rate.append(traffic.rate)
        found["first"].cpu.append(await newcomers.round("site"))
        found["first_without_assistant"].cpu.append(await newcomers.round("plain"))
    figures: dict[str, Any] = {name: rounds.shown() for name, rounds in found.items()}
    figures["fsync_ms"] = {"p50": significant(percentile(fsync, 0.5)), "p99": significant(percentile(fsync, 0.99))}
    return figures, _goals(found, percentile(fsync, 0.5))


def _goals(found: dict[str, Rounds], fsync_p50: float) -> list[Goal]:
    """Ratios are taken round by round: what disturbs one part of a round disturbs the others."""
    cpu = {name: rounds.cpu for name, rounds in found.items()}
    rate = {name: rounds.rate for name, rounds in found.items()}
    goals = [
        Goal("server CPU per message, in echoes (aim 4)", 5, _ratio(cpu["ingest"], cpu["echo"])),
        Goal("closed-loop rate, in echoes", 0.2, _ratio(rate["ingest"], rate["echo"]), at_least=True),
        Goal("CPU of a first message up to the offer, in echoes", 15, _ratio(cpu["first"], cpu["echo"])),
    ]
    if fsync_p50 >= 1:
        faster = _ratio(rate["ingest"], rate["one_commit_each"])
        goals.append(Goal("closed-loop rate against one commit per message", 5, faster, at_least=True))
    return goals


def _ratio(these: Sequence[float], those: Sequence[float]) -> float:
    return middle([this / that for this, that in zip(these, those, strict=True)])


class OfferedTicket(msgspec.Struct):
    """As much of a ticket as is needed to end it."""

    id: int


class Offer(msgspec.Struct):
    """As much of an offer."""

    id: int
    agent: int
    state: str
    ticket: OfferedTicket


class OfferFrame(msgspec.Struct, tag_field="type", tag="offer"):
    """An agent is told of an offer."""

    offer: Offer


_offer = msgspec.json.Decoder(OfferFrame).decode


class Newcomers:
    """Visitors who write for the first time, each round new ones; their tickets are ended between the rounds."""

    def __init__(self, client: aiohttp.ClientSession, server: Server, agents: Sequence[Agent]) -> None:
        self._client = client
        self._server = server
        self._tokens = {agent.id: agent.token for agent in agents}
        self._offers: list[Offer] = []

    async def round(self, channel: str) -> float:
        """CPU microseconds of the server for each ticket, from the first frame to the last offer."""
        paths = await visitors(self._client, self._server, channel, NEWCOMERS)
        greeted: set[Socket] = set()
        sockets = await connect_all(
            self._server.host, self._server.port, paths, lambda socket, frame: greeted.add(socket)
        )
        await until(lambda: _reached(len(greeted), NEWCOMERS), "that every newcomer was told how things stand")
        crowd = Crowd(sockets, ACKED)
        self._offers.clear()
        before = self._server.cpu()
        await crowd.closed(NEWCOMERS, UNDER_WAY)
        await until(self._all_offered, f"that {NEWCOMERS} tickets are offered")
        spent = self._server.cpu() - before
        for socket in sockets:
            socket.close()
        await asyncio.gather(*(self._close(offers) for offers in self._by_agent()))
        return spent / NEWCOMERS * 1e6

    def hear(self, agent: Socket, frame: bytes) -> None:
        """What an agent's socket tells."""
        if frame.startswith(b'{"type":"offer"'):
            offer = _offer(frame).offer
            if offer.state == "open":
                self._offers.append(offer)

    async def _all_offered(self) -> bool:
        return len(self._offers) == NEWCOMERS

    def _by_agent(self) -> list[list[Offer]]:
        return [[offer for offer in self._offers if offer.agent == agent] for agent in self._tokens]

    async def _close(self, offers: Sequence[Offer]) -> None:
        for offer in offers:
            api = Api(self._client, self._server, self._tokens[offer.agent])
            await api.put(f"/api/v1/offers/{offer.id}", {"state": "accepted"})
            await api.put(f"/api/v1/tickets/{offer.ticket.id}/status", {"status": "closed"})


async def _newcomers(stack: AsyncExitStack, client: aiohttp.ClientSession, folder: Path) -> Newcomers:
    file = write_settings(folder, FIRST)
    agents = await add_agents(file, AGENTS, ["support"], capacity=VISITORS)
    server = await stack.enter_async_context(desk(file))
    newcomers = Newcomers(client, server, agents)
    await live_sockets(server, agents, newcomers.hear)
    return newcomers


async def _reached(count: int, goal: int) -> bool:
    return count >= goal


if __name__ == "__main__":
    program.run("ingest", measure)
