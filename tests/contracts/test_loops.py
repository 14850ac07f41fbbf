"""A loop that is asked to end ends, whatever wakes it in the same instant."""

import asyncio
from types import SimpleNamespace
from typing import cast

from contactcenter import workers
from contactcenter.bus.in_process import InProcessBus
from contactcenter.model.values import Parsed
from tests.contracts.engines import WITHIN


async def test_a_hint_that_comes_with_the_end_does_not_keep_a_loop_going() -> None:
    bus, asked = InProcessBus(), asyncio.Event()

    async def step() -> int:
        asked.set()
        return 0

    workshop = cast("workers.Workshop", SimpleNamespace(bus=bus))
    task = asyncio.ensure_future(workers._drain(workshop, "inbox", step)())
    await asked.wait()
    await asyncio.sleep(0)  # now it waits for a hint
    bus.publish(["wake:inbox"], b"")
    task.cancel()
    ended, _ = await asyncio.wait({task}, timeout=WITHIN)
    task.cancel()
    assert ended == {task}
    assert task.cancelled()


def test_an_event_that_cannot_be_parsed_is_no_trouble_of_those_it_is_parsed_with() -> None:
    fault, late = ValueError("junk"), ConnectionError("its file is away")

    def fails() -> list[Parsed]:
        raise fault

    assert workers._parse_all({1: list, 2: fails, 3: late, 4: list}) == {1: [], 2: fault, 3: late, 4: []}
