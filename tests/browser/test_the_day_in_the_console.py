"""A supervisor looks at the day: the desk at this moment, the quarters of an hour, and the rows behind a number."""

import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from contactcenter.app import SystemClock
from contactcenter.figures.days import SLOT, bounds, day_of
from contactcenter.figures.tallies import ADD
from contactcenter.model.columns import DAY, SECOND
from contactcenter.ports import Tx
from contactcenter.settings import load
from tests.browser.test_choices_and_merging import picture, sign_in, window
from tests.desk import RunningDesk, eventually, running_desk, write_settings

CAME = 300


@pytest.fixture
async def busy(tmp_path: Path, empty_store: Path) -> AsyncIterator[RunningDesk]:
    """A desk with three tickets that came now."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with running_desk(load(write_settings(tmp_path), {})) as opened:
        for number in range(3):
            await opened.people_only.say(f"c{number}@example.test", "Where is it?", f"m{number}", name=f"C{number}")
        yield opened


def yesterday(tx: Tx) -> None:
    a_day(tx, 1)


def week_ago(tx: Tx) -> None:
    """As tomorrow's weekday was, and each day since."""
    for before in range(1, 7):
        a_day(tx, before)


def a_day(tx: Tx, before: int) -> None:
    """What was counted so many days before: a morning and an afternoon hump; four in five answered, most in time."""
    begin, end = bounds(day_of(tx.now - before * DAY, "UTC"), "UTC")
    chance = random.Random(3)
    for _ in range(CAME):
        at = int(begin + (end - begin) * min(0.99, max(0, chance.gauss(chance.choice((0.42, 0.62)), 0.07))))
        kind = chance.choices(("answered", "abandoned", ""), (80, 12, 8))[0]
        for figure, value in (("offered", 0), (kind, int(chance.expovariate(1 / 40) * SECOND))):
            if figure:
                tx.add(ADD, figure=figure, at=at, ticket_id=1 + at % 3, queue=chance.choice(("support", "sales")),
                       channel="people", agent_id=1, value=value, ref=0)  # fmt: skip


async def test_every_number_of_the_day_opens_its_rows(browser: Browser, busy: RunningDesk) -> None:
    async with window(browser) as sam:
        await sign_in(sam, busy, "Sam", "/day")
        await expect(sam.get_by_test_id("tile-waiting").get_by_role("link")).to_have_text("3")
        await expect(sam.get_by_test_id("tile-level-today").get_by_role("link")).to_have_text("0 %")
        tickets = await busy.sam.items("/tickets?queue=sales")
        await busy.sam.post(f"/tickets/{tickets[0]['id']}/messages", {"text": "Here I am."})
        await expect(sam.get_by_test_id("tile-waiting").get_by_role("link")).to_have_text("2")
        await expect(sam.get_by_test_id("tile-level-today").get_by_role("link")).to_have_text("33.3 %")
        await sam.reload()
        await expect(sam.get_by_test_id("day-agent")).to_contain_text(["Sam"])
        await picture(sam, "day-now")
        await sam.get_by_test_id("tile-level-today").get_by_role("link").click()
        await expect(sam.get_by_test_id("day-row")).to_have_count(1)
        await expect(sam.get_by_test_id("day-row")).to_contain_text("Where is it?")
        await sam.get_by_test_id("day-row").get_by_role("link").click()
        await expect(sam).to_have_url(f"{busy.url}/desk/tickets/{tickets[0]['id']}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_day_is_drawn_by_quarters_of_an_hour(browser: Browser, busy: RunningDesk, scheme: str) -> None:
    day = str(day_of(bounds(day_of(SystemClock().now(), "UTC"), "UTC")[0] - 1, "UTC"))
    await busy.running.store.write(yesterday)
    async with window(browser) as sam:
        await sam.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await sign_in(sam, busy, "Sam", f"/day?day={day}")
        told = await busy.sam.get(f"/figures?from={day}")
        slots = {cell["begin"] for cell in told["items"]}
        await expect(sam.get_by_test_id("day-slot")).to_have_count(len(slots))
        await expect(sam.get_by_test_id("wall")).to_have_count(0)
        await picture(sam, f"day-{scheme}")
        await sam.get_by_test_id("day-slot").first.focus()
        await sam.keyboard.press("Enter")
        first = min(slots)
        number = sum(cell["figures"].get("offered", 0) for cell in told["items"] if cell["begin"] == first)
        await expect(sam.get_by_test_id("day-row")).to_have_count(number)
        assert SLOT == 15 * 60 * SECOND
        await picture(sam, f"day-rows-{scheme}")


async def test_the_day_fits_a_telephone(browser: Browser, busy: RunningDesk) -> None:
    await busy.running.store.write(yesterday)
    async with window(browser, 390) as sam:
        await sign_in(sam, busy, "Sam", "/day")
        await expect(sam.get_by_test_id("tile-waiting")).to_be_visible()
        await picture(sam, "day-narrow")
        wide = await sam.evaluate(
            "document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth"
        )
        assert wide <= 0


async def test_tomorrow_shows_what_is_expected_and_what_it_takes(browser: Browser, busy: RunningDesk) -> None:
    await busy.running.store.write(week_ago)
    async with window(browser) as sam:
        await sign_in(sam, busy, "Sam", "/day")
        await sam.get_by_test_id("other-day").click()
        await expect(sam.get_by_test_id("day-expected")).to_be_visible()
        await expect(sam.get_by_test_id("day-to-come").get_by_role("row")).not_to_have_count(1)
        await picture(sam, "day-to-come")
        told = await busy.sam.get("/forecast")
        assert sum(slot["expected"] for slot in told["items"]) == pytest.approx(CAME, rel=0.01)
        await sam.get_by_test_id("other-day").click()
        await expect(sam.get_by_test_id("tile-waiting")).to_be_visible()


async def test_what_the_assistant_came_to_opens_its_tickets(browser: Browser, busy: RunningDesk) -> None:
    for number in range(4):
        await busy.loopback.say(
            f"a{number}@example.test", "When will my parcel arrive?", f"a{number}", name=f"A{number}"
        )

    async def answered() -> bool:
        return int((await busy.sam.get("/figures/answers"))["answers"]) == 4

    await eventually(answered)
    await busy.loopback.say("a0@example.test", "Can I talk to a person?", "a0b", name="A0")
    async with window(browser) as sam:
        await sign_in(sam, busy, "Sam", "/day")
        article = sam.get_by_test_id("day-article")
        await expect(article).to_contain_text("Where is my order?")
        await expect(article.get_by_role("link")).to_have_text(["4", "1", "0", "0", "3"])
        await article.get_by_role("link").nth(1).click()
        await expect(sam.get_by_test_id("answer-row")).to_have_count(1)
        await expect(sam.get_by_test_id("answer-row")).to_contain_text("When will my parcel arrive?")
        await picture(sam, "the-assistant-of-the-day")
