"""Buttons in the chat, and what agents and supervisors do with a ticket in the console, as they see it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from contactcenter.settings import load
from contactcenter.web import auth
from tests.desk import RunningDesk, eventually, running_desk, write_settings

PREPARED = """
[channels.shop]
kind = "webchat"
satisfaction = true
satisfaction_text = "How did we do?"
[tickets]
solve_reasons = ["answered", "no reply"]
[replies.hello]
title = "Greeting"
text = "Hello {customer}, this is {agent} about ticket {ticket}."
[replies.help]
title = "Where to look"
text = "All of it is on our help pages."
"""
PICTURES = os.environ.get("CONTACTCENTER_TEST_PICTURES", "")  # a folder, for whoever wants to look


@pytest.fixture
async def prepared(tmp_path: Path, empty_store: Path) -> AsyncIterator[RunningDesk]:
    """A desk with replies, reasons, and a chat that asks how it went."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with running_desk(load(write_settings(tmp_path, more=PREPARED), {})) as opened:
        yield opened


@asynccontextmanager
async def window(browser: Browser, width: int = 1300) -> AsyncIterator[Page]:
    """A page of a person of their own; any error on it fails the test, and so does what its content policy refuses."""
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if "policy" in told.text else None)
    try:
        yield page
        assert faults == []
    finally:
        await context.close()


async def sign_in(page: Page, desk: RunningDesk, name: str, path: str) -> None:
    link = await desk.running.store.write(auth.issue_link, desk.people[name].email)
    await page.goto(f"{desk.url}/desk/sign-in/{link}")
    await page.get_by_role("button", name="Sign in").click()
    await page.goto(f"{desk.url}/desk{path}")


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png")


async def ask(ada: Page, desk: RunningDesk, text: str) -> None:
    await ada.goto(f"{desk.url}/chat/shop")
    await ada.get_by_test_id("composer").fill(text)
    await ada.get_by_test_id("send").click()


async def test_a_press_is_said_once_marked_and_answered(browser: Browser, prepared: RunningDesk) -> None:
    async with window(browser, 420) as ada:
        await ask(ada, prepared, "When will my parcel arrive?")
        buttons = ada.get_by_role("group", name="Answers to choose from").get_by_role("button")
        await expect(buttons).to_have_text(["That helps", "That does not help", "Talk to a person"])
        await expect(ada.get_by_test_id("person")).to_have_count(0)
        await picture(ada, "chat-choices")
        await ada.keyboard.press("Shift+Tab")
        await buttons.first.focus()
        await ada.keyboard.press("Enter")
        await expect(buttons.first).to_have_attribute("aria-pressed", "true")
        await expect(ada.get_by_test_id("state")).to_contain_text("Solved")
        await picture(ada, "chat-chosen")
        await buttons.first.click()
        await ada.reload()
        await expect(buttons.first).to_have_attribute("aria-pressed", "true")
        await buttons.last.click()
        await expect(ada.get_by_test_id("state")).to_contain_text("Waiting for a person")
        said = await ada.get_by_test_id("message").all_inner_texts()
        assert sum("That helps" in text for text in said) == 1
        await ada.get_by_test_id("composer").fill("Hello?")
        await ada.get_by_test_id("send").click()
        await expect(buttons).to_have_count(0)


async def test_a_shift_with_replies_reasons_escalation_and_a_rating(browser: Browser, prepared: RunningDesk) -> None:
    desk = prepared
    async with window(browser, 420) as ada, window(browser) as grace, window(browser) as sam:
        await ask(ada, desk, "Can I talk to a person?")
        await expect(ada.get_by_test_id("state")).to_contain_text("Waiting")
        await sign_in(sam, desk, "Sam", "/queue/support")
        await sign_in(grace, desk, "Grace", "/tickets/1")
        await expect(grace.get_by_test_id("summary")).to_contain_text("Can I talk to a person?")
        await picture(grace, "console-summary")
        await grace.get_by_test_id("claim").click()

        composer = grace.get_by_test_id("composer")
        await composer.press_sequentially("/h")
        await expect(grace.get_by_test_id("canned").get_by_role("option")).to_have_count(2)
        await picture(grace, "console-replies")
        await composer.press("ArrowDown")
        await composer.press("ArrowUp")
        await composer.press("Enter")
        await expect(composer).to_have_value("Hello Visitor, this is Grace about ticket 1.")
        await grace.get_by_test_id("send").click()
        await expect(ada.get_by_test_id("message").last).to_contain_text("Hello Visitor, this is Grace")

        await grace.get_by_test_id("escalate").click()
        await grace.get_by_test_id("escalate-reason").fill("She threatens to leave.")
        await picture(grace, "console-escalate")
        await grace.get_by_role("button", name="Ask for help").click()
        await expect(grace.get_by_test_id("escalation")).to_contain_text("Grace asks for help: She threatens")
        await expect(sam.get_by_test_id("escalated")).to_contain_text("Grace asks for help with #1")
        await picture(sam, "console-escalated")
        await sam.get_by_role("link", name="Look at it").click()
        await sam.get_by_test_id("priority").click()
        await sam.get_by_role("menuitem", name="urgent").click()
        await expect(sam.get_by_test_id("escalated")).to_have_count(0)
        await expect(grace.get_by_test_id("escalation")).to_have_count(0)

        await grace.keyboard.press("Escape")
        await grace.locator("h1").first.click()
        await grace.keyboard.press("s")
        await grace.get_by_test_id("solve-remark").fill("She has moved.")
        await picture(grace, "console-solve")
        await grace.get_by_role("menuitem", name="answered").click()
        await expect(grace.get_by_test_id("status")).to_contain_text("Solved")

        faces = ada.get_by_role("group", name="Answers to choose from").get_by_role("button")
        await expect(faces).to_have_count(5)
        await picture(ada, "chat-satisfaction")
        await faces.nth(3).click()
        await expect(grace.get_by_test_id("rating")).to_have_text("Rated 4 of 5")
        await expect(grace.get_by_test_id("pressed")).to_have_count(1)
        await grace.get_by_test_id("tab-history").click()
        await expect(grace.locator("[data-kind=SatisfactionGiven]")).to_contain_text("Rated: 4 of 5")
        await picture(grace, "console-rated")


