"""A loop that is asked to end ends, whatever wakes it in the same instant; and what runs beside the loops."""

import asyncio
from types import SimpleNamespace
from typing import cast

from contactcenter import workers
from contactcenter.bus.in_process import InProcessBus
from contactcenter.flow.live import typing_topic
from contactcenter.model.values import Parsed
from tests.contracts.engines import WITHIN
from tests.messengers import Messenger


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


async def test_typing_is_shown_by_whoever_holds_the_right_to_send() -> None:
    bus, here, elsewhere = InProcessBus(), Messenger("chat"), Messenger("chat")
    tasks = []
    for messenger, held in ((here, {"send:chat"}), (elsewhere, set[str]())):
        workshop = cast("workers.Workshop", SimpleNamespace(bus=bus, held=held))
        tasks.append(asyncio.ensure_future(workers._show_typing(workshop, messenger)()))
    await asyncio.sleep(0)  # both listen
    bus.publish([typing_topic("chat")], b"ada")
    bus.publish([typing_topic("robot")], b"bob")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (here.typed, elsewhere.typed) == (["ada"], [])


def test_an_event_that_cannot_be_parsed_is_no_trouble_of_those_it_is_parsed_with() -> None:
    fault, late = ValueError("junk"), ConnectionError("its file is away")

    def fails() -> list[Parsed]:
        raise fault

    assert workers._parse_all({1: list, 2: fails, 3: late, 4: list}) == {1: [], 2: fault, 3: late, 4: []}
