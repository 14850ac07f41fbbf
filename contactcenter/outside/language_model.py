"""A language model is asked to put a passage into other words: one request over HTTP, bounded in time, size and money.

Called by workers for an answer that was found; any endpoint that speaks OpenAI's chat completions does, a local one
too. What it says is believed nothing (knowledge/phrasing). Off where [model] names no address. It follows no
redirect and tries nothing again: the passage itself is there to be said.
"""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

import aiohttp
import msgspec

from contactcenter.knowledge.phrasing import Wish
from contactcenter.model.values import NoText
from contactcenter.outside.bounded import at_most

ANSWER_LIMIT = 256 * 1024  # bytes
AT_ONCE = 4  # requests of one process; the others wait, and their time runs


class Model(Protocol):
    """[model]."""

    @property
    def url(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def timeout_seconds(self) -> float: ...
    @property
    def bearer(self) -> str: ...


class Words(msgspec.Struct):
    content: str | None = None


class Choice(msgspec.Struct):
    message: Words


class Usage(msgspec.Struct):
    total_tokens: int = 0


class Completion(msgspec.Struct):
    """What an endpoint answers, as far as we read it."""

    choices: list[Choice]
    usage: Usage | None = None


class Pay(Protocol):
    """The day's budget: `take` so many tokens, False where they are not left; `settle` what it came to."""

    def take(self, tokens: int) -> Awaitable[bool]: ...
    def settle(self, tokens: int, used: int) -> Awaitable[None]: ...


_read = msgspec.json.Decoder(Completion).decode


class LanguageModel:
    """Asks over one pool of connections, which `close` ends."""

    def __init__(self, model: Model, budget: Pay) -> None:
        self._model = model
        self._budget = budget
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._http: aiohttp.ClientSession | None = None

    async def say(self, wish: Wish) -> str:
        """What the model says. Raises NoText."""
        try:
            async with asyncio.timeout(self._model.timeout_seconds), self._turn:
                if not await self._budget.take(wish.cost):
                    raise NoText("the day's budget for the model is spent")
                return await self._paid(wish)
        except TimeoutError:
            raise NoText(f"the model gave no answer within {self._model.timeout_seconds:g} s") from None
        except aiohttp.ClientError as error:
            raise NoText(f"the model cannot be reached: {type(error).__name__}") from None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def _paid(self, wish: Wish) -> str:
        """Without an answer, what was taken stays taken: nobody knows what it cost."""
        completion = await self._ask(wish)
        if completion.usage is not None and completion.usage.total_tokens > 0:
            await self._budget.settle(wish.cost, completion.usage.total_tokens)
        text = completion.choices[0].message.content if completion.choices else None
        if not text:
            raise NoText("the model said nothing")
        return text

    async def _ask(self, wish: Wish) -> Completion:
        if self._http is None:
            self._http = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        body = {
            "model": self._model.name,
            "messages": [{"role": role, "content": text} for role, text in wish.messages],
            "temperature": 0,
            "max_tokens": wish.tokens,
        }
        url = f"{self._model.url.rstrip('/')}/chat/completions"
        headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        if self._model.bearer:
            headers["Authorization"] = f"Bearer {self._model.bearer}"
        data = msgspec.json.encode(body)
        async with self._http.post(url, data=data, headers=headers, allow_redirects=False) as answer:
            if answer.status != 200:
                raise NoText(f"the model answered with status {answer.status}")
            return _completion(await at_most(answer.content, ANSWER_LIMIT))


def _completion(answer: bytes | None) -> Completion:
    if answer is None:
        raise NoText(f"the model's answer is larger than {ANSWER_LIMIT} bytes")
    try:
        return _read(answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NoText("the model's answer is not of the known form") from None
