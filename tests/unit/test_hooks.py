"""/hooks/<channel>: the provider is told a status, and a stranger nothing."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from contactcenter import app, workers
from contactcenter.channels.loopback import Loopback
from contactcenter.channels.protocol import Accepted, HookReply, HookRequest
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.web import hooks
from contactcenter.web.problems import problems
from tests.messengers import Messenger

SECRET = {"X-Secret": "swordfish"}


class Provider:
    """What is behind the hook: an intake that stores, or cannot."""

    def __init__(self) -> None:
        self.stored: list[RawEvent] = []
        self.broken: Exception | None = None

    async def accept(self, raw: RawEvent) -> Accepted:
        if self.broken is not None:
            raise self.broken
        new = raw.external_id not in [kept.external_id for kept in self.stored]
        self.stored.append(raw)
        return Accepted(len(self.stored), new=new)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def url(provider: Provider) -> AsyncIterator[str]:
    application = web.Application(middlewares=[problems], client_max_size=2_000)
    application.router.add_routes(hooks.routes({"bot": (Messenger("bot"), provider.accept)}))
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield "http://{}:{}/hooks".format(*runner.addresses[0][:2])
    await runner.cleanup()


async def asked(method: str, url: str, **more: Any) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as http, http.request(method, url, **more) as answer:
        return answer.status, await answer.read()


async def test_an_event_is_stored_before_it_is_answered(url: str, provider: Provider) -> None:
    assert await asked("POST", f"{url}/bot?id=7", data=b"hello", headers=SECRET) == (200, b"new")
    assert await asked("POST", f"{url}/bot?id=7", data=b"hello", headers=SECRET) == (200, b"again")
    assert [(raw.external_id, raw.payload) for raw in provider.stored] == [("event-7", b"hello")] * 2
    assert await asked("GET", f"{url}/bot?id=8", headers=SECRET) == (200, b"new")


async def test_what_the_store_refuses_the_provider_is_to_repeat(url: str, provider: Provider) -> None:
    provider.broken = StoreUnavailable("the disk /dev/sda1 is full")
    assert await asked("POST", f"{url}/bot", data=b"hello", headers=SECRET) == (503, b"")
    provider.broken = ZeroDivisionError("a secret of ours")
    assert await asked("POST", f"{url}/bot", data=b"hello", headers=SECRET) == (500, b"")


async def test_whoever_is_not_the_provider_learns_nothing(url: str, provider: Provider) -> None:
    assert await asked("POST", f"{url}/bot", data=b"hello") == (401, b"")
    for name in ("mail", "bot/more", "%00", "../api/v1/tickets", ""):
        status, body = await asked("POST", f"{url}/{name}", data=b"hello", headers=SECRET)
        assert status == 404
        assert b"bot" not in body
    status, _ = await asked("PUT", f"{url}/bot", data=b"hello", headers=SECRET)
    assert status == 405
    assert provider.stored == []


async def test_what_is_too_large_is_not_read(url: str, provider: Provider) -> None:
    status, _ = await asked("POST", f"{url}/bot", data=b"x" * 3_000, headers=SECRET)
    assert status == 413
    assert provider.stored == []


async def test_a_channel_answers_as_its_provider_wants(provider: Provider) -> None:
    class Asks(Messenger):
        async def hook(self, request: HookRequest, accept: Any) -> HookReply:
            assert request.query == {"challenge": "42"}
            assert request.headers["content-type"] == "application/json"
            return HookReply(202, request.method.encode() + request.body, "application/json")

    application = web.Application()
    application.router.add_routes(hooks.routes({"bot": (Asks("bot"), provider.accept)}))
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = "http://{}:{}/hooks/bot?challenge=42".format(*runner.addresses[0][:2])
    async with aiohttp.ClientSession() as http, http.post(url, json=[]) as answer:
        assert (answer.status, await answer.read(), answer.content_type) == (202, b"POST[]", "application/json")
    await runner.cleanup()


def test_only_channels_that_take_hooks_have_an_address() -> None:
    ways = {
        "bot": Way(Messenger("bot"), "support", assistant=False),
        "try": Way(Loopback("try"), "support", assistant=True),
    }
    workshop = SimpleNamespace(policies=Policies(ways, {}), accept_for=lambda way: way)
    hooked = app._hooked(cast("workers.Workshop", workshop))
    assert list(hooked) == ["bot"]
