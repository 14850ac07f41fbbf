"""That an agent types is shown now and then, by whoever may send, and harms nothing."""

import asyncio

from contactcenter.channels import typing
from contactcenter.channels.typing import Typing
from tests.messengers import Messenger


async def settled() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_it_is_shown_once_in_a_while_for_each_conversation() -> None:
    messenger = Messenger("chat")
    shown = Typing(messenger, lambda: True)
    for key in ("ada", "ada", "bob", "ada"):
        shown.hear("typing:chat", key.encode())
    await settled()
    assert messenger.typed == ["ada", "bob"]
    await shown.close()


async def test_only_whoever_sends_shows_it() -> None:
    messenger = Messenger("chat")
    shown = Typing(messenger, lambda: False)
    shown.hear("typing:chat", b"ada")
    shown.hear("typing:chat", None)
    await settled()
    assert messenger.typed == []


class Stuck(Messenger):
    async def typing(self, conversation: str) -> None:
        self.typed.append(conversation)
        await asyncio.Event().wait()


async def test_a_provider_that_hangs_costs_a_few_tasks_and_no_more() -> None:
    stuck = Stuck("chat")
    shown, before = Typing(stuck, lambda: True), asyncio.all_tasks()
    for number in range(3 * typing.AT_ONCE):
        shown.hear("typing:chat", f"{number}".encode())
    await settled()
    assert len(stuck.typed) == typing.AT_ONCE
    await shown.close()
    assert asyncio.all_tasks() == before


async def test_what_is_remembered_is_bounded() -> None:
    shown = Typing(Messenger("chat"), lambda: True)
    for number in range(2 * typing.REMEMBERED):
        shown.hear("typing:chat", f"{number}".encode())
        await settled()
    assert len(shown._shown) <= typing.REMEMBERED
    await shown.close()
