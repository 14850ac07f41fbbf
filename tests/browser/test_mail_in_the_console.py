"""What mail brings, as an agent meets it in the console of a real desk: nothing hidden, nothing sent unawares."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, Page, Route, expect
from sqlalchemy import update

from contactcenter.channels.email import Email
from contactcenter.flow import health, presence, queries, threads
from contactcenter.flow.folds import kept
from contactcenter.model.columns import table
from contactcenter.model.people import Identity
from contactcenter.model.tickets import Message
from contactcenter.model.values import Fold, Sender
from contactcenter.ports import Tx
from contactcenter.settings import Settings, load
from contactcenter.web import auth
from tests.desk import RunningDesk, SetClock, eventually, running_desk, write_settings
from tests.providers.smtp_relay import SmtpRelay, write_to

MAIL = """
[channels.mail]
kind = "email"
address = "support@example.test"
smtp_listen = "127.0.0.1:0"
smtp_relay = "{relay}"
assistant = false
undo_seconds = {undo}
files_limit = {limit}
"""
ASKED = "My order has not come 📦📦"
QUOTE = "On Friday Grace wrote:\n> Where do you live?"
SIGNATURE = "-- \nAda, by the sea 🌊"
FORGED = "The name shows ada@bank.test, the address is b@evil.test."


@pytest.fixture
async def relay() -> AsyncIterator[SmtpRelay]:
    async with SmtpRelay() as relay:
        yield relay


@asynccontextmanager
async def desk_with_mail(
    settings: Settings, relay: SmtpRelay, *, undo: float = 0, limit: int = 1024 * 1024, clock: SetClock | None = None
) -> AsyncIterator[RunningDesk]:
    """A desk with a mailbox; undo in seconds, the limit of files in bytes."""
    more = MAIL.format(relay=relay.place, undo=undo, limit=limit)
    async with running_desk(load(write_settings(settings.folder, more=more), {}), clock) as desk:
        yield desk


@asynccontextmanager
async def signed_in(browser: Browser, desk: RunningDesk, path: str = "") -> AsyncIterator[Page]:
    """Grace's window; any error in it fails the test, and so does whatever its content policy refuses."""
    link = await desk.running.store.write(auth.issue_link, desk.people["Grace"].email)
    context = await browser.new_context(viewport={"width": 1300, "height": 800})
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if "policy" in told.text else None)
    try:
        await page.goto(f"{desk.url}/desk/sign-in/{link}")
        await page.get_by_role("button", name="Sign in").click()
        await page.goto(f"{desk.url}/desk{path}")
        yield page
        assert faults == []
    finally:
        await context.close()


async def asked(desk: RunningDesk, text: str = ASKED, number: int = 1) -> Any:
    """Ada writes a mail; the ticket of her thread."""
    mailbox = desk.running.channels["mail"]
    assert isinstance(mailbox, Email)
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@example.test>", "support@example.test", "My order"
    mail["Message-ID"] = f"<{number}@example.test>"
    if number > 1:
        mail["References"] = "<1@example.test>"
    mail.set_content(text, cte="base64")
    await write_to(mailbox, mail.as_bytes(), "ada@example.test")
    return await desk.ticket_of("Ada")


async def put_to_the_message(desk: RunningDesk, ticket: Any, **values: Any) -> str:
    """As if the mail had said so; the message's text."""
    (message,) = await desk.sam.items(f"/tickets/{ticket['id']}/messages")
    row = table(Message)

    def put(tx: Tx) -> None:
        tx.run(update(row).where(row.c.id == message["id"]).values(**values))

    await desk.running.store.write(put)
    return str(message["text"])


def in_copy(tx: Tx, ticket: int, name: str, *, joined: bool = False) -> None:
    """As if a mail had been written to them too, or they had answered one of ours."""
    row = tx.one(queries.TICKET, id=ticket)
    conversation = tx.one(queries.CONVERSATION_WITH, id=row.conversation_id)
    threads.add(tx, conversation, Sender("email", f"{name.lower()}@example.test", name), "customer", joined=joined)


