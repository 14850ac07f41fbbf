"""The channel contract for the loopback channel, which is its own provider."""

import asyncio
from typing import ClassVar

import pytest

from contactcenter.channels.loopback import RETRY_AFTER, Loopback
from contactcenter.channels.protocol import Channel
from contactcenter.model.values import Outbound, StoreUnavailable
from tests.contracts.channel import WITHIN, ChannelContract, Desk, Harness, Refused, Words, running

ADDRESSES = {
    "flood": "temporary@loopback",
    "never": "permanent@loopback",
    "silence": "unknown@loopback",
    "our key": "unusable@loopback",
}


class LoopbackHarness(Harness):
    excused: ClassVar = {
        "attachments_keep_name_type_size_and_bytes": "attachments: there are none",
        "a_wrong_or_stale_signature_is_refused": "hook: nobody but this process can say anything to it",
    }

    def __init__(self) -> None:
        self.loopback = Loopback("try")
        self.channel: Channel = self.loopback

    async def listening(self) -> None:
        """What is said before `run` waits."""

    async def say(self, words: Words) -> None:
        try:
            await self.loopback.say(words.thread, words.text, words.id)
        except StoreUnavailable as error:
            raise Refused(str(error)) from None

    async def shown(self, until: str) -> list[str]:
        assert self.loopback.sent[-1].text == until
        return [_as_shown(message) for message in self.loopback.sent]

    def outbound(self, text: str) -> Outbound:
        return Outbound(7, "ada@loopback", "ada@loopback", "agent", "Grace", text, 1, 0)

    def refusal(self, answer: str) -> Outbound:
        return Outbound(7, "one", ADDRESSES[answer], "agent", "Grace", "It is on its way.", 1, 0)

    async def called(self) -> str:
        return f"try-{self.loopback.sent[-1].message_id}"


def _as_shown(message: Outbound) -> str:
    """Loopback shows a message with all that belongs to it."""
    source, buttons = message.source, " ".join(message.choices)
    return message.text if source is None else f"{message.text} {source.title} {source.url} {source.checked} {buttons}"


class TestLoopback(ChannelContract):
    kind = "loopback"

    @pytest.fixture
    def harness(self) -> Harness:
        return LoopbackHarness()


async def test_whoever_gives_up_waiting_does_not_stop_the_channel() -> None:
    harness = LoopbackHarness()
    async with running(harness) as at_work:
        at_work.desk.open.clear()
        impatient = asyncio.create_task(harness.say(Words("Hello?", id="impatient")))
        await at_work.desk.until_asked()
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        at_work.desk.open.set()
        _, message = await at_work.hear(Words("Hello!", id="patient"))
    assert message.text == "Hello!"


async def test_what_is_said_before_the_channel_runs_waits_for_it() -> None:
    harness, desk = LoopbackHarness(), Desk()
    saying = asyncio.create_task(harness.say(Words("Early")))
    task = asyncio.create_task(harness.channel.run(desk.accept))
    await asyncio.wait_for(saying, WITHIN)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [raw.stream for raw in desk.asked] == ["try:one"]


def test_the_simulated_delay_is_the_contract_s() -> None:
    assert RETRY_AFTER == 7.0
