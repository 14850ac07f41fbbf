"""A customer reads the help centre in a browser, on a telephone and at a desk, with scripts switched off."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from contactcenter.settings import load
from tests.browser.test_choices_and_merging import picture
from tests.desk import RunningDesk, running_desk, write_settings

EXAMPLES = Path(__file__).parents[2] / "config" / "examples" / "articles"


@pytest.fixture
async def helping(tmp_path: Path, empty_store: Path) -> AsyncIterator[RunningDesk]:
    """A desk with the sample articles, a longer one, and one in German."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    file = write_settings(tmp_path)
    for sample in EXAMPLES.glob("*.md"):
        shutil.copyfile(sample, tmp_path / "articles" / sample.name)
    (tmp_path / "articles" / "sizes.md").write_text(
        "---\ntitle: Which size fits me?\nquestions: ['Is it large?']\nchecked: 2026-11-01\n---\n"
        "Measure your **foot** in the evening and look it up in the table.\n\n## Shoes\n\n| cm | size |\n|---|---|\n"
        "| 24 | 38 |\n| 25 | 40 |\n\n- Socks: one size\n- Hats: `57`\n\n> Between two sizes take the larger.\n\n"
        "1. Unpack\n2. Try\n\nSee [how to return](/help/returns).\n",
        encoding="utf-8",
    )
    (tmp_path / "articles" / "groesse.md").write_text(
        "---\ntitle: Welche Größe passt mir?\nlanguage: de\n---\nMiss abends deinen Fuß.\n", encoding="utf-8"
    )
    async with running_desk(load(file, {})) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("phone", 390, "light"), ("desk", 1200, "light"), ("dark", 1200, "dark")]
)
async def test_a_customer_finds_an_article_and_says_that_it_helped(
    browser: Browser, helping: RunningDesk, name: str, width: int, scheme: str
) -> None:
    sent = await helping.http.post(
        f"{helping.url}/api/v1/files?name=sizes.pdf", data=b"%PDF", headers=helping.sam.headers
    )
    await helping.sam.post("/articles/sizes/files", await sent.json())
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        java_script_enabled=False,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto(f"{helping.url}/help")
    await picture(page, f"help-{name}")
    await page.get_by_label("Search the articles").fill("is it large")
    await page.get_by_role("button", name="Search").click()
    await picture(page, f"help-search-{name}")
    await page.get_by_role("link", name="Which size fits me?").click()
    await expect(page.get_by_role("heading", name="Which size fits me?")).to_be_visible()
    await picture(page, f"help-article-{name}")
    await page.get_by_role("button", name="Yes").click()
    await expect(page.get_by_role("status")).to_have_text("Thank you.")
    await picture(page, f"help-thanks-{name}")
    assert (await helping.sam.get("/articles/sizes"))["helped"] == 1
    await page.goto(f"{helping.url}/help?language=de")
    await expect(page.get_by_role("link", name="Welche Größe")).to_be_visible()
    await context.close()
