"""A language model is asked by one bounded request; whatever it answers does no harm, and its budget holds."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from contactcenter.flow import spending
from contactcenter.knowledge.phrasing import Wish
from contactcenter.model.values import NoText
from contactcenter.outside.language_model import ANSWER_LIMIT, LanguageModel
from contactcenter.settings import ModelSettings, SettingsError, check
from tests.desk import QuietDesk

WISH = Wish((("system", "Rephrase."), ("user", "{}")))


def completion(text: Any, tokens: int = 50) -> web.Response:
    choices = [{"message": {"role": "assistant", "content": text}}]
    return web.json_response({"choices": choices, "usage": {"total_tokens": tokens}})


class Endpoint:
    """The other side: answers as it is told, and keeps what it was asked."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer or completion("It arrives soon.")
        self.asked: list[tuple[Any, Any]] = []
        self.never = asyncio.Event()

    async def post(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((await request.json(), request.headers.copy()))
        if self.answer == "never":
            await self.never.wait()
        assert isinstance(self.answer, web.StreamResponse)
        return self.answer


class Purse:
    """A budget without a store."""

    def __init__(self, most: int = 10_000) -> None:
        self.left = most

    async def take(self, tokens: int) -> bool:
        if tokens > self.left:
            return False
        self.left -= tokens
        return True

    async def settle(self, tokens: int, used: int) -> None:
        self.left += tokens - used


@asynccontextmanager
async def serving(endpoint: Endpoint, purse: Purse, timeout: float = 5.0) -> AsyncIterator[LanguageModel]:
    application = web.Application()
    application.router.add_post("/v1/chat/completions", endpoint.post)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/"
    values = {"url": url, "name": "small", "key": "sesame", "timeout_seconds": timeout}
    model = LanguageModel(check(ModelSettings, values, "model"), purse)
    try:
        yield model
    finally:
        endpoint.never.set()
        await model.close()
        await runner.cleanup()


async def test_it_is_asked_with_its_key_and_says_its_text_and_what_it_used_is_paid() -> None:
    endpoint, purse = Endpoint(), Purse()
    async with serving(endpoint, purse) as model:
        assert await model.say(WISH) == "It arrives soon."
    ((asked, headers),) = endpoint.asked
    assert (asked["model"], asked["temperature"], asked["max_tokens"]) == ("small", 0, WISH.tokens)
    assert asked["messages"][0] == {"role": "system", "content": "Rephrase."}
    assert headers["Authorization"] == "Bearer sesame"
    assert purse.left == 10_000 - 50


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (web.Response(status=500), "status 500"),
        (web.Response(status=302, headers={"Location": "http://evil.test"}), "status 302"),
        (web.Response(body=b"{"), "not of the known form"),
        (web.Response(body=b"\xff\xfe"), "not of the known form"),
        (web.Response(body=b"[" * 100_000), "not of the known form"),
        (web.Response(body=b" " * (ANSWER_LIMIT + 1)), "larger than"),
        (web.Response(body=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}), "not of the known form"),
        (web.json_response({"choices": []}), "said nothing"),
        (completion(None), "said nothing"),
        (completion(""), "said nothing"),
        ("never", "no answer within 0.2 s"),
    ],
)
async def test_whatever_goes_wrong_is_told_in_words(answer: Any, why: str) -> None:
    async with serving(Endpoint(answer), Purse(), timeout=0.2) as model:
        with pytest.raises(NoText, match=why):
            await model.say(WISH)


async def test_who_cannot_be_reached_is_told() -> None:
    values = {"url": "http://127.0.0.1:1/v1", "name": "small"}
    model = LanguageModel(check(ModelSettings, values, "model"), Purse())
    with pytest.raises(NoText, match="cannot be reached"):
        await model.say(WISH)
    await model.close()


async def test_what_the_budget_does_not_hold_is_not_asked() -> None:
    endpoint = Endpoint()
    async with serving(endpoint, Purse(most=WISH.cost - 1)) as model:
        with pytest.raises(NoText, match="budget for the model is spent"):
            await model.say(WISH)
    assert endpoint.asked == []


def test_a_days_budget_is_taken_settled_and_new_the_next_day(quiet: QuietDesk) -> None:
    assert quiet.do(spending.take, 100, 60)
    assert not quiet.do(spending.take, 100, 60), "it is taken until it is settled"
    quiet.do(spending.settle, 60, 30)
    assert quiet.do(spending.take, 100, 60)
    assert not quiet.do(spending.take, 100, 20)
    quiet.clock.forward(86_400)
    assert quiet.do(spending.take, 100, 100)


@pytest.mark.parametrize("url", ["http://model.test/v1", "ftp://127.0.0.1", "model.test"])
def test_a_model_is_not_asked_in_the_open(url: str) -> None:
    with pytest.raises(SettingsError, match="must begin with https://"):
        check(ModelSettings, {"url": url}, "model")
