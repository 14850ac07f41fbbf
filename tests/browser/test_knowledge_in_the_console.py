"""A supervisor looks after the knowledge base in the console; agents read it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from contactcenter.settings import load
from tests.browser.test_choices_and_merging import picture, sign_in, window
from tests.browser.test_the_help_centre import EXAMPLES
from tests.desk import RunningDesk, eventually, running_desk, write_settings


@pytest.fixture
async def knowing(tmp_path: Path, empty_store: Path) -> AsyncIterator[RunningDesk]:
    """A desk with the sample articles, an old one, and a file that cannot be read."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    file = write_settings(tmp_path)
    folder = tmp_path / "articles"
    for sample in EXAMPLES.glob("*.md"):
        shutil.copyfile(sample, folder / sample.name)
    (folder / "old.md").write_text("---\ntitle: Do you take cheques?\nchecked: 2019-01-01\nowner: Sam\n---\nYes.\n")
    (folder / "bad.md").write_text("---\ntitle: Bad\ntags: [a]\n---\nText\n")
    async with running_desk(load(file, {})) as opened:
        yield opened


async def test_a_supervisor_finds_writes_publishes_and_archives(browser: Browser, knowing: RunningDesk) -> None:
    desk, old = knowing, knowing.settings.path("articles") / "old.md"
    async with window(browser, 1400) as sam:
        await sign_in(sam, desk, "Sam", "/knowledge")
        await expect(sam.get_by_test_id("article-faults")).to_contain_text("bad.md, line 3")
        await picture(sam, "knowledge")
        await sam.get_by_role("link", name="Stale", exact=True).click()
        await sam.get_by_test_id("article-search").fill("cheques")
        await expect(sam.get_by_test_id("article-row")).to_have_count(1)
        await sam.get_by_test_id("article-row").get_by_role("link").click()
        await expect(sam.get_by_test_id("article-preview")).to_have_text("Yes.")
        await sam.get_by_test_id("article-write").click()
        await sam.get_by_test_id("article-text").fill("No, but **cards**.\n\n- one\n- two\n")
        await sam.get_by_test_id("article-questions").fill("Can I pay by cheque?\nDo you take cash?")
        await sam.get_by_test_id("article-variants").fill("telegram: Cards only.")
        await sam.get_by_test_id("article-checked").click()
        await expect(sam.get_by_test_id("article-preview").locator("strong")).to_have_text("cards")
        await picture(sam, "knowledge-write")
        await sam.get_by_test_id("article-save-draft").click()
        await expect(sam.get_by_test_id("article")).to_contain_text("readers see the version before")
        assert "Yes." in old.read_text(encoding="utf-8")
        await picture(sam, "knowledge-draft")
        await sam.get_by_test_id("article-publish").click()
        await expect(sam.get_by_test_id("article-publish")).to_have_count(0)

        async def written() -> bool:
            return "Cards only." in old.read_text(encoding="utf-8")

        await eventually(written)
        await sam.get_by_test_id("article-versions").click()
        await expect(sam.get_by_test_id("article-version")).to_have_count(2)
        await expect(sam.get_by_test_id("article-diff").locator(".diff-removed").last).to_contain_text("Yes.")
        await picture(sam, "knowledge-versions")
        await sam.get_by_test_id("article-archive").click()
        await expect(sam.get_by_test_id("article-restore")).to_be_visible()
        await sam.get_by_test_id("article-restore").click()
        await expect(sam.get_by_test_id("article-archive")).to_be_visible()


async def test_a_new_article_is_written_and_a_file_makes_drafts(browser: Browser, knowing: RunningDesk) -> None:
    async with window(browser, 1400) as sam:
        await sign_in(sam, knowing, "Sam", "/knowledge")
        await sam.get_by_test_id("article-new").click()
        await sam.get_by_test_id("article-title").fill("Wie groß ist die Kanne?")
        await sam.get_by_test_id("article-text").fill("Ein Liter.")
        await picture(sam, "knowledge-new")
        await sam.get_by_test_id("article-save").click()
        await expect(sam.get_by_test_id("article")).to_have_attribute("data-state", "published")
        assert (await knowing.sam.get("/articles/wie-gro-ist-die-kanne"))["published"]["by"] == "Sam"
        table = b"title,text,questions\nIs it iron?,It is.,Iron?|Steel?\nNo text,,\n"
        await sam.get_by_test_id("article-import").set_input_files(
            {"name": "faq.csv", "mimeType": "text/csv", "buffer": table}
        )
        await expect(sam.get_by_test_id("article-imported")).to_contain_text("1 added")
        await expect(sam.get_by_test_id("article-imported")).to_contain_text("faq.csv:3: has no text")
        await picture(sam, "knowledge-imported")


async def test_agents_read_and_it_fits_a_telephone(browser: Browser, knowing: RunningDesk) -> None:
    async with window(browser, 390) as grace:
        await sign_in(grace, knowing, "Grace", "/knowledge")
        await expect(grace.get_by_test_id("article-row").first).to_be_visible()
        await expect(grace.get_by_test_id("article-new")).to_have_count(0)
        await picture(grace, "knowledge-narrow")
        await grace.get_by_test_id("article-row").first.get_by_role("link").click()
        await expect(grace.get_by_test_id("article-preview")).to_be_visible()
        await expect(grace.get_by_test_id("article-write")).to_have_count(0)
        await expect(grace.get_by_test_id("article-archive")).to_have_count(0)
        await picture(grace, "knowledge-narrow-article")
        wide = await grace.evaluate("document.querySelector('main').scrollWidth - innerWidth")
        assert wide <= 0
