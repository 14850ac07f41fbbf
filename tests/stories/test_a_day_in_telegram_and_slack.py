"""A customer in Telegram and agents in Slack, from the first question to the last word, by every transport.

What everybody sees on the way is held against tests/recordings/story/a-day.md, which is the same for all of them.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contactcenter.model.columns import SECOND
from contactcenter.verify import verify_all
from tests.contracts.test_telegram_channel import said
from tests.desk import NOON, SetClock, eventually
from tests.providers.slack import Message, User
from tests.providers.telegram import TOKEN, Contract, Fields, TelegramServer
from tests.servers import free_port
from tests.slack_desk import SlackDesk, slack_desk
from tests.transcript import Transcript, history

SETTINGS = """
[channels.bot]
kind = "telegram"
token = "{token}"
api_url = "{url}"
mode = "{mode}"
satisfaction = true
[tickets]
solve_reasons = ["answered", "no reply"]
"""
ADA = 100  # Ada's chat
PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 500
HOLD = 6.0  # seconds after which what was typed in a thread has left


class Ahead(SetClock):
    """Runs from noon on, and can be moved ahead."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self._began = time.monotonic()

    def now(self) -> int:
        return self.at + int((time.monotonic() - self._began) * SECOND)


@dataclass
class Day:
    """Everybody who has a part in it."""

    floor: SlackDesk
    telegram: TelegramServer
    seen: Transcript
    clock: Ahead
    bob: User

    async def ada_says(self, number: int, text: str, edited: str = "") -> None:
        """Ada writes, or has written, a message with that number of hers."""
        message = said(ADA, number, text=edited or text, **({"edit_date": 1_795_262_500} if edited else {}))
        changed = [f"edited: {edited}", f"it said: {text}"] if edited else [text]
        self.seen.customers[number] = ("Ada", changed)
        await self._tell({"edited_message" if edited else "message": message})

    async def ada_presses(self, number: int, label: str, under: Fields) -> None:
        """Ada presses a button under a message of ours."""
        shown = [row[0]["text"] for row in under["reply_markup"]["inline_keyboard"]]
        ada = said(ADA, 0)["from"]
        query = {"id": str(number), "from": ada, "chat_instance": "5", "data": str(shown.index(label))}
        message = {key: value for key, value in under.items() if key != "reply_markup"}
        self.seen.customers[number] = ("Ada", [f"presses [{label}]"])
        await self._tell({"callback_query": {**query, "message": message}})

    async def sent(self, words: str) -> Fields:
        """A message of ours, once it is in Telegram."""

        async def there() -> Fields | None:
            return next((one for one in self.telegram.shown if words in str(one)), None)

        return await eventually(there)

    async def agent_says(self, who: User, card: Message, text: str, files: Any = ()) -> None:
        """An agent writes in the thread, and thinks no better of it in time."""
        await self.floor.slack.say(who, self.floor.triage, text, card["ts"], files)
        self.clock.forward(HOLD)

    async def _tell(self, what: Fields) -> None:
        self.clock.forward(HOLD)
        update = self.telegram.update(**what)
        if self.telegram.webhook:
            assert await self.telegram.post(update) == 200
        else:
            self.telegram.bring(update)
            await self.telegram.until_acknowledged(update["update_id"])


@asynccontextmanager
async def a_day(
    folder: Path, empty_store: Path, contract: Contract, slack_by: str, telegram_by: str
) -> AsyncIterator[Day]:
    """A desk with both of them, by these transports."""
    clock = Ahead()
    async with TelegramServer(contract) as telegram:
        settings = SETTINGS.format(token=TOKEN, url=telegram.url, mode=telegram_by)
        opened = slack_desk(folder, empty_store, slack_by, more=settings, port=free_port(), clock=clock)
        async with opened as floor:
            await floor.desk.hire("Bob")
            bob = floor.slack.person("Bob", "bob@example.test")
            floor.triage.members.add(bob.id)
            await floor.slack.open_home(floor.sam)  # from then on the desk knows who he is in Slack
            await floor.home_says(floor.sam, "Yours")
            if telegram_by == "webhook":
                await telegram.until(lambda: bool(telegram.webhook))
            yield Day(floor, telegram, Transcript(floor, telegram), clock, bob)


