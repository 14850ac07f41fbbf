"""Customers in Slack, with the fake Slack before the channel: no loops, no agents' desk.

`SlackDesk` is the channel "partners" with a store and files in the test's hands, and /hooks/partners served on
loopback where Slack is to call us.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from contactcenter.bus.in_process import InProcessBus
from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept, Accepted, HookRequest
from contactcenter.channels.slack import Settings, SlackChannel
from contactcenter.desk import room
from contactcenter.flow.policies import Policies
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.slack.connection import Slack as Connection
from contactcenter.slack.settings import Connection as Wanted
from contactcenter.slack.shared import Connections
from contactcenter.storage.files import FolderFiles
from contactcenter.web.push import Pusher
from tests.contracts.engines import Opened, Sqlite
from tests.providers.slack import Slack

SECRET = bytes(range(32))


class Attended(SlackChannel):
    """The channel, and its connection running with it, as `app` has them."""

    def __init__(self, desk: "SlackDesk", settings: Settings, parts: Parts) -> None:
        super().__init__("partners", settings, parts)
        self.desk = desk

    async def run(self, accept: Accept) -> None:
        self.desk.accept = accept
        async with self.connection.api:
            await self.connection.run()


class SlackDesk:
    """The channel "partners" of a fake Slack."""

    def __init__(self, slack: Slack, opened: Opened, folder: Path, **settings: Any) -> None:
        self.slack = slack
        self.opened = opened
        self.files = FolderFiles(folder / "files")
        self.url = ""
        self.policies = Policies({}, {})
        self.accept: Accept = _nobody
        self.table: dict[str, Any] = {
            "kind": "slack",
            "api_url": slack.api_url,
            "token": slack.token,
            "app_token": slack.app_token,
            "signing_secret": slack.signing_secret,
            **settings,
        }

    def open(self) -> SlackChannel:
        """The channel, as `app` makes it; again, as after a start."""
        connections = Connections(partial(room.tell, self.opened.store))

        def slack(name: str, wanted: Wanted) -> Connection:
            return connections.of(f"channels.{name}", wanted)

        async def accept(raw: RawEvent) -> Accepted:
            return await self.accept(raw)

        parts = Parts(
            store=self.opened.store,
            bus=InProcessBus(),
            files=self.files,
            clock=self.opened.clock,
            secret=SECRET,
            public_url=self.url,
            push=Pusher(),
            policies=lambda: self.policies,
            accept=lambda channel: accept,
            slack=slack,
        )
        self.channel = Attended(self, Settings.model_validate(self.table), parts)
        return self.channel

    async def hook(self, request: web.Request) -> web.Response:
        """As web/hooks.py does it."""
        headers = {name.lower(): text for name, text in request.headers.items()}
        asked = HookRequest(request.method, headers, dict(request.query), await request.read())
        try:
            reply = await self.channel.hook(asked, self.accept)
        except StoreUnavailable:
            return web.Response(status=503)
        return web.Response(status=reply.status, body=reply.body, headers={"Content-Type": reply.type})


@asynccontextmanager
async def slack_desk(sqlite: Sqlite, folder: Path, **settings: Any) -> AsyncIterator[SlackDesk]:
    """A desk and its Slack, until the block ends. With mode = "http" Slack calls us."""
    async with Slack() as slack, sqlite.opened() as opened:
        slack.ack_within = 1.0
        desk = SlackDesk(slack, opened, folder, **settings)
        server = web.Application()
        server.router.add_route("*", "/hooks/partners", desk.hook)
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            desk.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            if settings.get("mode") == "http":
                slack.request_url = f"{desk.url}/hooks/partners"
            desk.open()
            yield desk
        finally:
            await runner.cleanup()


async def _nobody(raw: object) -> Any:
    raise StoreUnavailable("nobody listens")
