"""Events from Slack, by whichever transport: verified, handed to who owns them, acknowledged once they are stored.

Socket Mode and HTTP end in one hook, which Bolt awaits before it answers: what comes after (its listeners) would run
after the acknowledgement, when a crash loses the event. The hook raises nothing but what makes Slack deliver again.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from contactcenter.channels.protocol import HookReply, HookRequest
from contactcenter.model.values import RetryLater, StoreUnavailable, Undeliverable, Unknown
from contactcenter.slack.api import Api
from contactcenter.slack.settings import Connection

PING = 5.0  # seconds; a socket is dead after four that were not answered
CONNECT = 20.0  # seconds until a socket has to be open
LOOK = 1.0  # seconds between looks whether it still is
WELL = 60.0  # seconds between tellings that all is well
AGAIN = (1.0, 2.0, 5.0, 15.0, 30.0)  # seconds between attempts
LAST_WORDS = 0.5  # seconds that what is being stored may take when we are stopped

log = logging.getLogger(__name__)
_library = logging.getLogger(f"{__name__}.library")
_library.setLevel(logging.CRITICAL)  # it would write addresses of sockets, which are secrets, and whole requests


class Owner(Protocol):
    """Whoever understands some of the events."""

    def owns(self, body: dict[str, Any]) -> bool:
        """Is this event theirs? Asked in order; an event that nobody owns is acknowledged and forgotten."""

    async def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Returns once it is stored, with what Slack is to be answered. Raises StoreUnavailable: Slack repeats it."""


class Socket(SocketModeClient):
    """The library's, without its own ways to reconnect: those neither end nor tell."""

    def __init__(self, api: Api) -> None:
        super().__init__(app_token="", logger=_library, auto_reconnect_enabled=False, ping_interval=PING)
        self._api = api

    async def issue_new_wss_url(self) -> str:
        """Ours tells what is wrong in our words."""
        return await self._api.socket_url()


@dataclass
class Me:
    """Who we are in the workspace."""

    team: str
    bot: str
    user: str


@dataclass
class Slack:
    """One app in one workspace. `tell` is told what is wrong, or "" when all is well."""

    name: str
    connection: Connection
    api: Api
    tell: Callable[[str], Awaitable[None]]
    owners: list[Owner] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._me: Me | None = None
        self._busy: set[asyncio.Future[None]] = set()

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return await self._authorize(enterprise_id, team_id)  # Bolt counts the arguments of a method wrongly

        self._bolt = AsyncApp(
            name=self.name,
            logger=_library,
            signing_secret=self.connection.signing_secret.get_secret_value(),
            request_verification_enabled=self.connection.mode == "http",
            authorize=authorize,
        )
        self._bolt.use(self._keep)

    @property
    def team(self) -> str:
        """The workspace; blank until Slack has told us."""
        return self._me.team if self._me is not None else ""

    async def me(self) -> Me:
        """Who we are; asked once. Raises as Api.call."""
        if self._me is None:
            told = await self.api.call("auth.test")
            self._me = Me(told["team_id"], told.get("bot_id", ""), told["user_id"])
        return self._me

    async def run(self) -> None:
        """Listen until cancelled. What fails is told, and tried again."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self.me()
                await (self._by_socket() if self.connection.mode == "socket" else self._by_hook())
            except (RetryLater, Undeliverable, Unknown) as error:
                await self._tell(str(error))
            if time.monotonic() - began > 2 * WELL:
                failures = 0
            await asyncio.sleep(AGAIN[min(failures, len(AGAIN) - 1)])
            failures += 1

    async def hook(self, request: HookRequest) -> HookReply:
        """An HTTP request of Slack's; what it is answered."""
        if self.connection.mode != "http":
            return HookReply(404)
        try:
            body = request.body.decode()
        except UnicodeDecodeError:
            return HookReply(400)
        headers: dict[str, str | Sequence[str]] = {name: [value] for name, value in request.headers.items()}
        try:
            asked = AsyncBoltRequest(body=body, query={}, headers=headers)  # reads the body, whoever it is from
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return HookReply(400)
        if not isinstance(asked.body, dict):
            return HookReply(400)
        answer = await self._bolt.async_dispatch(asked)
        kind = answer.first_headers().get("content-type", "text/plain").partition(";")[0]
        return HookReply(answer.status, (answer.body or "").encode(), kind)

    async def _by_hook(self) -> None:
        """Slack calls us: all there is to see is whether our token still works."""
        while True:
            await self._tell("")
            await asyncio.sleep(WELL)
            await self.api.call("auth.test")

    async def _by_socket(self) -> None:
        """One socket until it breaks; returns when it is to be opened anew."""
        socket = Socket(self.api)
        socket.socket_mode_request_listeners.append(self._received)
        try:
            socket.wss_uri = await self.api.socket_url()
            try:
                async with asyncio.timeout(CONNECT):
                    await socket.connect()  # type: ignore[no-untyped-call]
            except TimeoutError:
                raise RetryLater("Slack's socket cannot be opened") from None
            await self._watch(socket)
        finally:
            await asyncio.shield(self._close(socket))

    async def _watch(self, socket: Socket) -> None:
        told = 0.0
        while await socket.is_connected() or socket.connect_operation_lock.locked():
            if time.monotonic() - told > WELL:
                await self._tell("")
                told = time.monotonic()
            await asyncio.sleep(LOOK)

    async def _close(self, socket: Socket) -> None:
        if self._busy:
            await asyncio.wait(self._busy, timeout=LAST_WORDS)
        for task in (socket.message_receiver, socket.current_session_monitor, socket.message_processor, *self._busy):
            if task is not None:
                task.cancel()
        socket.closed = True
        if socket.current_session is not None:
            await socket.current_session.close()
        await socket.aiohttp_client_session.close()

    async def _received(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """An envelope: acknowledged with the hook's answer, or not at all, so that it comes again."""
        task = asyncio.ensure_future(self._acknowledge(client, request))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        await task

    async def _acknowledge(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        answer = await run_async_bolt_app(self._bolt, request)
        await send_async_response(client, request, answer, time.time())

    async def _keep(self, body: dict[str, Any]) -> BoltResponse:
        """The hook: Bolt's last middleware, which never passes on."""
        owner = next((one for one in self.owners if one.owns(body)), None)
        try:
            answer = await owner.take(body) if owner is not None else {}
        except StoreUnavailable:
            return BoltResponse(status=503, body="")
        except Exception:
            log.exception("an event of Slack's was not taken", extra={"connection": self.name})
            return BoltResponse(status=500, body="")
        return BoltResponse(status=200, body=json.dumps(answer) if answer else "", headers=_type_of(answer))

    async def _authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        """Bolt wants to know who we are, to leave out what we said ourselves. Nothing is asked of Slack for it."""
        me = await self.me()
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_id=me.bot,
            bot_user_id=me.user,
            bot_token=self.connection.token.get_secret_value(),
        )

    async def _tell(self, trouble: str) -> None:
        try:
            await self.tell(trouble)
        except StoreUnavailable:
            log.debug("state of the connection not told", extra={"connection": self.name})


def _type_of(answer: dict[str, Any]) -> dict[str, str | Sequence[str]]:
    return {"content-type": "application/json"} if answer else {}