@pytest.mark.parametrize(
    ("slack_by", "telegram_by"),
    [("socket", "polling"), ("http", "webhook"), ("socket", "webhook"), ("http", "polling")],
)
async def test_from_the_first_question_to_the_last_word(
    tmp_path: Path, empty_store: Path, telegram_contract: Contract, slack_by: str, telegram_by: str
) -> None:
    async with a_day(tmp_path, empty_store, telegram_contract, slack_by, telegram_by) as day:
        card = await asks_and_wants_a_person(day)
        await two_agents_race(day, card)
        await grace_answers_with_a_file(day, card)
        await ada_edits_and_asks_again(day)
        await grace_gives_it_to_sam(day, card)
        await sam_looks_at_the_figures(day)
        await sam_solves_it(day)
        await ada_says_how_it_was(day)
        day.seen.lines += ["", "## The history", "", *await history(day.floor, 1)]
        day.seen.expect("a-day")
        assert await verify_all(day.floor.desk.settings, progress=False) == []


async def asks_and_wants_a_person(day: Day) -> Message:
    await day.ada_says(7, "Where is my order?")
    answer = await day.sent("Under Orders")
    await day.seen.step("Ada asks, the assistant answers")
    await day.ada_presses(8, "Talk to a person", answer)
    card = await day.floor.card_says(1, "Claim")
    await day.seen.step("Ada wants a person")
    return card


async def two_agents_race(day: Day, card: Message) -> None:
    slack = day.floor.slack
    shown = asyncio.Event()
    slack.fault("chat.update", gate=shown, times=0)  # nobody sees yet that it is taken
    await slack.press(day.floor.grace, card, "claim")
    await slack.press(day.bob, card, "claim")
    shown.set()
    await day.floor.whispered(day.bob, "Grace took ticket 1 first")
    await day.seen.step("Grace and Bob claim it", "Both press [Claim] at once.", "")


async def grace_answers_with_a_file(day: Day, card: Message) -> None:
    await day.floor.slack.say(day.bob, day.floor.triage, "She is a friend of the house.", card["ts"])
    await day.agent_says(day.floor.grace, card, "It is packed: look!", [("parcel.png", "image/png", PHOTO)])
    sent = await day.sent("It is packed")
    assert day.telegram.uploads[sent["message_id"]] == PHOTO
    await day.seen.step("Grace answers with a photo, Bob only notes")


async def ada_edits_and_asks_again(day: Day) -> None:
    await day.ada_says(9, "Can I still chnage the address?")
    await day.ada_says(9, "Can I still chnage the address?", "Can I still change the address?")
    await day.floor.in_thread(await day.floor.card(1), "change the address")
    await day.seen.step("Ada asks again and edits what she wrote")


async def grace_gives_it_to_sam(day: Day, card: Message) -> None:
    floor = day.floor
    await floor.menu(floor.grace, 1, "assign")
    await day.seen.step("Grace looks whom she could ask")
    sam = str(floor.desk.people["Sam"].id)
    await floor.slack.submit_view(floor.grace, {"agent": sam, "note": "Only you can change addresses."})
    await floor.card_says(1, "with *Sam*")
    await day.seen.step("Grace gives it to Sam")
    day.clock.forward(HOLD)
    await floor.slack.say(floor.grace, floor.triage, "Thank you!", card["ts"])
    await day.agent_says(floor.sam, card, "Yes: done. It goes to your new address.")
    await day.sent("your new address")
    await day.seen.step("Sam answers; Grace, who no longer has it, notes")


async def sam_looks_at_the_figures(day: Day) -> None:
    floor = day.floor
    await floor.slack.slash(floor.sam, "/desk", "figures", floor.supervisors)
    tickets = await floor.desk.sam.items("/tickets")
    for queue in ("support", "sales"):
        counted = [sum(one["queue"] == queue and one["status"] == status for one in tickets)
                   for status in ("new", "open", "answered", "snoozed")]  # fmt: skip
        told = "{} new, {} open, {} answered, {} snoozed".format(*counted)
        assert f"*{queue.title()}*: {told}" in str(floor.sam.whispers[-1])
    await day.seen.step("Sam looks at the figures", "Sam types /desk figures.", "")


async def sam_solves_it(day: Day) -> None:
    floor = day.floor
    await floor.opened(floor.sam, await floor.card(1), "solve")
    await day.seen.step("Sam has done with it")
    await floor.slack.submit_view(floor.sam, {"reason": "answered", "remark": "new address"})
    await day.sent("How satisfied")
    await floor.card_says(1, "solved")
    await day.seen.step("Sam solves it, and Ada is asked how it was")


async def ada_says_how_it_was(day: Day) -> None:
    await day.ada_presses(10, "😊 Happy", await day.sent("How satisfied"))
    await day.seen.step("Ada says how it was")
