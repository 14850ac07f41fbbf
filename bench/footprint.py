"""What a desk takes before it does anything: CPU from the start to the first acknowledged message, memory, idling.

A bare aiohttp echo is measured beside it, for what the floor is. Memory of a visitor is the slope over batches of idle
sockets, so that what is paid once is not counted among them.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp

from bench.common import program
from bench.common.desk import desk, visitors, write_settings
from bench.common.figures import Goal, middle, spread
from bench.common.load import ACKED, Crowd
from bench.common.processes import Server, served
from bench.common.program import say
from bench.common.sockets import Socket, connect_all

ROUNDS = 5
BATCH = 400  # idle visitors added at a time
IDLERS = 1000
WINDOW = 5.0  # seconds
WINDOWS = 6  # 30 s in all: every socket is pinged once within 25 s

SETTINGS = """
[queues.support]
[channels.site]
kind = "webchat"
"""
ECHO = ("-m", "bench.common.echo")


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Starts, then memory, then idling."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        async with aiohttp.ClientSession() as client:
            folder = Path(name)
            starts = await _starts(client, folder)
            figures |= {key: spread(values) for key, values in starts.items()}
            sockets = await _idle_sockets(client, folder, ROUNDS)
            figures |= {key: spread(values) for key, values in sockets.items()}
            idle = await _idling(client, folder)
            figures |= {key: spread(values) for key, values in idle.items()}
    goals = [
        Goal("memory at the first start, MB", 90, middle(starts["first_start_mb"])),
        Goal("memory at a later start, MB", 90, middle(starts["later_start_mb"])),
        Goal("memory of an idle visitor, KiB", 25, middle(sockets["idle_visitor_kib"])),
        Goal("CPU from start to first accepted message, s", 1.5, middle(starts["first_start_cpu_s"])),
        Goal("CPU when idle, %", 1, _mean(idle["idle_cpu_percent"])),
        Goal("CPU with 1,000 idle visitors, %", 1, _mean(idle["idle_cpu_percent_with_visitors"])),
    ]
    return figures, goals


async def _starts(client: aiohttp.ClientSession, folder: Path) -> dict[str, list[float]]:
    """The very first start makes the schema; the later ones find it."""
    subjects = ("first_start", "later_start", "echo_start")
    found: dict[str, list[float]] = {f"{name}_{unit}": [] for name in subjects for unit in ("cpu_s", "mb")}
    for number in range(ROUNDS):
        say(f"footprint: start {number + 1} of {ROUNDS}")
        file = write_settings(folder / f"start{number}", SETTINGS)
        for which in ("first", "later"):
            async with desk(file) as server:
                found[f"{which}_start_mb"].append(server.memory() / 1e6)
                (socket,) = await _connected(client, server, 1)
                await Crowd([socket], ACKED).closed(1, 1)
                found[f"{which}_start_cpu_s"].append(server.cpu())
        async with served(ECHO, folder) as echo:
            found["echo_start_cpu_s"].append(echo.cpu())
            found["echo_start_mb"].append(echo.memory() / 1e6)
    return found


async def _idle_sockets(client: aiohttp.ClientSession, folder: Path, batches: int) -> dict[str, list[float]]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(_new_desk(folder / "visitors"))
        echo = await stack.enter_async_context(served(ECHO, folder))
        found: dict[str, list[float]] = {"idle_visitor_kib": [], "echo_socket_kib": []}
        kept = await _connected(client, server, BATCH)
        kept += await _echoing(echo, BATCH)
        for number in range(batches):
            say(f"footprint: {(number + 2) * BATCH} visitors")
            before = server.memory(), echo.memory()
            kept += await _connected(client, server, BATCH)
            kept += await _echoing(echo, BATCH)
            await asyncio.sleep(1)  # each socket reads how things stand as soon as it is open
            found["idle_visitor_kib"].append((server.memory() - before[0]) / BATCH / 1024)
            found["echo_socket_kib"].append((echo.memory() - before[1]) / BATCH / 1024)
        return found


async def _idling(client: aiohttp.ClientSession, folder: Path) -> dict[str, list[float]]:
    async with _new_desk(folder / "idle") as empty, _new_desk(folder / "full") as full:
        kept = await _connected(client, full, IDLERS)
        await asyncio.sleep(2)
        found: dict[str, list[float]] = {"idle_cpu_percent": [], "idle_cpu_percent_with_visitors": []}
        for number in range(WINDOWS):
            say(f"footprint: idle for {number * WINDOW:.0f} s")
            before = empty.cpu(), full.cpu()
            await asyncio.sleep(WINDOW)
            found["idle_cpu_percent"].append((empty.cpu() - before[0]) / WINDOW * 100)
            found["idle_cpu_percent_with_visitors"].append((full.cpu() - before[1]) / WINDOW * 100)
        assert not any(socket.closed for socket in kept)
        return found


def _new_desk(folder: Path) -> AbstractAsyncContextManager[Server]:
    return desk(write_settings(folder, SETTINGS))


async def _connected(client: aiohttp.ClientSession, server: Server, count: int) -> list[Socket]:
    paths = await visitors(client, server, "site", count)
    return await connect_all(server.host, server.port, paths, _ignore)


async def _echoing(server: Server, count: int) -> list[Socket]:
    return await connect_all(server.host, server.port, ["/"] * count, _ignore)


def _mean(values: Sequence[float]) -> float:
    """Pings come in bursts, so the windows of an idle time are judged together."""
    return sum(values) / len(values)


def _ignore(socket: Socket, frame: bytes) -> None:
    """Idle visitors do not read."""


if __name__ == "__main__":
    program.run("footprint", measure)
