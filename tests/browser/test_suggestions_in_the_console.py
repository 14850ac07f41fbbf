"""What the knowledge base suggests to an agent: how sure it is, by one key into the composer or to the customer."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from contactcenter.settings import load
from tests.browser.test_choices_and_merging import picture, sign_in, window
from tests.desk import ORDER, RunningDesk, eventually, running_desk, write_settings

ASKED = "When will my parcel arrive?"


@pytest.fixture
async def asked(tmp_path: Path, empty_store: Path) -> AsyncIterator[RunningDesk]:
    """A desk where somebody has asked what an article answers, on a channel that only people answer."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with running_desk(load(write_settings(tmp_path), {})) as opened:
        await opened.people_only.say("ada@example.test", "…", "m0", name="Ada")
        yield opened


async def received(desk: RunningDesk) -> list[str]:
    return [message.text for message in desk.people_only.sent]


async def test_a_suggestion_comes_as_the_customer_writes_and_goes_out_by_a_key(
    browser: Browser, asked: RunningDesk
) -> None:
    ticket = await asked.ticket_of("Ada")
    async with window(browser) as sam:
        await sign_in(sam, asked, "Sam", f"/tickets/{ticket['id']}")
        await expect(sam.get_by_test_id("message")).to_have_count(1)
        await asked.people_only.say("ada@example.test", ASKED, "m1", name="Ada")
        await expect(sam.get_by_test_id("suggested")).to_contain_text("Where is my order?")
        await expect(sam.get_by_test_id("suggested")).to_contain_text("% sure")
        await picture(sam, "suggested")
        await sam.keyboard.press("1")
        await expect(sam.get_by_test_id("composer")).to_have_value(ORDER)
        await expect(sam.get_by_test_id("suggested")).to_have_count(0)
        await sam.get_by_test_id("composer").fill("")
        await sam.keyboard.press("Escape")
        await sam.keyboard.press("Shift+Digit1")
        await eventually(lambda: received(asked))
        (sent,) = asked.people_only.sent
        assert (sent.text, sent.source.title if sent.source else "") == (ORDER, "Where is my order?")
        await expect(sam.get_by_test_id("suggested")).to_have_count(0)


async def test_what_is_inserted_takes_its_source_along_unless_it_was_rewritten(
    browser: Browser, asked: RunningDesk
) -> None:
    await asked.people_only.say("ada@example.test", ASKED, "m1", name="Ada")
    ticket = await asked.ticket_of("Ada")
    async with window(browser) as sam:
        await sign_in(sam, asked, "Sam", f"/tickets/{ticket['id']}")
        await sam.get_by_test_id("suggested").get_by_test_id("insert").click()
        await sam.get_by_test_id("composer").fill(f"Dear Ada, {ORDER}")
        await sam.get_by_test_id("send").click()
        await eventually(lambda: received(asked))
        await sam.get_by_test_id("composer").fill("Look below Orders.")
        await sam.get_by_test_id("send").click()

        async def both() -> bool:
            return len(asked.people_only.sent) == 2

        await eventually(both)
        first, second = asked.people_only.sent
        assert (first.source.article if first.source else "", second.source) == ("order-status", None)
