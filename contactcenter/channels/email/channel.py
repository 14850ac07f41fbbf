"""The mailbox as a channel: what each verb of channels/protocol.py means for mail.

The parts that know mail are in the folders beside it, in the order of the flow: arriving/ (our door, and mailboxes
elsewhere), reading/ with quoting/ and robots/ (what a mail says), leaving/ (an answer becomes a mail); all of them
stand on syntax/ (what mails are made of).
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contactcenter.channels.email.arriving.listen import Door, context_of, open_door
from contactcenter.channels.email.leaving.compose import Letterhead, compose
from contactcenter.channels.email.leaving.deliver import Relay, deliver, greet
from contactcenter.channels.email.leaving.sign import signature
from contactcenter.channels.email.oauth import Consent, Tokens
from contactcenter.channels.email.reading import parse
from contactcenter.channels.email.settings import Settings, split_place
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.ids import OwnIds
from contactcenter.channels.parts import Parts
from contactcenter.channels.payload import of_ours
from contactcenter.channels.protocol import Accept, Capabilities
from contactcenter.model.values import Attached, Outbound, Parsed, RawEvent, Receipt, Undeliverable
from contactcenter.ports import Files

TEXT_LIMIT = 1_000_000  # characters; a mail has room for any answer

log = logging.getLogger(__name__)


class Email:
    """One mailbox."""

    kind = "email"

    def __init__(
        self, name: str, settings: Settings, secret: bytes, files: Files, outside: "Outside | None" = None
    ) -> None:
        outside = outside or Outside()
        self.name = name
        self.settings = settings
        self.files = files
        self.mailbox = outside.mailbox
        self.capabilities = Capabilities(
            text_limit=TEXT_LIMIT,
            threads_by_reference=True,
            several_write=True,
            attachments=True,
            robots_write=True,
            undo_seconds=settings.undo_seconds,
            files_limit=settings.files_limit,
            tells_health=outside.mailbox is not None,
            receives=outside.mailbox is not None or bool(settings.smtp_listen),
            sends=bool(settings.smtp_relay),
            keeps_raw=True,
        )
        self.own = parse.Own(own := OwnAddress(settings.address), OwnIds(secret, own.domain), settings.authserv_id)
        self.head = Letterhead(
            own, self.own.ids, settings.name, settings.plus_addresses, settings.subject_number, settings.quote
        )
        self.signature = signature(settings.dkim_selector, settings.dkim_key.get_secret_value(), own.domain)
        self.tls = context_of(settings.listen_certificate, settings.listen_key.get_secret_value())
        self.relay = _relay(settings, own.domain, outside.tokens)
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
        fetching = [] if self.mailbox is None else [asyncio.create_task(self.mailbox.run(accept))]
        try:
            if self.settings.smtp_listen:
                await self._serve(accept)
            await asyncio.gather(asyncio.Event().wait(), *fetching)
        finally:
            for task in fetching:
                task.cancel()
            await asyncio.gather(*fetching, return_exceptions=True)

    async def _serve(self, accept: Accept) -> None:
        settings = self.settings
        limits = settings.size_limit, settings.recipients_limit, settings.sessions_limit
        required = settings.listen_tls == "required"
        if settings.open_to_all:
            log.warning("the mail door is open to the whole Internet", extra={"channel": self.name})
        door = Door(self.name, self.own.mailbox, accept, self.files, *limits, self.tls, required, settings.listen_from)
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

    def markup(self, raw: RawEvent, urls: Mapping[str, str], *, remote: bool) -> tuple[str, int]:
        return parse.shown(raw, urls, remote=remote)

    def external_id(self, token: str) -> str:
        return self.own.ids.make(token)

    async def send(self, message: Outbound) -> Receipt:
        if self.relay is None:
            raise Undeliverable(f"channel {self.name} has no smtp_relay: it cannot send mail")
        message_id = message.external_id or self.external_id("message")
        contents = await self._contents(message.files)
        mail = compose(message, message_id, self.head, contents)
        if self.signature is not None:
            mail = await asyncio.to_thread(self.signature.sign, mail)
        return Receipt(message_id, remark=await deliver(self.relay, mail))

    async def probe(self) -> None:
        if self.relay is not None:
            await greet(self.relay)

    async def _contents(self, files: Sequence[Attached]) -> list[bytes]:
        """What is in them, which need not be as much as was said. Raises Undeliverable, RetryLater."""
        contents, left = [], self.settings.files_limit
        for file in files:
            content = bytearray()
            async for chunk in of_ours(self.files, file):
                content += chunk
                if len(content) > left:
                    raise Undeliverable(f"the files are larger than {self.settings.files_limit} bytes together")
            contents.append(bytes(content))
            left -= len(content)
        return contents


class Fetches(Protocol):
    """What brings mail in besides our own door (imap.py)."""

    async def run(self, accept: Accept) -> None: ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What only a desk with a store has: a mailbox to fetch from, and access tokens for it and the relay."""

    mailbox: Fetches | None = None
    tokens: Tokens | None = None


def build(name: str, settings: Settings, parts: Parts) -> tuple[Email, Sequence[Any]]:
    """A mail channel; it serves no routes."""
    tokens = _tokens(name, settings, parts)
    mailbox = None
    if settings.account is not None:  # imapclient is loaded by those who fetch
        from contactcenter.channels.email.arriving.imap import Mailbox, Patience, Wishes

        wishes = Wishes(settings.imap_begin, settings.imap_after, bool(settings.smtp_listen))
        patience = Patience(poll=settings.imap_poll_seconds)
        mailbox = Mailbox(name, settings.account, wishes, parts.store, parts.files, tokens, patience)
    outside = Outside(mailbox, tokens)
    return Email(name, settings, parts.secret, parts.files, outside), ()


def _tokens(name: str, settings: Settings, parts: Parts) -> Tokens | None:
    if not settings.by_token:
        return None
    secret, refresh = settings.oauth_client_secret.get_secret_value(), settings.oauth_refresh_token.get_secret_value()
    consent = Consent(settings.oauth_token_url, settings.oauth_client_id, secret, refresh, settings.oauth_scope)
    return Tokens(name, consent, parts.store, parts.clock)


def _relay(settings: Settings, helo: str, tokens: Tokens | None) -> Relay | None:
    if not settings.smtp_relay:
        return None
    password = settings.smtp_password.get_secret_value()
    user, tokens = settings.smtp_user, tokens if settings.smtp_user and not password else None
    place, ca = split_place(settings.smtp_relay), settings.smtp_ca
    return Relay(*place, settings.tls, helo, settings.address, user, password, tokens, ca)