async def test_two_tickets_are_merged_after_a_look_and_taken_apart_again(
    browser: Browser, prepared: RunningDesk
) -> None:
    desk = prepared
    await desk.loopback.say("ada@example.test", "It is broken.", "m1", name="Ada")
    await desk.people_only.say("ada@example.test", "It is still broken.", "m2", name="Ada")
    await eventually(lambda: both_there(desk))
    async with window(browser) as sam:
        await sign_in(sam, desk, "Sam", "/tickets/2")
        await expect(sam.get_by_test_id("message")).to_have_count(1)
        await sam.get_by_test_id("merge").click()
        await sam.get_by_test_id("merge-other").click()
        await expect(sam.get_by_test_id("merge-preview")).to_contain_text("1 message and 0 notes move from #2 to #1")
        await picture(sam, "console-merge")
        await sam.get_by_role("button", name="Merge into #1").click()
        await expect(sam.get_by_test_id("message")).to_have_count(2)
        await expect(sam.get_by_test_id("message").last).to_contain_text("It is still broken.")
        await sam.get_by_test_id("tab-history").click()
        await expect(sam.locator("[data-kind=TicketMerged]")).to_contain_text("#2 was merged into this")
        await picture(sam, "console-merged-target")
        await sam.goto(f"{desk.url}/desk/tickets/2")
        await expect(sam.get_by_test_id("merged")).to_contain_text("Merged into ticket #1")
        await expect(sam.get_by_test_id("composer")).to_have_count(0)
        await picture(sam, "console-merged")
        await sam.get_by_test_id("unmerge").click()
        await expect(sam.get_by_test_id("message")).to_have_count(1)
        await expect(sam.get_by_test_id("status")).to_have_text("Open")


async def both_there(desk: RunningDesk) -> bool:
    return len(await desk.sam.items("/tickets?status=open")) == 2


RULE = """
[[rules]]
name = "money"
why = "It is about money."
when = { words = "refund" }
then = { skills = { billing = 2 }, tags = ["money"] }
"""


async def test_tags_skills_and_what_rules_said_are_seen_and_tags_are_changed(
    browser: Browser, tmp_path: Path, empty_store: Path
) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with running_desk(load(write_settings(tmp_path, more=RULE), {})) as desk, window(browser) as sam:
        await desk.people_only.say("ada@example.test", "I want a refund.", "m1", name="Ada")
        await desk.sam.put(f"/agents/{desk.people['Grace'].id}/skills", {"skills": {"billing": 2, "german": 4}})
        await desk.ticket_of("Ada")
        await sign_in(sam, desk, "Sam", "/tickets/1")
        await expect(sam.get_by_test_id("tag")).to_have_text(["money"])
        await sam.get_by_test_id("tags").click()
        await sam.get_by_test_id("tags-words").fill("late, call-back money")
        await picture(sam, "console-tags")
        await sam.get_by_role("button", name="Save").click()
        await expect(sam.get_by_test_id("tag")).to_have_text(["call-back", "late", "money"])
        await sam.get_by_test_id("tab-history").click()
        await expect(sam.locator("[data-kind=RulesApplied]")).to_contain_text("Sorted by rules: money")
        await expect(sam.locator("[data-kind=RulesApplied]")).to_contain_text("It is about money.")
        await expect(sam.locator("[data-kind=TicketTagged]")).to_contain_text("Tagged: call-back, late")
        await picture(sam, "console-sorted")
        await sam.goto(f"{desk.url}/desk/team")
        await expect(sam.get_by_test_id("agent-row").filter(has_text="Grace")).to_contain_text("billing 2, german 4")
        await picture(sam, "console-team")
