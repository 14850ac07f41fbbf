"""How soon a message is acknowledged, and how soon the agent who holds its ticket sees it, at a steady rate.

An open loop: messages are sent at their times, whatever became of those before, over 1,000 connections. The yardstick
is an aiohttp echo of the same frames, run in turn with the desk, and what an fsync takes on this disk.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp

from bench.common import program
from bench.common.desk import SERVE
from bench.common.disk import fsync_times
from bench.common.figures import Goal, middle, percentile, significant, spread
from bench.common.program import say
from bench.common.subjects import Subject, echo_of, held_desk

RATE = 500.0  # messages a second
ROUNDS = 5


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Both in turn, in each round."""
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(aiohttp.ClientSession())
            folder = Path(name)
            say("live: starting")
            echo = await echo_of(stack, folder)
            desk = await held_desk(stack, client, folder / "desk", SERVE)
            return await _rounds(2.0 if options.quick else 6.0, folder, echo, desk)


async def _rounds(seconds: float, folder: Path, echo: Subject, desk: Subject) -> tuple[dict[str, Any], Sequence[Goal]]:
    echoed: list[float] = []
    acked: list[float] = []
    pushed: list[float] = []
    fsync: list[float] = []
    for number in range(ROUNDS):
        say(f"live: round {number + 1} of {ROUNDS}")
        fsync += fsync_times(folder)
        echoed.append(percentile((await echo.crowd.opened(RATE, seconds)).acks, 0.99))
        traffic = await desk.crowd.opened(RATE, seconds)
        acked.append(percentile(traffic.acks, 0.99))
        pushed.append(percentile(traffic.pushes, 0.99))
    late = max(5 * middle(echoed), 3 * percentile(fsync, 0.99) + 10)
    figures = {
        "echo_p99_ms": spread(echoed),
        "ack_p99_ms": spread(acked),
        "push_p99_ms": spread(pushed),
        "fsync_ms": {"p50": significant(percentile(fsync, 0.5)), "p99": significant(percentile(fsync, 0.99))},
    }
    return figures, [
        Goal("p99 of ack at 500/s, ms", late, middle(acked)),
        Goal("p99 of push at 500/s, ms", late, middle(pushed)),
    ]


if __name__ == "__main__":
    program.run("live", measure)
