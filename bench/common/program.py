"""What every program here is: it measures, tells its progress on stderr, and prints one JSON object.

A figure that misses its goal is reported and is no error, unless it must be met. A program fails as well when what it
measured was not right: a message lost, stored twice, or out of order.
"""

import argparse
import asyncio
import gc
import json
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import uvloop

from bench.common.figures import Goal


class Wrong(Exception):
    """What was measured did not do what it must; the figures mean nothing."""


Measure = Callable[[argparse.Namespace], Coroutine[Any, Any, tuple[dict[str, Any], Sequence[Goal]]]]
"""Answers the figures by name, and the goals."""


def run(name: str, measure: Measure, options: argparse.ArgumentParser | None = None) -> None:
    """The program `python -m bench.<name>`."""
    parser = options or argparse.ArgumentParser(prog=f"python -m bench.{name}")
    parser.add_argument("--quick", action="store_true", help="shorter rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there as well")
    arguments = parser.parse_args()
    began = time.monotonic()
    gc.disable()  # a pause of the load generator would be measured as one of the server
    try:
        figures, goals = uvloop.run(measure(arguments))
    except Wrong as error:
        sys.exit(f"{name}: {error}")
    result = {
        "bench": name,
        "quick": arguments.quick,
        "seconds": round(time.monotonic() - began, 1),
        "python": platform.python_version(),
        "figures": figures,
        "goals": [goal.shown() for goal in goals],
    }
    text = json.dumps(result, indent=2)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    if any(goal.must and not goal.met for goal in goals):
        sys.exit(1)


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


async def until(condition: Callable[[], Awaitable[bool]], what: str, within: float = 60.0) -> None:
    """Wait for something that must come about; raises Wrong when it does not."""
    give_up = asyncio.get_running_loop().time() + within
    while not await condition():
        if asyncio.get_running_loop().time() > give_up:
            raise Wrong(f"{what} did not come about within {within:.0f} s")
        await asyncio.sleep(0.1)