def file_of(name: str, size: int, type_: str = "application/octet-stream") -> Any:
    return {"name": name, "mimeType": type_, "buffer": bytes(byte % 251 for byte in range(size))}


def in_conversation(page: Page) -> Any:
    return page.get_by_role("log", name="Conversation")


async def answered(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()


async def sent_by(relay: SmtpRelay) -> tuple[tuple[str, ...], EmailMessage]:
    """Who got the first mail that left, and that mail."""

    async def left() -> bool:
        return bool(relay.taken)

    await eventually(left)
    mail = message_from_bytes(relay.taken[0].content, policy=policy.default)
    return relay.taken[0].recipients, mail


# --- reading ----------------------------------------------------------------------------------------------------------


async def test_a_quote_and_a_signature_are_folded_and_unfold(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk, f"{ASKED}\n\n{QUOTE}\n\nIn Brighton, as ever.\n{SIGNATURE}\n")
        text = (await desk.sam.items(f"/tickets/{ticket['id']}/messages"))[0]["text"]
        folds = tuple(
            Fold(text.index(folded), text.index(folded) + len(folded), kind)
            for folded, kind in ((QUOTE, "quote"), (SIGNATURE, "signature"))
        )
        await put_to_the_message(desk, ticket, folds=kept(folds))
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            bubble = page.locator("[data-author=customer] .bubble")
            await expect(bubble.locator(".text")).to_have_text([ASKED, "In Brighton, as ever."])
            await bubble.get_by_role("button", name="Show quoted text").press("Enter")
            await bubble.get_by_role("button", name="Show signature").press("Space")
            await expect(bubble.locator(".text")).to_have_text([ASKED, QUOTE, "In Brighton, as ever.", SIGNATURE])
            await bubble.get_by_role("button", name="Hide quoted text").click()
            await expect(bubble.get_by_text("Where do you live?")).to_have_count(0)


async def test_what_is_remarkable_of_a_mail_is_said_above_it(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        remarks = msgspec.json.encode([FORGED]).decode()
        await put_to_the_message(desk, ticket, remarks=remarks, automatic="out of office")
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await expect(page.get_by_test_id("remark")).to_have_text(FORGED)
            await expect(page.get_by_test_id("automatic")).to_have_attribute("title", "out of office")


async def test_beside_the_name_of_whom_nothing_proves_stands_the_address(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        await asked(desk)
        async with signed_in(browser, desk, "/queue/support") as page:
            row = page.get_by_test_id("ticket-row")
            await row.click()
            for place in (row, page.locator(".ticket-head")):
                await expect(place.get_by_test_id("unproven")).to_have_text("<ada@example.test>")
        await desk.running.store.write(lambda tx: tx.run(update(table(Identity)).values(proven_at=1)))
        async with signed_in(browser, desk, "/queue/support") as page:
            await expect(page.get_by_test_id("ticket-row")).to_contain_text("Ada")
            await expect(page.get_by_test_id("unproven")).to_have_count(0)


async def test_an_agent_whom_the_desk_set_away_is_told_and_says_that_they_are_back(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        await desk.grace.put("/agents/me/presence", {"presence": "available"})
        grace = desk.people["Grace"].id
        async with signed_in(browser, desk) as page:
            await expect(page.get_by_test_id("sent-away")).to_have_count(0)
            why = "2 offers in a row were not answered"
            await desk.running.store.write(presence.send_away, desk.running.policies, grace, why)
            await expect(page.get_by_test_id("sent-away")).to_contain_text(f": {why}.")
            await page.reload()
            await page.get_by_test_id("sent-away").get_by_role("button", name="I am here").click()
            await expect(page.get_by_test_id("sent-away")).to_have_count(0)
            await expect(page.locator("[data-presence=available]")).to_have_attribute("aria-pressed", "true")


async def test_a_mail_that_is_nothing_but_text_has_no_original(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await expect(page.get_by_test_id("source")).to_be_visible()
            await expect(page.get_by_test_id("original")).to_have_count(0)


async def test_the_original_is_framed_without_scripts_and_its_remote_images_wait_for_a_click(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    """The address is answered here, so that this is about the console alone."""
    asked_for: list[str] = []

    async def original(route: Route) -> None:
        asked_for.append(route.request.url.partition("/html")[2])
        body = f"<body data-blocked=2><p>Laid out</p><script>document.body.textContent = 'It ran'</script>{'<br>' * 90}"
        await route.fulfill(content_type="text/html", body=body)

    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        await put_to_the_message(desk, ticket, markup=1)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await page.route("**/api/v1/messages/*/html*", original)
            await expect(page.get_by_test_id("source")).to_have_attribute("download", "")
            assert asked_for == []
            await page.get_by_test_id("original").click()
            await expect(page.frame_locator("iframe.mail").get_by_text("Laid out")).to_be_visible()
            await expect(page.locator("iframe.mail")).to_have_css("height", "600px")
            await expect(page.get_by_test_id("blocked")).to_contain_text("2 remote images are blocked")
            assert set(asked_for) == {""}
            await page.get_by_role("button", name="Load them").click()
            await expect(page.get_by_test_id("blocked")).to_have_count(0)
            await expect(page.frame_locator("iframe.mail").get_by_text("Laid out")).to_be_visible()
            assert set(asked_for) == {"", "?remote=1"}


async def test_the_source_of_a_mail_is_kept_whole(browser: Browser, settings: Settings, relay: SmtpRelay) -> None:
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            async with page.expect_download() as download:
                await page.get_by_test_id("source").click()
            source = await (await download.value).path()
            assert b"Message-ID: <1@example.test>" in await asyncio.to_thread(source.read_bytes)


# --- answering --------------------------------------------------------------------------------------------------------


async def test_a_reply_is_taken_back_in_time_and_nothing_of_it_leaves(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay, undo=600) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await page.get_by_test_id("file").set_input_files(file_of("map.bin", 2_000))
            await expect(page.get_by_test_id("attachment")).to_contain_text("2 KB")
            await page.get_by_test_id("composer").fill("It is at the harbour.")
            await page.keyboard.press("Control+Enter")
            await expect(page.locator("[data-delivery=due]")).to_be_visible()
            await expect(page.get_by_test_id("undo")).to_be_visible()
            await page.keyboard.press("Escape")
            await page.keyboard.press("u")
            await expect(page.locator("[data-delivery=withdrawn]")).to_have_text("Taken back")
            await expect(page.get_by_test_id("composer")).to_have_value("It is at the harbour.")
            await expect(page.get_by_test_id("attachment")).to_contain_text("map.bin")
            await expect(page.get_by_test_id("undo")).to_have_count(0)
        assert relay.taken == []


async def test_an_undo_that_comes_too_late_is_refused_in_words(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    """The reply leaves before the click arrives: here, another window has taken it back."""
    async with desk_with_mail(settings, relay, undo=600) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await answered(page, "It is at the harbour.")
            await expect(page.get_by_test_id("undo")).to_be_visible()
            _, reply = await desk.sam.items(f"/tickets/{ticket['id']}/messages")

            async def late(route: Route) -> None:
                await desk.sam.put(f"/messages/{reply['id']}/delivery", {"state": "withdrawn"})
                await route.continue_()

            await page.route("**/delivery", late)
            await page.get_by_test_id("undo").click()
            await expect(page.get_by_test_id("problem")).to_contain_text("can no longer be taken back")
            await expect(page.get_by_test_id("composer")).to_have_value("")


async def test_a_file_goes_out_with_a_reply_byte_for_byte(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        file = file_of("Größe 📦.bin", 70_000)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await page.get_by_test_id("file").set_input_files(file)
            await expect(page.get_by_test_id("attachment")).to_contain_text("68 KB")
            await page.reload()
            await expect(page.get_by_test_id("attachment")).to_contain_text(file["name"])
            await expect(page.get_by_test_id("send")).to_be_disabled()
            await answered(page, "Here is what you asked for.")
            _, mail = await sent_by(relay)
            (attached,) = mail.iter_attachments()
            assert attached.get_filename() == file["name"]
            assert attached.get_content() == file["buffer"]
            await expect(page.get_by_test_id("attachment")).to_have_count(0)
            await expect(in_conversation(page).get_by_role("link", name=file["name"])).to_be_visible()


async def test_files_that_a_mail_cannot_carry_are_refused_before_a_byte_is_sent(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay, limit=2 * 1024 * 1024) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            uploads: list[str] = []
            page.on("request", lambda request: uploads.append(request.url) if "/files?" in request.url else None)
            await page.get_by_test_id("composer").fill("Here are the plans.")
            await page.get_by_test_id("file").set_input_files(file_of("first.bin", 1024 * 1024))
            await expect(page.get_by_test_id("attachment")).to_contain_text("1 MB")
            await page.get_by_test_id("file").set_input_files(file_of("second.bin", 2 * 1024 * 1024))
            await expect(page.get_by_test_id("refused")).to_have_text("These files have 3 MB; a mail carries 2 MB.")
            await expect(page.get_by_test_id("attachment")).to_contain_text(["first.bin"])
            await expect(page.get_by_test_id("composer")).to_have_value("Here are the plans.")
            assert len(uploads) == 1


async def test_files_are_dropped_and_pasted_into_a_reply_and_never_into_a_note(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    bring = """([form, kind, name]) => {
        const data = new DataTransfer();
        data.items.add(new File(["plan"], name, {type: "image/png"}));
        const event = kind === "drop" ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})
            : new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
        form.querySelector("textarea").dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await expect(page.get_by_role("button", name="Attach files")).to_be_visible()
            composer = await page.locator("form.composer").element_handle()
            for kind in ("drop", "paste"):
                assert await page.evaluate(bring, [composer, kind, f"{kind}.png"])
            await expect(page.get_by_test_id("attachment")).to_contain_text(["drop.png", "paste.png"])
            await page.get_by_test_id("note-mode").click()
            await expect(page.get_by_role("button", name="Attach files")).to_have_count(0)
            assert await page.evaluate(bring, [composer, "drop", "late.png"])
            await expect(page.get_by_test_id("refused")).to_have_text("A note carries no files: choose Reply first.")
            await page.get_by_test_id("reply-mode").click()
            await page.get_by_role("button", name="Remove drop.png").click()
            await expect(page.get_by_test_id("attachment")).to_contain_text(["paste.png"])


async def test_who_is_in_copy_is_shown_and_can_be_left_out_and_brought_in(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        await desk.running.store.write(in_copy, ticket["id"], "Bob")
        await desk.running.store.write(in_copy, ticket["id"], "Cleo", joined=True)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            shown = page.get_by_test_id("participant")
            await expect(page.get_by_test_id("recipients")).to_contain_text("To Ada <ada@example.test>, and in copy:")
            await expect(shown).to_have_text(["Bob", "Cleo"])
            await expect(shown.nth(1)).to_have_attribute("title", "cleo@example.test, joined by answering")
            await page.get_by_role("button", name="Remove Bob").press("Enter")
            await expect(shown).to_have_text(["Cleo"])
            await page.get_by_test_id("add-participant").press("Enter")
            await page.keyboard.type("nobody")
            await page.keyboard.press("Enter")
            await expect(page.get_by_test_id("problem")).to_contain_text("is no mail address")
            await page.get_by_label("Address to answer in copy").fill("Dora <dora@example.test>")
            await page.keyboard.press("Enter")
            await expect(shown).to_have_text(["Cleo", "Dora"])
            await expect(page.get_by_test_id("add-participant")).to_be_focused()
            await answered(page, "It is on its way.")
            recipients, _ = await sent_by(relay)
            assert sorted(recipients) == ["ada@example.test", "cleo@example.test", "dora@example.test"]
            await page.get_by_test_id("tab-history").click()
            await expect(page.get_by_text("No longer in copy: bob@example.test")).to_be_visible()


async def test_who_comes_into_copy_with_a_mail_is_shown_at_once(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await expect(page.get_by_test_id("message")).to_have_count(1)
            await expect(page.get_by_test_id("recipients")).to_contain_text("To Ada <ada@example.test>, by email")
            await desk.running.store.write(in_copy, ticket["id"], "Bob")
            await asked(desk, "I am writing to Bob as well.", number=2)
            await expect(page.get_by_test_id("message")).to_have_count(2)
            await expect(page.get_by_test_id("participant")).to_have_text(["Bob"])


async def test_what_a_colleague_forwarded_is_given_to_who_wrote_it(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    """Checklist 70."""
    async with desk_with_mail(settings, relay) as desk:
        ticket = await asked(desk)
        async with signed_in(browser, desk, f"/tickets/{ticket['id']}") as page:
            await page.get_by_test_id("give-away").click()
            await page.get_by_label("Who wrote it").fill("Cleo <cleo@example.test>")
            await page.keyboard.press("Enter")
            await expect(page.get_by_test_id("recipients")).to_contain_text("To Cleo <cleo@example.test>")
            await answered(page, "Here it is, Cleo.")
            recipients, _ = await sent_by(relay)
            assert recipients == ("cleo@example.test",)


# --- how the channels are doing ---------------------------------------------------------------------------------------


async def told_as_well(desk: RunningDesk) -> None:
    """Until the desk itself has told of both sides, which it does not do again soon."""

    async def is_told() -> bool:
        told = [await desk.running.store.read(health.shown, side) for side in health.SIDES]
        return all("mail" in side for side in told)

    assert await eventually(is_told)


async def test_a_channel_that_fails_is_on_the_page_and_above_the_whole_desk(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    clock = SetClock()
    why = "The server refuses the password. Set smtp_password anew."
    async with desk_with_mail(settings, relay, clock=clock) as desk:
        await told_as_well(desk)
        await desk.running.store.write(health.failed, "mail", why)
        async with signed_in(browser, desk, "/channels") as page:
            row = page.locator("[data-testid=channel-row][data-channel=mail]")
            await expect(row).to_contain_text("Failing since")
            await expect(row).to_contain_text(why)
            await expect(page.locator("[data-view=channels] .count")).to_have_text("1")
            await expect(page.get_by_test_id("alarm")).to_have_count(0)
            clock.forward(5 * 60)
            await desk.running.store.write(health.failed, "mail", why)
            await page.goto(f"{desk.url}/desk")
            await expect(page.get_by_test_id("alarm")).to_contain_text("Channel mail has been failing since")
            await expect(page.get_by_test_id("alarm")).to_contain_text(why)
            await page.get_by_test_id("alarm").get_by_role("link").click()
            await expect(row).to_have_attribute("data-state", "failing")
            await desk.running.store.write(health.succeeded, "mail", health.Counts(12, 12))
            await page.evaluate("dispatchEvent(new Event('focus'))")
            await expect(row).to_have_attribute("data-state", "working")
            await expect(page.get_by_test_id("alarm")).to_have_count(0)


async def test_what_cannot_leave_is_told_apart_from_what_comes_in(
    browser: Browser, settings: Settings, relay: SmtpRelay
) -> None:
    clock = SetClock()
    why = "127.0.0.1 refuses the login; check smtp_user and smtp_password"
    async with desk_with_mail(settings, relay, clock=clock) as desk:
        await told_as_well(desk)
        await desk.running.store.write(health.failed, "mail", why, "sending")
        clock.forward(5 * 60)
        await desk.running.store.write(health.failed, "mail", why, "sending")
        await desk.running.store.write(health.succeeded, "mail", health.Counts(12, 12))
        async with signed_in(browser, desk, "/channels") as page:
            row = page.locator("[data-testid=channel-row][data-channel=mail]")
            await expect(row).to_have_attribute("data-state", "failing")
            await expect(row).to_contain_text("Cannot send since")
            await expect(row).to_contain_text(f"Sending: {why}")
            await expect(page.get_by_test_id("alarm")).to_contain_text("Channel mail cannot send since")
