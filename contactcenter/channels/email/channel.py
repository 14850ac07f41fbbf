"""The mailbox as a channel: what each verb of channels/protocol.py means for mail.

The parts that know mail are beside it: listen.py (in), parse.py (what it says), compose.py and deliver.py (out).
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from contactcenter.channels.email import parse
from contactcenter.channels.email.addresses import OwnAddress
from contactcenter.channels.email.compose import compose
from contactcenter.channels.email.deliver import Relay, deliver
from contactcenter.channels.email.ids import OwnIds
from contactcenter.channels.email.listen import Door, open_door
from contactcenter.channels.email.settings import Settings, split_place
from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept, Capabilities
from contactcenter.model.values import Outbound, Parsed, RawEvent, Receipt, Undeliverable

TEXT_LIMIT = 1_000_000  # characters; a mail has room for any answer


class Email:
    """One mailbox."""

    kind = "email"
    capabilities = Capabilities(text_limit=TEXT_LIMIT, threads_by_reference=True, attachments=True, keeps_raw=True)

    def __init__(self, name: str, settings: Settings, secret: bytes) -> None:
        self.name = name
        self.settings = settings
        self.own = parse.Own(mailbox := OwnAddress(settings.address), OwnIds(secret, mailbox.domain))
        self.relay = _relay(settings, mailbox.domain)
        self._opened = asyncio.Event()
        self._place = ("", 0)

    @property
    def place(self) -> tuple[str, int] | None:
        """Where mail comes in, if it does."""
        return split_place(self.settings.smtp_listen) if self.settings.smtp_listen else None

    async def listening(self) -> tuple[str, int]:
        """Host and port of the open door, once it is open."""
        await self._opened.wait()
        return self._place

    async def run(self, accept: Accept) -> None:
        settings = self.settings
        if not settings.smtp_listen:
            await asyncio.Event().wait()
        limits = settings.size_limit, settings.recipients_limit, settings.sessions_limit
        door = Door(self.name, self.own.mailbox, accept, *limits)
        opened = await open_door(door, *split_place(settings.smtp_listen))
        self._place = opened.place
        self._opened.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._opened.clear()
            await opened.close()

    def parse(self, raw: RawEvent) -> list[Parsed]:
        return list(parse.parse(raw, self.own))

    def part(self, raw: RawEvent, ref: str) -> Iterator[bytes]:
        return parse.chunks(raw, ref)

    def external_id(self, token: str) -> str:
        return self.own.ids.make(token)

    async def send(self, message: Outbound) -> Receipt:
        if self.relay is None:
            raise Undeliverable(f"channel {self.name} has no smtp_relay: it cannot send mail")
        message_id = message.external_id or self.external_id(str(message.message_id))
        await deliver(self.relay, compose(message, message_id, self.own.mailbox.address, self.settings.name))
        return Receipt(message_id)


def build(name: str, settings: Settings, parts: Parts) -> tuple[Email, Sequence[Any]]:
    """A mail channel; it serves no routes."""
    return Email(name, settings, parts.secret), ()


def _relay(settings: Settings, helo: str) -> Relay | None:
    if not settings.smtp_relay:
        return None
    password = settings.smtp_password.get_secret_value()
    return Relay(*split_place(settings.smtp_relay), settings.tls, helo, settings.smtp_user, password)
