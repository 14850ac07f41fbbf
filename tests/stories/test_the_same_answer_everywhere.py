"""The same question by web chat, e-mail, Telegram and Slack: the answer with its source, a handoff, then silence."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest

from contactcenter.channels.email import Email
from contactcenter.settings import load
from tests.contracts.test_telegram_channel import said
from tests.desk import ORDER, Chat, RunningDesk, eventually, running_desk, write_settings
from tests.providers.slack import Channel, Slack, User
from tests.providers.smtp_relay import SmtpRelay, write_to
from tests.providers.telegram import TOKEN, Contract, TelegramServer

CHANNELS = """
[channels.mail]
kind = "email"
address = "support@example.test"
smtp_listen = "127.0.0.1:0"
smtp_relay = "{relay}"
undo_seconds = 0
[channels.bot]
kind = "telegram"
token = "{telegram_token}"
api_url = "{telegram}"
[channels.partners]
kind = "slack"
api_url = "{slack.api_url}"
mode = "socket"
token = "{slack.token}"
app_token = "{slack.app_token}"
signing_secret = "{slack.signing_secret}"
"""
MEDIA = ("webchat", "mail", "telegram", "slack")
SHOWN = ("Where is my order?", "2026-11-01", "/help/order-status")


class Medium(Protocol):
    """Ada's side of a channel."""

    async def say(self, text: str) -> None: ...

    def shown(self) -> list[str]:
        """What reached her, oldest first, with all that stands below it."""


@dataclass
class Web:
    chat: Chat

    async def say(self, text: str) -> None:
        await self.chat.say(text)

    def shown(self) -> list[str]:
        self.chat.take()
        ours = [one for _, one in sorted(self.chat.shown.items()) if one["author"]["kind"] != "customer"]
        return [" ".join(map(str, (one["text"], one["source"], one["choices"]))) for one in ours]


@dataclass
class Mail:
    channel: Email
    relay: SmtpRelay
    numbers: Any

    async def say(self, text: str) -> None:
        mail = EmailMessage(policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = "Ada <ada@example.test>", "support@example.test", "My order"
        number = next(self.numbers)
        mail["Message-ID"] = f"<{number}@example.test>"
        if number > 1:
            mail["References"] = "<1@example.test>"
        mail.set_content(text)
        await write_to(self.channel, mail.as_bytes())

    def shown(self) -> list[str]:
        mails = [message_from_bytes(taken.content, policy=policy.default) for taken in self.relay.taken]
        bodies = [mail.get_body(("plain",)) for mail in mails if isinstance(mail, EmailMessage)]
        return [str(body.get_content()) for body in bodies if isinstance(body, EmailMessage)]


@dataclass
class Telegram:
    server: TelegramServer
    numbers: Any

    async def say(self, text: str) -> None:
        update = self.server.update(message=said(100, next(self.numbers), text=text))
        self.server.bring(update)
        await self.server.until_acknowledged(update["update_id"])

    def shown(self) -> list[str]:
        return [str(one) for one in self.server.shown]


@dataclass
class InSlack:
    slack: Slack
    ada: User
    dm: Channel

    async def say(self, text: str) -> None:
        await self.slack.say(self.ada, self.dm, text)

    def shown(self) -> list[str]:
        return [str(one) for one in self.slack.messages(self.dm) if one.get("bot_id")]


@dataclass
class Everywhere:
    """A desk on all of them, and Ada in front of each."""

    desk: RunningDesk
    media: dict[str, Medium]

    async def ticket(self) -> Any:
        async def there() -> Any:
            tickets = await self.desk.sam.items("/tickets?status=new,open,answered,snoozed,solved")
            return tickets[0] if tickets else None

        return await eventually(there)

    async def becomes(self, status: str) -> Any:
        async def so() -> Any:
            ticket = await self.ticket()
            return ticket if ticket["status"] == status else None

        return await eventually(so)


@pytest.fixture
async def everywhere(tmp_path: Path, empty_store: Path, telegram_contract: Contract) -> AsyncIterator[Everywhere]:
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(SmtpRelay())
        telegram = await stack.enter_async_context(TelegramServer(telegram_contract))
        slack = await stack.enter_async_context(Slack())
        shutil.copyfile(empty_store, tmp_path / "desk.db")
        more = CHANNELS.format(relay=relay.place, telegram_token=TOKEN, telegram=telegram.url, slack=slack)
        desk = await stack.enter_async_context(running_desk(load(write_settings(tmp_path, more=more), {})))
        await slack.connected()
        ada, mailbox = slack.person("Ada"), desk.running.channels["mail"]
        assert isinstance(mailbox, Email)
        media: dict[str, Medium] = {
            "webchat": Web(await desk.chat(name="Ada")),
            "mail": Mail(mailbox, relay, count(1)),
            "telegram": Telegram(telegram, count(1)),
            "slack": InSlack(slack, ada, slack.dm(ada)),
        }
        yield Everywhere(desk, media)


async def heard(medium: Medium, words: str) -> str:
    """What reached her with these words in it, once it has."""

    async def there() -> str | None:
        return next((one for one in medium.shown() if words in one), None)

    return await eventually(there)


@pytest.mark.parametrize("name", MEDIA)
async def test_the_same_question_is_answered_with_its_source_then_a_person_has_it_alone(
    everywhere: Everywhere, name: str
) -> None:
    medium, desk = everywhere.media[name], everywhere.desk
    await medium.say("Hello! When will my parcel arrive?")
    answer = await heard(medium, ORDER)
    assert [words for words in SHOWN if words not in answer] == []
    assert "Talk to a person" in answer
    ticket = await everywhere.becomes("answered")
    assert (ticket["handoff"], ticket["summary"]) == (None, None)

    await medium.say("It is a present for my aunt. Can I plaese speak to a persn?")
    ticket = await everywhere.becomes("open")
    assert ticket["handoff"] == "the customer asked for a person"
    assert ticket["summary"]["answered"] == ["Where is my order?"]
    assert ticket["summary"]["asked"] == [
        "Hello! When will my parcel arrive?", "It is a present for my aunt. Can I plaese speak to a persn?",
    ]  # fmt: skip
    assert ticket["summary"]["suggestions"][0]["article"] == "order-status"

    await desk.grace.put(f"/tickets/{ticket['id']}/assignment", {"agent": "me"})
    await desk.grace.post(f"/tickets/{ticket['id']}/messages", {"text": "Grace here."})
    await heard(medium, "Grace here.")
    await medium.say("How do I return something?")
    await everywhere.becomes("open")
    await desk.grace.post(f"/tickets/{ticket['id']}/messages", {"text": "I will tell you."})
    await heard(medium, "I will tell you.")
    assert len(medium.shown()) == 3, "the assistant has said nothing more"
    assert [one for one in medium.shown() if "thirty days" in one] == []


@pytest.mark.parametrize("name", MEDIA)
async def test_two_questions_in_one_message_are_both_answered_with_their_sources(
    everywhere: Everywhere, name: str
) -> None:
    medium = everywhere.media[name]
    await medium.say("When will my parcel arrive? And how do I return something?")
    returns, order = await heard(medium, "thirty days"), await heard(medium, ORDER)
    assert "/help/returns" in returns
    assert "/help/order-status" in order
    assert len(medium.shown()) == (1 if name == "mail" else 2), "a mail is answered by one mail"
    await everywhere.becomes("answered")
