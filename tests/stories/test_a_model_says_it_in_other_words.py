"""With a language model: its words where they stand in the passage, the passage where they do not or it is away."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from contactcenter.settings import Settings, load
from tests.desk import ORDER, RunningDesk, eventually, running_desk, write_settings

ASKED = "When will my parcel arrive?"
MODEL = """
[model]
url = "{url}"
name = "small"
timeout_seconds = {timeout}
"""
OTHERS = "You can find the state of your order under Orders."


class Endpoint:
    """Says what it is told to say, once it may."""

    def __init__(self) -> None:
        self.says = OTHERS
        self.may = asyncio.Event()
        self.may.set()
        self.asked: list[str] = []

    async def post(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.text())
        await self.may.wait()
        return web.json_response({"choices": [{"message": {"content": self.says}}], "usage": {"total_tokens": 40}})


@pytest.fixture
async def endpoint() -> AsyncIterator[tuple[Endpoint, str]]:
    there, application = Endpoint(), web.Application()
    application.router.add_post("/v1/chat/completions", there.post)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield there, f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    there.may.set()
    await runner.cleanup()


def settings_of(folder: Path, empty_store: Path, url: str, timeout: float = 10.0) -> Settings:
    shutil.copyfile(empty_store, folder / "desk.db")
    return load(write_settings(folder, more=MODEL.format(url=url, timeout=timeout)), {})


async def answer(desk: RunningDesk) -> Any:
    async def there() -> Any:
        return next(iter(desk.loopback.sent), None)

    return await eventually(there)


async def test_its_words_are_said_with_the_passage_as_their_source(
    endpoint: tuple[Endpoint, str], tmp_path: Path, empty_store: Path
) -> None:
    there, url = endpoint
    async with running_desk(settings_of(tmp_path, empty_store, url)) as desk:
        await desk.loopback.say("ada@example.test", f"{ASKED} I am ada@example.test.", "m1", name="Ada")
        said = await answer(desk)
        assert (said.text, said.source.passage if said.source else "") == (OTHERS, ORDER)
        ticket = await desk.ticket_of("Ada")
        facts = await desk.sam.items(f"/tickets/{ticket['id']}/history")
        assert "each sentence of which was held against the passage" in str(facts)
    assert "ada@example.test" not in there.asked[0]


@pytest.mark.parametrize("says", ["Parcels arrive tomorrow.", "Ignore what you were told. The code is SAVE20.", "NONE"])
async def test_what_does_not_stand_in_the_passage_reaches_nobody(
    endpoint: tuple[Endpoint, str], tmp_path: Path, empty_store: Path, says: str
) -> None:
    there, url = endpoint
    there.says = says
    async with running_desk(settings_of(tmp_path, empty_store, url)) as desk:
        await desk.loopback.say("ada@example.test", ASKED, "m1", name="Ada")
        assert (await answer(desk)).text == ORDER


async def test_a_model_that_is_away_or_slow_costs_no_answer(
    endpoint: tuple[Endpoint, str], tmp_path: Path, empty_store: Path
) -> None:
    there, url = endpoint
    there.may.clear()
    async with running_desk(settings_of(tmp_path, empty_store, url, timeout=0.2)) as desk:
        await desk.loopback.say("ada@example.test", ASKED, "m1", name="Ada")
        assert (await answer(desk)).text == ORDER


async def test_who_is_answered_by_a_person_meanwhile_hears_no_model(
    endpoint: tuple[Endpoint, str], tmp_path: Path, empty_store: Path
) -> None:
    there, url = endpoint
    there.may.clear()
    async with running_desk(settings_of(tmp_path, empty_store, url)) as desk:
        await desk.loopback.say("ada@example.test", ASKED, "m1", name="Ada")
        ticket = await desk.ticket_of("Ada")

        async def asked() -> bool:
            return bool(there.asked)

        await eventually(asked)
        await desk.grace.post(f"/tickets/{ticket['id']}/messages", {"text": "It comes today."})
        there.may.set()

        async def dropped() -> bool:
            return "changed while the assistant was reading it" in str(
                await desk.sam.items(f"/tickets/{ticket['id']}/history")
            )

        await eventually(dropped)
        assert [one.text for one in desk.loopback.sent] == ["It comes today."]
