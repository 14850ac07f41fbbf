"""The channel contract for mail: what writes to us is an SMTP client, what sends for us a relay on loopback."""

import email
import email.policy
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import ClassVar

import aiosmtplib
import pytest

from contactcenter.channels.protocol import Channel
from contactcenter.model.values import Attached, Outbound, RawEvent
from tests.contracts.channel import ChannelContract, Harness, Refused, Words
from tests.providers.smtp_relay import ADDRESS, SmtpRelay, mailbox, write_to

ANSWERS = {
    "flood": ("at_recipient", "450 4.7.1 Greylisted, try again later"),
    "never": ("at_recipient", "550 5.1.1 No such user"),
    "silence": ("at_content", "hang"),
    "our key": ("at_hello", "421 4.7.0 Not from you"),
}


class EmailHarness(Harness):
    delay = None  # SMTP has no way to say how long to wait
    excused: ClassVar = {
        "edits_and_deletions_are_told_as_such": "edits: a mail that was sent stays as it is",
        "a_wrong_or_stale_signature_is_refused": "hook: a mail server in front of us speaks to this door, unsigned",
        "long_text_is_split_within_the_limit_and_in_order": "text_limit: a mail has room for any answer",
    }

    def __init__(self, relay: SmtpRelay) -> None:
        self.relay = relay
        self.mailbox = mailbox(smtp_relay=relay.place)
        self.channel: Channel = self.mailbox
        self._sent = 0
        self._threads: dict[str, str] = {}

    async def listening(self) -> None:
        await self.mailbox.listening()

    async def say(self, words: Words) -> None:
        try:
            await write_to(self.mailbox, self._mail(words), sender=_address(words))
        except aiosmtplib.SMTPException as error:
            raise Refused(str(error)) from None

    async def shown(self, until: str) -> list[str]:
        texts = [_text(_read(taken.content)) for taken in self.relay.taken]
        assert texts[-1].strip() == until
        return texts

    def outbound(self, text: str) -> Outbound:
        self._sent += 1
        token = self.mailbox.external_id(str(self._sent))
        return Outbound(self._sent, "1@one.test", "ada@one.test", "agent", "Grace", text, self._sent, 0, "Hi", token)

    def refusal(self, answer: str) -> Outbound:
        where, reply = ANSWERS[answer]
        setattr(self.relay, where, reply)
        return self.outbound("It is on its way.")

    async def called(self) -> str:
        return str(_read(self.relay.taken[-1].content)["Message-ID"]).strip("<>")

    async def content(self, raw: RawEvent, attached: Attached) -> bytes:
        kind, _, ref = attached.ref.partition(":")
        assert kind == "part"
        return b"".join(self.mailbox.part(raw, ref))

    def _mail(self, words: Words) -> bytes:
        """As a mail program writes it: the second mail of a thread answers the first."""
        mail = EmailMessage(email.policy.SMTP)
        mail["From"], mail["To"] = f"Ada <{_address(words)}>", ADDRESS
        mail["Date"] = "Sat, 21 Nov 2026 12:00:00 +0000"
        mail["Message-ID"] = own = f"<{words.id}@{words.thread}.test>"
        first = self._threads.setdefault(words.thread, own)
        if first != own:
            mail["In-Reply-To"] = mail["References"] = first
        mail.set_content(words.text)
        for name, kind, content in words.files:
            main, _, sub = kind.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return mail.as_bytes()


def _address(words: Words) -> str:
    return f"ada@{words.thread}.test"


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, EmailMessage, policy=email.policy.default)


class TestEmail(ChannelContract):
    kind = "email"

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        async with SmtpRelay() as relay:
            yield EmailHarness(relay)
