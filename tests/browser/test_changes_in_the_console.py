"""What changes after it was said, as an agent meets it in the console and a customer in the widget."""

from typing import Any

from playwright.async_api import Browser, Page, expect

from contactcenter.flow import pickups, queries
from contactcenter.model.values import Attached
from contactcenter.ports import Tx
from tests.browser.test_mail_in_the_console import signed_in
from tests.desk import RunningDesk

ADA = "ada@example.test"


async def written(desk: RunningDesk) -> int:
    """Ada has written to people; the ticket."""
    await desk.people_only.say(ADA, "My order is 17", "m1", name="Ada")
    number: int = (await desk.ticket_of("Ada"))["id"]
    return number


def entry(page: Page, text: str) -> Any:
    return page.get_by_test_id("message").filter(has_text=text)


async def test_an_agent_edits_and_takes_away_what_was_delivered(browser: Browser, desk: RunningDesk) -> None:
    ticket = await written(desk)
    await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "It is red"})
    await desk.sam.post(f"/tickets/{ticket}/messages", {"text": "Sam was here"})
    async with signed_in(browser, desk, f"/tickets/{ticket}") as page:
        await expect(entry(page, "It is red")).to_contain_text("Delivered")
        await expect(entry(page, "Sam was here").get_by_test_id("edit")).to_have_count(0)
        await entry(page, "It is red").get_by_test_id("edit").click()
        await page.get_by_test_id("editor").fill("It is blue")
        await page.get_by_test_id("save-edit").click()
        await expect(entry(page, "It is blue").get_by_test_id("edited")).to_be_visible()
        await entry(page, "It is blue").get_by_test_id("delete").click()
        await entry(page, "It is blue").get_by_test_id("delete").click()
        await expect(entry(page, "Taken away")).to_be_visible()
        assert "Sam was here" in [message.text for message in desk.people_only.sent]


async def test_a_customer_s_edits_deletions_and_closed_doors_are_seen_as_they_happen(
    browser: Browser, desk: RunningDesk
) -> None:
    ticket = await written(desk)
    await desk.people_only.say(ADA, "And my card is 4711", "m2")
    async with signed_in(browser, desk, f"/tickets/{ticket}") as page:
        await expect(entry(page, "My order is 17")).to_be_visible()
        await desk.people_only.say(ADA, "My order is 71", "m1", change="edited")
        await desk.people_only.say(ADA, "", "m2", change="deleted")
        await expect(entry(page, "My order is 71").get_by_test_id("edited")).to_be_visible()
        await expect(entry(page, "Deleted by the customer")).to_be_visible()
        await desk.people_only.say(ADA, "Ada blocked the bot", "m3", change="left")
        await expect(page.get_by_test_id("unreachable")).to_contain_text("Ada blocked the bot")
        await page.get_by_test_id("composer").fill("Hello?")
        await expect(page.get_by_test_id("send")).to_be_disabled()
        await desk.people_only.say(ADA, "Back again", "m4")
        await expect(page.get_by_test_id("unreachable")).to_have_count(0)
        await expect(page.get_by_test_id("send")).to_be_enabled()


def _lies_elsewhere(tx: Tx) -> None:
    """Two files of the first message that are not here, one of them for good; the second message answers the first."""
    for name, trouble in (("photo.jpg", ""), ("film.mp4", "it is larger than 50 MB; ask for it in another way")):
        pickups.attach(tx, 1, "people", Attached(name, "image/jpeg", 120_000, f"remote:{name}"))
        number = tx.all(queries.ATTACHMENTS_OF, message=1)[-1].id
        tx.run(pickups.SET_TROUBLE, row=number, why=trouble)
    tx.run(queries.SET_BELONGING, row=2, answered=1, gathered="")


async def test_files_elsewhere_and_what_is_answered_are_told_in_words(browser: Browser, desk: RunningDesk) -> None:
    ticket = await written(desk)
    await desk.people_only.say(ADA, "That one, I mean", "m2")
    await desk.running.store.write(_lies_elsewhere)
    async with signed_in(browser, desk, f"/tickets/{ticket}") as page:
        files = page.get_by_test_id("file-elsewhere")
        await expect(files.nth(0)).to_contain_text("Being fetched…")
        await expect(files.nth(1)).to_contain_text("Could not be fetched: it is larger than 50 MB")
        await expect(page.get_by_test_id("quote")).to_contain_text("My order is 17")
    first = (await desk.grace.items(f"/tickets/{ticket}/messages"))[0]["files"]
    assert [file["state"] for file in first] == ["fetching", "failed"]
    told = await desk.grace.get(first[1]["url"].removeprefix("/api/v1"), status=404)
    assert told["detail"] == "this file could not be fetched: it is larger than 50 MB; ask for it in another way"


async def test_a_customer_s_page_shows_what_was_changed(browser: Browser, desk: RunningDesk) -> None:
    context = await browser.new_context(viewport={"width": 420, "height": 640})
    page = await context.new_page()
    try:
        await page.goto(f"{desk.url}/chat/site")
        await page.get_by_role("textbox").fill("Can I talk to a person?")
        await page.keyboard.press("Enter")
        ticket = (await desk.ticket_of("Visitor"))["id"]
        said = [await desk.sam.post(f"/tickets/{ticket}/messages", {"text": text}) for text in ("It is red", "Oops")]
        await expect(page.get_by_text("Oops")).to_be_visible()
        await desk.sam.call("PUT", f"/messages/{said[0]['id']}", {"text": "It is blue"})
        await desk.sam.call("DELETE", f"/messages/{said[1]['id']}")
        await expect(page.get_by_text("It is blue")).to_be_visible()
        await expect(page.get_by_test_id("edited")).to_be_visible()
        await expect(page.get_by_test_id("removed")).to_be_visible()
        await page.reload()
        await expect(page.get_by_test_id("removed")).to_be_visible()
        await expect(page.get_by_test_id("edited")).to_be_visible()
    finally:
        await context.close()
