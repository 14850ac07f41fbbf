"""A supervisor reads what past tickets suggest, mends the words, and publishes it or declines it for good."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from contactcenter.app import SystemClock
from contactcenter.knowledge.assistant import Assistant
from contactcenter.learn import learn
from contactcenter.model.columns import DAY
from contactcenter.settings import load
from tests.browser.test_choices_and_merging import picture, sign_in, window
from tests.desk import ARTICLE, QuietDesk, RunningDesk, eventually, quiet_policies, running_desk, write_settings
from tests.stories.test_the_desk_learns import customers


@pytest.fixture
async def learned(tmp_path: Path, empty_store: Path) -> AsyncIterator[RunningDesk]:
    """A desk that was asked for cheques again and again, and has looked for what it could learn."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    desk = QuietDesk(tmp_path / "desk.db", quiet_policies(), Assistant([ARTICLE], 0.7, "http://desk.test"))
    desk.clock.at = SystemClock().now() - 7 * DAY
    customers(desk, desk.hire("Rosa"))
    desk._connection.commit()
    desk._connection.begin(read_only=True)
    desk.close()
    settings = load(write_settings(tmp_path), {})
    async with running_desk(settings) as opened:
        await learn(settings, 90, 1000, progress=False)
        yield opened


async def test_what_is_approved_is_an_article_and_what_is_declined_is_gone(
    browser: Browser, learned: RunningDesk
) -> None:
    async with window(browser) as sam:
        await sign_in(sam, learned, "Sam", "/learning")
        proposals = sam.get_by_test_id("proposal")
        await expect(proposals).to_have_count(2)
        article = proposals.filter(has_text="cheque")
        await expect(article).to_contain_text("5 of 5 answers were alike")
        await expect(article.get_by_role("link")).to_have_text(["#5", "#4", "#3", "#2", "#1"])
        await picture(sam, "learning")
        await article.get_by_test_id("proposal-text").fill("We take no cheques. Cards are welcome.")
        await article.get_by_test_id("approve").click()
        await expect(proposals).to_have_count(1)
        await proposals.get_by_test_id("decline").click()
        await expect(sam.get_by_text("Nothing is here.")).to_be_visible()

    async def known() -> bool:
        articles = (await learned.sam.get("/articles"))["items"]
        return any("cheque" in one["slug"] for one in articles)

    await eventually(known)
