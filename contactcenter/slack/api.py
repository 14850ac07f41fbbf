"""Requests to Slack's Web API, and what became of them in the words of the outbox.

Called by channels/slack and desk. The library's own retries are off: it would repeat a post whose connection was cut
(it may have arrived), and nothing of ours is repeated that was not written down as due. Refuses to send the token
anywhere but to the configured host and to Slack's own.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from contactcenter.model.values import RetryLater, Undeliverable, Unknown, Unusable
from contactcenter.slack.pace import Pace
from contactcenter.slack.settings import Connection

WITHIN = 20  # seconds for an answer
CHUNK = 256 * 1024
UPLOAD_LIMIT = 1024 * 1024 * 1024  # bytes, Slack's own
FILES = (".slack.com", ".slack-edge.com", ".slack-files.com")
OURS = frozenset({"token_revoked", "token_expired", "invalid_auth", "account_inactive", "not_authed", "missing_scope"})
FOR_NOW = frozenset({"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", "accesslimited"})
PERHAPS = frozenset({"internal_error", "fatal_error", "request_timeout"})  # "some aspect may have succeeded"
MAKE_ONE = "make one under Basic Information, App-Level Tokens, with the scope connections:write, and set app_token"
WORDS = {
    "channel_not_found": "there is no such channel, or the app is not in it: invite the app there",
    "not_in_channel": "the app is not in the channel: invite it there with /invite",
    "is_archived": "the channel is archived",
    "msg_too_long": "Slack finds the message too long",
    "user_not_found": "there is no such user",
    "restricted_action": "the workspace does not let the app post there",
    "cannot_dm_bot": "bots have no direct messages",
}


class TokenRevoked(Unusable):
    """Slack no longer takes our token: an alarm. What is due waits until there is one that works."""


@dataclass
class Api:
    """One workspace's Web API. Open while an `async with` block lasts; blocks may overlap, and share one session.

    `bearer` gives the token for a request, where tokens are exchanged from time to time.
    """

    connection: Connection
    bearer: Callable[[], Awaitable[str]] | None = None

    def __post_init__(self) -> None:
        self.posts = Pace(every=1.0, burst=3)
        self.scopes: frozenset[str] = frozenset()  # what the token allows, as Slack told with its last answer
        self._users = 0
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    async def __aenter__(self) -> Self:
        self._users += 1
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN))
            self._client = AsyncWebClient(
                base_url=self.connection.api_url, session=self._session, retry_handlers=[], timeout=WITHIN
            )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        self._users -= 1
        if self._users == 0 and self._session is not None:
            session, self._session, self._client = self._session, None, None
            await session.close()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Slack's answer. Raises RetryLater (TokenRevoked when our token is at fault), Undeliverable, Unknown."""
        if method == "chat.postMessage":
            await self.posts.turn(str(arguments.get("channel", "")))
        return await self._ask(method, arguments, await self._token())

    async def socket_url(self) -> str:
        """Where a socket can be opened, once (apps.connections.open). Raises as `call`."""
        token = self.connection.app_token.get_secret_value()
        return str((await self._ask("apps.connections.open", {}, token))["url"])

    async def _token(self) -> str:
        return self.connection.token.get_secret_value() if self.bearer is None else await self.bearer()

    async def _ask(self, method: str, arguments: dict[str, Any], token: str) -> dict[str, Any]:
        if self._client is None:
            raise Unusable("the connection to Slack is not open")
        form = {key: _in_form(value) for key, value in arguments.items()}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = await self._client.api_call(method, data=form, headers=headers)
        except SlackApiError as error:
            raise self._refused(method, arguments, error.response) from None
        except aiohttp.ClientConnectorError as error:
            raise Unusable(f"Slack cannot be reached: {error.strerror or type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unknown(f"Slack did not answer: {type(error).__name__}") from None
        self.scopes = _scopes(answer.headers) or self.scopes
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def upload(
        self, name: str, data: AsyncIterator[bytes], size: int, channel: str, thread_ts: str = ""
    ) -> dict[str, Any]:
        """Put a file of `size` bytes into a thread, in the three steps of Slack's "Uploading files"; its description.

        Raises as `call`. Until the last step nobody sees anything, so that what fails before can be repeated.
        """
        if size > UPLOAD_LIMIT:
            raise Undeliverable("Slack takes files of up to 1 GB")
        try:
            ticket = await self.call("files.getUploadURLExternal", filename=name, length=size)
            await self._put(str(ticket["upload_url"]), data, size)
        except Unknown as error:
            raise RetryLater(str(error)) from None
        where = {"channel_id": channel, **({"thread_ts": thread_ts} if thread_ts else {})}
        done = await self.call(
            "files.completeUploadExternal", files=[{"id": ticket["file_id"], "title": name}], **where
        )
        return dict(done["files"][0])

    async def download(self, url: str) -> AsyncIterator[bytes]:
        """The bytes of a file's url_private. Raises RetryLater, Undeliverable."""
        if self._session is None:
            raise Unusable("the connection to Slack is not open")
        if not self._trusted(url):
            raise Undeliverable("the file is not on a host of Slack's")
        headers = {"Authorization": f"Bearer {await self._token()}"}
        patience = aiohttp.ClientTimeout(sock_connect=WITHIN, sock_read=WITHIN)
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False, timeout=patience) as answer:
                if answer.status >= 500 or answer.status == 429:
                    raise RetryLater(f"Slack answered {answer.status}")
                if answer.status != 200 or answer.content_type == "text/html":  # a page to sign in
                    raise Undeliverable("Slack does not give the file: is it deleted, or the scope files:read missing?")
                async for chunk in answer.content.iter_chunked(CHUNK):
                    yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryLater(f"the file broke off: {type(error).__name__}") from None

    def _trusted(self, url: str) -> bool:
        there, ours = urlsplit(url), urlsplit(self.connection.api_url)
        if (there.scheme, there.netloc) == (ours.scheme, ours.netloc):
            return True
        return there.scheme == "https" and f".{there.hostname or ''}".endswith(FILES)

    async def _put(self, url: str, data: AsyncIterator[bytes], size: int) -> None:
        if self._session is None or not self._trusted(url):
            raise Undeliverable("Slack named a place for the file that is not its own")
        try:
            headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
            async with self._session.post(url, data=data, headers=headers, timeout=None) as answer:
                if answer.status != 200:
                    raise RetryLater(f"Slack did not take the file: {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryLater(f"the file broke off: {type(error).__name__}") from None

    def _refused(self, method: str, arguments: dict[str, Any], answer: Any) -> Exception:
        """What it means that Slack said no."""
        if answer.status_code == 429:
            seconds = _seconds(answer.headers)
            if method == "chat.postMessage":
                self.posts.pause(str(arguments.get("channel", "")), seconds)
            return RetryLater("Slack asks us to slow down", seconds)
        if answer.status_code >= 500:
            return Unknown(f"Slack answered {answer.status_code}")
        code = str(answer.data.get("error", "")) if isinstance(answer.data, dict) else ""
        if code in OURS and method == "apps.connections.open":
            return TokenRevoked(f"Slack refuses the app-level token: {code}; {MAKE_ONE}")
        if code in OURS:
            needed = f" ({answer.data.get('needed')})" if answer.data.get("needed") else ""
            return TokenRevoked(
                f"Slack refuses the app's token: {code}{needed}; install the app anew and set its token"
            )
        if code in FOR_NOW:
            return RetryLater(f"Slack: {code}")
        if code in PERHAPS:
            return Unknown(f"Slack: {code}")
        return Undeliverable(WORDS.get(code, f"Slack refuses it: {code or 'without a reason'}"))


def _in_form(value: Any) -> Any:
    """As every method takes it: those that only read take no JSON ("Accepted content types" of each)."""
    return json.dumps(value) if isinstance(value, (bool, dict, list, tuple)) else value


def _scopes(headers: Any) -> frozenset[str]:
    """Of the X-OAuth-Scopes that comes with every answer."""
    told = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return frozenset(scope.strip() for scope in str(told).split(",") if scope.strip())


def _seconds(headers: Any) -> float:
    """Of a Retry-After; a minute where it says nothing we can read."""
    text = str(next((value for name, value in headers.items() if name.lower() == "retry-after"), "60"))
    return min(3600.0, float(text)) if text.replace(".", "", 1).isdigit() else 60.0
