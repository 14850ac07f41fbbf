"""What ingest and live measure: a desk whose tickets are held by agents who listen, and the echo it is held against."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.common.desk import Api, add_agents, all_held, desk, live_sockets, visitors, write_settings
from bench.common.load import ACKED, ECHOED, Crowd, Traffic
from bench.common.processes import Server, served
from bench.common.sockets import Socket, connect_all

VISITORS = 1000
AGENTS = 20
UNDER_WAY = 256

HELD = """
[queues.support]
offer_seconds = 0
[channels.site]
kind = "webchat"
assistant = false
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A server and the crowd that talks to it."""

    server: Server
    crowd: Crowd

    async def round(self, messages: int) -> tuple[Traffic, float]:
        """Closed loop; CPU microseconds of the server for each message."""
        before = self.server.cpu()
        traffic = await self.crowd.closed(messages, UNDER_WAY)
        return traffic, (self.server.cpu() - before) / messages * 1e6


async def echo_of(stack: AsyncExitStack, folder: Path) -> Subject:
    server = await stack.enter_async_context(served(["-m", "bench.common.echo"], folder))
    sockets = await connect_all(server.host, server.port, ["/"] * VISITORS, ignore)
    return Subject(server, Crowd(sockets, ECHOED))


async def held_desk(
    stack: AsyncExitStack, client: aiohttp.ClientSession, folder: Path, command: Sequence[str]
) -> Subject:
    """A desk where each visitor's ticket is held by one of the agents, who all listen."""
    file = write_settings(folder, HELD)
    agents = await add_agents(file, AGENTS, ["support"], capacity=VISITORS)
    server = await stack.enter_async_context(desk(file, command))
    paths = await visitors(client, server, "site", VISITORS)
    sockets = await connect_all(server.host, server.port, paths, ignore)
    await Crowd(sockets, ACKED).closed(VISITORS, 64)
    await all_held(Api(client, server, agents[0].token), "support", VISITORS)
    return Subject(server, Crowd(sockets, ACKED, await live_sockets(server, agents, ignore)))


def ignore(socket: Socket, frame: bytes) -> None:
    """Nobody measures yet."""
