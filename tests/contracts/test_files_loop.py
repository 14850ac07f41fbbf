"""The loop that fetches files, on either store: a few at a time, and each once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

from contactcenter import workers
from contactcenter.bus.in_process import InProcessBus
from contactcenter.flow import intake, leases
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.views import shown_message
from contactcenter.model.values import Inbound, Sender
from contactcenter.storage.files import FolderFiles
from tests.contracts.engines import WITHIN, Engine, Opened
from tests.desk import SetClock, eventually
from tests.messengers import Messenger, messenger_policies, photo, raw_of, written


class Slow(Messenger):
    """Hands files out when it is told to, and counts who waits."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.waiting = 0
        self.most = 0
        self.full, self.open = asyncio.Event(), asyncio.Event()

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting == workers.FETCHED_AT_ONCE:
            self.full.set()
        await self.open.wait()
        self.waiting -= 1
        yield ref.encode()


async def test_the_loop_fetches_a_few_at_a_time_on_either_store(engine: Engine, tmp_path: Path) -> None:
    """Six files, three at once, in a real workshop on a real store; more wait without being claimed."""
    slow = Slow("chat")
    policies = Policies({"chat": Way(slow, "support", assistant=False)}, messenger_policies().queues)
    async with engine.opened() as opened:
        sender = Sender("messenger", "ada", "Ada")
        album = tuple(photo(f"file-{number}") for number in range(6))
        said = Inbound("1", "ada", sender, "Look", attachments=album)
        await opened.store.write(intake.receive, policies, raw_of("chat", written(said), 1))
        await opened.store.write(leases.beat, "here", [])
        workshop = shop(opened, policies, tmp_path)
        async with asyncio.timeout(WITHIN):
            draining = [
                asyncio.ensure_future(workers._drain(workshop, name, step)())
                for name, step in workers._steps(workshop, [])
                if name == "files"
            ]
            await slow.full.wait()
            slow.open.set()
            await eventually(lambda: all_stored(opened))
        for task in draining:
            task.cancel()
        await asyncio.gather(*draining, return_exceptions=True)
        assert (len(draining), slow.most) == (3, 3)


async def all_stored(opened: Opened) -> bool:
    return all(file.state == "stored" for file in (await opened.store.read(shown_message, 1)).files)


def shop(opened: Opened, policies: Any, folder: Path) -> workers.Workshop:
    """A workshop without an assistant: only its files are drained."""
    return workers.Workshop(
        owner="here",
        store=opened.store,
        bus=InProcessBus(),
        files=FolderFiles(folder / "files"),
        clock=SetClock(),
        policies=policies,
        assistant=cast("Any", None),
    )
