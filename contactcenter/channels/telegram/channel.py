"""The bot as a channel: what each verb of channels/protocol.py means for Telegram.

In the order of the flow: listening.py takes updates in, parsing.py (with contents.py, text.py and wire.py) says what
they mean, fetching.py gets their files, composing.py and sending.py (with limits.py) let answers out; line.py is the
way to Telegram.
"""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept, Capabilities, HookReply, HookRequest
from contactcenter.channels.telegram.composing import FILE_LIMIT, TEXT_LIMIT
from contactcenter.channels.telegram.fetching import fetch
from contactcenter.channels.telegram.limits import Limits
from contactcenter.channels.telegram.line import Line, Patience
from contactcenter.channels.telegram.listening import Hook, Listening
from contactcenter.channels.telegram.parsing import parse
from contactcenter.channels.telegram.sending import Sending
from contactcenter.channels.telegram.settings import Settings
from contactcenter.model.values import Outbound, Parsed, RawEvent, Receipt
from contactcenter.ports import Files, Store
from contactcenter.settings import SettingsError

CAPABILITIES = Capabilities(
    text_limit=TEXT_LIMIT,
    parses_at_once=True,
    attachments=True,
    edits=True,
    choices=True,
    several_write=True,
    files_limit=FILE_LIMIT,
    tells_health=True,
)


class Telegram:
    """One bot."""

    kind = "telegram"
    capabilities = CAPABILITIES

    def __init__(
        self, name: str, settings: Settings, store: Store, files: Files, inside: "Inside | None" = None
    ) -> None:
        inside = inside or Inside()
        self.name = name
        self.line = Line(settings, inside.patience)
        self.listening = Listening(name, self.line, store, inside.hook)
        self.sending = Sending(self.line, files, inside.limits)

    async def run(self, accept: Accept) -> None:
        await self.listening.run(accept)

    async def hook(self, request: HookRequest, accept: Accept) -> HookReply:
        return await self.listening.posted(request, accept)

    def parse(self, raw: RawEvent) -> list[Parsed]:
        return parse(raw)

    def is_private(self, conversation: str) -> bool:
        """A chat with one person has their number; those of groups are below zero (Bot API: Chat)."""
        return not conversation.startswith("-")

    async def send(self, message: Outbound) -> Receipt:
        return await self.sending.send(message)

    async def probe(self) -> None:
        await self.sending.probe()

    async def edit(self, message: Outbound) -> Receipt:
        return await self.sending.edit(message)

    async def delete(self, message: Outbound) -> Receipt:
        return await self.sending.delete(message)

    async def typing(self, conversation: str) -> None:
        await self.sending.typing(conversation)

    def fetch(self, ref: str) -> AsyncIterator[bytes]:
        return fetch(self.line, ref)


@dataclass(frozen=True, slots=True)
class Inside:
    """What a bot goes by besides its settings: its webhook, its patience, its pace."""

    hook: Hook | None = None
    patience: Patience = field(default_factory=Patience)
    limits: Limits = field(default_factory=lambda: Limits(time.monotonic))


def build(name: str, settings: Settings, parts: Parts) -> tuple[Telegram, Sequence[Any]]:
    """A bot; its webhook is served at /hooks/<name> with those of other channels. Raises SettingsError."""
    hook = hook_of(name, settings, parts) if settings.mode == "webhook" else None
    return Telegram(name, settings, parts.store, parts.files, Inside(hook)), ()


def hook_of(name: str, settings: Settings, parts: Parts) -> Hook:
    """Our webhook, with a secret that every process of the desk knows. Raises SettingsError."""
    if not parts.public_url.startswith("https://") and not settings.local:
        raise SettingsError(
            f"setting channels.{name}.mode: Telegram brings messages to https:// addresses only, and web.public_url "
            f'is {parts.public_url}; set it to the address people reach, or set mode = "polling"'
        )
    secret = hmac.new(parts.secret, f"telegram webhook of {name}".encode(), hashlib.sha256).hexdigest()
    return Hook(f"{parts.public_url}/hooks/{name}", secret)
