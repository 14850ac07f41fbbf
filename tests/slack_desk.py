"""A running desk whose agents work in a fake Slack: Grace and Sam are there, with the addresses they have here."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contactcenter.settings import load
from tests.desk import RunningDesk, SetClock, eventually, running_desk, write_settings
from tests.providers.slack import Channel, Message, Slack, User

SETTINGS = """
[channels.people]
queue = "support"
[desk.slack]
api_url = "{api_url}"
mode = "{mode}"
token = "{token}"
app_token = "{app_token}"
signing_secret = "{signing_secret}"
channel = "{channel}"
supervisors = "{supervisors}"
"""


@dataclass
class SlackDesk:
    """The desk, Slack, and who is where."""

    desk: RunningDesk
    slack: Slack
    triage: Channel
    supervisors: Channel
    grace: User
    sam: User
    eve: User  # works there, and is no agent

    async def ask(self, text: str, who: str = "ada", number: str = "m1", **more: str) -> Any:
        """A customer writes on the channel where people answer at once; the ticket."""
        await self.desk.people_only.say(f"{who}@example.test", text, number, name=who.title(), **more)
        return await self.desk.ticket_of(who.title())

    async def card(self, ticket: int) -> Message:
        """The card of a ticket, as it stands now, once it is there."""

        async def there() -> Message | None:
            return self.card_now(ticket)

        return await eventually(there)

    def card_now(self, ticket: int) -> Message | None:
        for said in self.slack.messages(self.triage):
            if f"#{ticket} " in said.get("text", "") and not said.get("thread_ts"):
                return {**said, "channel": self.triage.id}
        return None

    async def card_says(self, ticket: int, words: str) -> Message:
        """The card once it says that."""

        async def says() -> Message | None:
            card = self.card_now(ticket)
            return card if card is not None and words in str(card["blocks"]) else None

        return await eventually(says)

    async def in_thread(self, card: Message, words: str) -> Message:
        """What is said in the thread, once it is."""

        async def said() -> Message | None:
            return next((one for one in self.slack.replies(card) if words in str(one)), None)

        return await eventually(said)

    async def messages(self, ticket: int) -> list[str]:
        """The texts of all messages of a ticket."""
        return [message["text"] for message in await self.desk.sam.items(f"/tickets/{ticket}/messages")]

    async def notes(self, ticket: int) -> list[str]:
        """The texts of all notes of a ticket."""
        return [note["text"] for note in await self.desk.sam.items(f"/tickets/{ticket}/notes")]

    async def arrived(self, many: int) -> list[str]:
        """What customers received, once it is so many."""

        async def enough() -> list[str] | None:
            return self.received() if len(self.received()) >= many else None

        return await eventually(enough)

    async def marked(self, said: Message, reaction: str) -> None:
        """Until a message bears our reaction."""

        async def bears() -> bool:
            found = self.triage.messages[said["ts"]].get("reactions", [])
            return any(one["name"] == reaction for one in found)

        await eventually(bears)

    async def whispered(self, user: User, words: str) -> None:
        """Until somebody was told that, alone."""

        async def told() -> bool:
            return any(words in str(one) for one in user.whispers)

        await eventually(told)

    async def home_says(self, user: User, words: str) -> None:
        """Until somebody's home says that."""

        async def says() -> bool:
            return words in str(user.home)

        await eventually(says)

    async def opened(self, user: User, card: Message, action: str, value: str | None = None) -> None:
        """Press a button that opens a window, and wait for it."""
        before = len(user.modals)
        await self.slack.press(user, card, action, value)

        async def there() -> bool:
            return len(user.modals) > before

        await eventually(there)

    async def menu(self, user: User, ticket: int, verb: str) -> None:
        """Choose from one of the menus of a card."""
        menu = "about" if verb in ("customer", "conversation", "merge", "mode_reply", "mode_note") else "more"
        await self.opened(user, await self.card(ticket), menu, f"{ticket}:{verb}")

    def received(self) -> list[str]:
        """What customers received."""
        return [message.text for message in self.desk.people_only.sent]


@asynccontextmanager
async def slack_desk(
    folder: Path,
    empty_store: Path,
    mode: str = "socket",
    *,
    more: str = "",
    webchat: str = "",
    support: str = "",
    port: int = 0,
    clock: SetClock | None = None,
) -> AsyncIterator[SlackDesk]:
    """Both of them, connected. `support`: keys of the queue of that name."""
    async with Slack() as slack:
        slack.world.clock = None if clock is None else clock.now
        grace, sam = slack.person("Grace", "grace@example.test"), slack.person("Sam", "sam@example.test")
        eve = slack.person("Eve", "eve@example.test")
        triage = slack.channel("desk", grace, sam, eve, private=True)
        supervisors = slack.channel("leads", sam, private=True)
        made = SETTINGS.format(
            api_url=slack.api_url,
            mode=mode,
            token=slack.token,
            app_token=slack.app_token,
            signing_secret=slack.signing_secret,
            channel=triage.id,
            supervisors=supervisors.id,
        )
        shutil.copyfile(empty_store, folder / "desk.db")
        file = write_settings(folder, port=port)
        text = file.read_text().replace(
            '[channels.people]\nkind = "loopback"\nassistant = false\nqueue = "sales"\n', ""
        )
        people = made.replace("[channels.people]\n", '[channels.people]\nkind = "loopback"\nassistant = false\n')
        text = text.replace("[queues.support]\n", f"[queues.support]\n{support}")
        if webchat:
            text = text.replace('[channels.site]\nkind = "webchat"\n', webchat + 'kind = "webchat"\n')
        file.write_text(text + people + more)
        async with running_desk(load(file, {}), clock) as desk:
            if mode == "http":
                slack.request_url = f"{desk.url}/hooks/desk.slack"
            else:
                await slack.connected()
            yield SlackDesk(desk, slack, triage, supervisors, grace, sam, eve)
