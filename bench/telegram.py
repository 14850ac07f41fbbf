"""What a message to Telegram costs us beside what it costs the library alone, and what an update costs to read.

Both send to the same Bot API, a process of its own, in turn; CPU is that of this process. Reading is compared with the
library's own, which checks no types.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from telegram import Bot, Update

from bench.common import program
from bench.common.figures import Goal, middle, spread
from bench.common.processes import ROOT
from contactcenter.channels.telegram import Settings, Telegram
from contactcenter.channels.telegram.channel import Inside
from contactcenter.channels.telegram.limits import Limits
from contactcenter.model.values import Outbound, RawEvent
from contactcenter.ports import Store
from contactcenter.storage.files import FolderFiles

ROUNDS = 7
TOKEN = "4711:a-token-that-is-only-for-measuring"
TEXT = "It is on its way. Under Orders you find the state of every order, and when it will arrive."
UPDATE = {
    "update_id": 5001,
    "message": {
        "message_id": 11,
        "from": {"id": 100, "is_bot": False, "first_name": "Ada", "last_name": "Lovelace", "language_code": "en"},
        "chat": {"id": 100, "first_name": "Ada", "last_name": "Lovelace", "type": "private"},
        "date": 1_795_262_400,
        "text": "Where is my order? See acme.test",
        "entities": [{"offset": 23, "length": 9, "type": "url"}],
    },
}


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Rounds of each in turn."""
    times = 100 if options.quick else 500
    found: dict[str, list[float]] = {name: [] for name in ("library", "ours", "library_reads", "ours_reads")}
    command = sys.executable, "-m", "bench.common.bot_api"
    server = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(await server.stdout.readline())}"
        with TemporaryDirectory() as folder:
            await _send(url, Path(folder), times, found)
    finally:
        server.kill()
        await server.wait()
    _read(times, found)
    more = [ours - library for ours, library in zip(found["ours"], found["library"], strict=True)]
    figures = {f"cpu_ms_per_message_{name}": spread(values) for name, values in found.items()}
    goal = Goal("ms of CPU of a message beyond the library's own", 1.0, middle(more))
    return {**figures, "cpu_ms_beyond_the_library": spread(more)}, [goal]


async def _send(url: str, folder: Path, times: int, found: dict[str, list[float]]) -> None:
    settings = Settings.model_validate({"kind": "telegram", "token": TOKEN, "api_url": url})
    inside = Inside(limits=Limits(count(0, 100).__next__))  # a clock that is never in the way
    channel = Telegram("bot", settings, cast(Store, None), FolderFiles(folder), inside)
    numbers = count(1)

    async def ours() -> None:
        number = next(numbers)
        await channel.send(Outbound(number, "100", "100", "agent", "Grace", TEXT, number, 0))

    async with Bot(TOKEN, f"{url}/bot") as bot, channel.line.used():

        async def library() -> None:
            await bot.send_message(100, TEXT)

        for _ in range(ROUNDS):
            found["library"].append(await _cost(library, times))
            found["ours"].append(await _cost(ours, times))


def _read(times: int, found: dict[str, list[float]]) -> None:
    payload = json.dumps(UPDATE).encode()
    raw = RawEvent("bot", "4711:5001", "bot:100", payload, {"bot": "4711", "username": "acme_bot"})
    settings = Settings.model_validate({"kind": "telegram", "token": TOKEN})
    channel = Telegram("bot", settings, cast(Store, None), FolderFiles(Path()))
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            Update.de_json(json.loads(payload), None)
        middle_ = time.process_time()
        for _ in range(times):
            channel.parse(raw)
        found["library_reads"].append((middle_ - began) / times * 1000)
        found["ours_reads"].append((time.process_time() - middle_) / times * 1000)


async def _cost(send: Callable[[], Awaitable[None]], times: int) -> float:
    """CPU of one, in milliseconds."""
    for _ in range(5):
        await send()
    began = time.process_time()
    for _ in range(times):
        await send()
    await asyncio.sleep(0)
    return (time.process_time() - began) / times * 1000


if __name__ == "__main__":
    program.run("telegram", measure)
