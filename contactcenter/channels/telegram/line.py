"""The line to the Bot API: python-telegram-bot as a typed client, and nothing of its machinery.

Used by listening.py, sending.py and examine.py. Nothing is repeated here, and no update passes through the library's
queue. What goes wrong is told in words with a remedy, and never holds the token, which is in every address.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from contactcenter.channels.telegram.settings import Settings
from contactcenter.model.values import RetryLater, Undeliverable, Unknown, Unreachable, Unusable

WORDS = 200  # characters of what Telegram says that are shown
AT_ONCE = 64  # connections
NOT_SENT = (httpx.PoolTimeout, httpx.ConnectTimeout, httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol)
PAUSE_SECONDS = 5.0  # where Telegram does not say for how long it wants one
REVOKED = "Telegram does not know the token any more: take the new one from @BotFather (/mybots, API Token), set token"

for chatty in ("httpx", "httpcore"):
    logging.getLogger(chatty).setLevel(logging.WARNING)  # they log addresses, and the token is in ours
logging.getLogger("telegram").setLevel(logging.CRITICAL)  # it logs parameters and answers: texts and names


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    answer: float = 20.0  # for Telegram to answer
    upload: float = 60.0  # for a piece of a file to leave
    poll: int = 25  # that Telegram holds a question for news open
    soonest: float = 1.0  # until the first new try; doubled with each
    latest: float = 30.0
    look: float = 60.0  # between two looks at the webhook
    told: float = 60.0  # between two reports that all is well


class NotDone(NetworkError):
    """Nothing has happened: Telegram says itself that it could not (status 5xx), or it was never asked."""


class Garbled(NetworkError):
    """What stands before Telegram failed (status 5xx), and nobody knows what has happened behind it."""


class Flooded(TelegramError):
    """Telegram wants nothing for `after` seconds. (The library's own error warns of itself as it is made.)"""

    def __init__(self, after: float) -> None:
        super().__init__(f"retry after {after:.0f} s")
        self.after = after


class Wishes(msgspec.Struct, frozen=True):
    retry_after: float = PAUSE_SECONDS


class Refusal(msgspec.Struct, frozen=True):
    """Telegram's no (Bot API: Making requests)."""

    ok: bool
    parameters: Wishes = Wishes()


class Request(HTTPXRequest):
    """As the library's own, but an answer of Telegram's is told from one of whatever stands before it."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if 200 <= status < 300:
            return status, payload
        refusal = _refusal(payload)
        if status == 429:
            raise Flooded(refusal.parameters.retry_after if refusal else PAUSE_SECONDS)
        if refusal is None:  # a proxy's own words
            raise _not_telegrams(status)
        if status >= 500:
            raise NotDone(f"status {status}")
        return status, payload


class Line:
    """One bot. Connections are kept while somebody uses the line, and closed with the last one."""

    def __init__(self, settings: Settings, patience: Patience = Patience()) -> None:
        token, url = settings.token.get_secret_value(), settings.api_url
        self.host = urlsplit(url).netloc
        self.url = f"{url}/bot{token}"
        self.files_url = f"{url}/file/bot{token}"
        self._token = token
        self.patience = patience
        self._requests = _request(AT_ONCE, patience), _request(1, patience)
        self.bot = Bot(token, f"{url}/bot", f"{url}/file/bot", self._requests[0], self._requests[1])
        self._users = 0

    @asynccontextmanager
    async def used(self) -> AsyncIterator[Bot]:
        """The bot's methods, as long as the block lasts."""
        self._users += 1
        try:
            for request in self._requests:
                await request.initialize()
            yield self.bot
        finally:
            self._users -= 1
            for request in self._requests:
                if not self._users:  # somebody may come while we close
                    await request.shutdown()

    async def updates(self, offset: int, wait: int, kinds: Mapping[str, Any]) -> list[Any]:
        """What came in since, as it came: the library would give up all of a batch for one that it cannot read."""
        asked = urlencode({"offset": offset, "timeout": wait, **kinds})
        within = wait + self.patience.answer
        answer: Any = await self._requests[1].post(f"{self.url}/getUpdates?{asked}", read_timeout=within)
        return answer if isinstance(answer, list) else []

    def words(self, error: BaseException) -> str:
        """What Telegram or the network says, without the token."""
        text = " ".join(str(error).split()) or type(error).__name__
        return text.replace(self._token, "…").removeprefix("Bad Request: ").removeprefix("Forbidden: ")[:WORDS]

    def remedy(self, error: BaseException) -> str:
        """What is wrong with the channel and what to do about it, for people."""
        match error:
            case InvalidToken():
                return REVOKED
            case Conflict() if "webhook" in str(error):
                return "somebody set a webhook for this bot, so that nothing can be fetched; it is taken away again"
            case Conflict():
                return (
                    "another program fetches this bot's messages, so that each gets only some: end it, or, if nobody "
                    "knows it, have @BotFather revoke the token (/revoke) and set the new one"
                )
            case Flooded(after=after):
                return f"{self.host} wants a pause of {after:.0f} s; it is tried again by itself"
            case NotDone() | Garbled():
                return f"{self.host} is in trouble ({self.words(error)}); it is tried again by itself"
            case TimedOut():
                return f"{self.host} does not answer; it is tried again by itself"
            case BadRequest() | Forbidden():
                return f"{self.host} refuses what we ask: {self.words(error)}"
            case NetworkError():
                return f"{self.host} cannot be reached ({_cause(error)}); check api_url; it is tried again by itself"
        return (
            f"{self.host} is not to be understood ({type(error).__name__}); check api_url; it is tried again by itself"
        )

    def outcome(self, error: Exception, what: str) -> Exception:
        """What became of a message whose sending raised this, named by remedy. `what`: which part of it, or blank."""
        match error:
            case Flooded(after=after):
                return RetryLater("Telegram wants a pause", after)
            case Forbidden():
                return Unreachable(f"{what}{_closed(self.words(error))}")
            case BadRequest():
                return Undeliverable(f"{what}Telegram refuses it: {self.words(error)}")
            case InvalidToken():
                return Unusable(REVOKED)
            case NotDone():
                return Unusable(self.remedy(error))
            case NetworkError() if isinstance(error.__cause__, NOT_SENT):
                return Unusable(self.remedy(error))
            case TelegramError() | TypeError() | KeyError() | ValueError():  # it left, and no receipt can be read
                return Unknown(f"{what}Telegram gave no receipt for it: {_lost(error)}")
        return error


def _request(connections: int, patience: Patience) -> Request:
    return Request(
        connections,
        read_timeout=patience.answer,
        pool_timeout=patience.answer,
        media_write_timeout=patience.upload,
        httpx_kwargs={"verify": _authorities()},
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Whom to trust; reading them takes longer than a request."""
    return httpx.create_ssl_context()


def _not_telegrams(status: int) -> TelegramError:
    """What comes from somebody in between tells nothing of the customer, nor of the token."""
    if status == 413:
        return BadRequest("the file is too large")
    if status in (500, 502, 504):  # it may have been passed on
        return Garbled(f"status {status}")
    return NotDone(f"status {status}, from something on the way there")


def _refusal(payload: bytes) -> Refusal | None:
    try:
        return msgspec.json.decode(payload, type=Refusal)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _cause(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__


def _lost(error: BaseException) -> str:
    match error:
        case Garbled():
            return f"something on the way there failed ({error})"
        case TimedOut():
            return "it did not answer in time"
        case NetworkError():
            return f"the connection broke ({_cause(error)})"
    return f"its answer is not to be understood ({_cause(error)})"


def _closed(words: str) -> str:
    known = {
        "blocked by the user": "the customer blocked the bot",
        "user is deactivated": "the customer's account is deleted",
        "kicked": "the bot was removed from the group",
        "initiate conversation": "the customer never wrote to the bot, which may not begin",
    }
    return next((told for mark, told in known.items() if mark in words), f"Telegram refuses it: {words}")
