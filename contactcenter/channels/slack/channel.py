"""Customers who write in Slack as a channel: what each verb of channels/protocol.py means there.

In the order of the flow: contactcenter/slack listens (`app` runs it), arriving.py takes events in, parsing.py (with
names.py and wire.py) says what they mean, leaving.py lets answers out; installations.py knows the workspaces and their
tokens, installing.py adds one.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept, Capabilities, HookReply, HookRequest
from contactcenter.channels.slack.arriving import Arriving
from contactcenter.channels.slack.installations import Installations
from contactcenter.channels.slack.installing import Installing
from contactcenter.channels.slack.leaving import TEXT_LIMIT, Leaving
from contactcenter.channels.slack.names import is_id
from contactcenter.channels.slack.parsing import parse
from contactcenter.channels.slack.settings import Settings
from contactcenter.model.values import Outbound, Parsed, RawEvent, Receipt, RetryLater, Undeliverable, Unknown
from contactcenter.slack.api import UPLOAD_LIMIT

CAPABILITIES = Capabilities(
    text_limit=TEXT_LIMIT,
    parses_at_once=True,
    attachments=True,
    edits=True,
    choices=True,
    several_write=True,
    files_limit=UPLOAD_LIMIT,
    tells_health=True,
)


class SlackChannel:
    """One app, in our workspace and in any that installed it."""

    kind = "slack"
    capabilities = CAPABILITIES

    def __init__(self, name: str, settings: Settings, parts: Parts) -> None:
        self.name = name
        self.connection = parts.slack(name, settings)
        self.installations = Installations(name, settings, self.connection, parts.store, parts.clock)
        self.installing = Installing(self.installations, f"{parts.public_url}/hooks/{name}", parts.secret)
        self.connection.owners.append(Arriving(name, self.installations, parts))
        self.leaving = Leaving(self.installations, parts.files)

    async def run(self, accept: Accept) -> None:
        """`app` runs the connection, which may be the desk's as well, and hands over what comes in by it."""
        await asyncio.Event().wait()

    async def hook(self, request: HookRequest, accept: Accept) -> HookReply:
        if request.method == "GET":
            return await self.installing.answer(request)
        return await self.connection.hook(request)

    def parse(self, raw: RawEvent) -> list[Parsed]:
        return parse(raw)

    def is_private(self, conversation: str) -> bool:
        """Direct messages have no threads; everything in a channel has one."""
        return conversation.count(":") == 1

    async def send(self, message: Outbound) -> Receipt:
        return await self.leaving.send(message)

    async def find(self, message: Outbound) -> Receipt | None:
        return await self.leaving.find(message)

    async def probe(self) -> None:
        await self.leaving.probe()

    async def edit(self, message: Outbound) -> Receipt:
        return await self.leaving.edit(message)

    async def delete(self, message: Outbound) -> Receipt:
        return await self.leaving.delete(message)

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        team, _, file = ref.partition("/")
        if not (is_id(team) and is_id(file)):
            raise Undeliverable("this is no file of Slack's")
        async with self.installations.api(team) as api:
            try:
                told = (await api.call("files.info", file=file)).get("file") or {}
            except Unknown as error:
                raise RetryLater(str(error)) from None
            url = told.get("url_private_download") or told.get("url_private")
            if not isinstance(url, str):
                raise Undeliverable("Slack does not say where the file is")
            async for chunk in api.download(url):
                yield chunk


def build(name: str, settings: Settings, parts: Parts) -> tuple[SlackChannel, Sequence[Any]]:
    """The channel; what Slack posts, and the page to install it, are served at /hooks/<name>."""
    return SlackChannel(name, settings, parts), ()
