"""Agents do in Slack what a shift asks of them; nothing but the owner's words, meant as a reply, reaches a customer."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contactcenter.flow import intake
from contactcenter.model.values import RawEvent
from tests.desk import eventually
from tests.slack_desk import SlackDesk, slack_desk


@pytest.fixture
async def floor(tmp_path: Path, empty_store: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path, empty_store) as opened:
        yield opened


@pytest.fixture(params=["socket", "http"])
async def any_floor(request: pytest.FixtureRequest, tmp_path: Path, empty_store: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path, empty_store, request.param) as opened:
        yield opened


async def test_a_claim_and_a_reply_in_the_thread_reach_the_customer(any_floor: SlackDesk) -> None:
    floor = any_floor
    ticket = await floor.ask("Where is my order?")
    card = await floor.card_says(ticket["id"], "Where is my order?")
    assert "Claim" in str(card["blocks"])
    await floor.in_thread(card, "Where is my order?")
    await floor.slack.press(floor.grace, card, "claim")
    await floor.card_says(ticket["id"], "with *Grace*")
    said = await floor.slack.say(floor.grace, floor.triage, "It left this <morning> & is on its way.", card["ts"])
    assert await floor.arrived(1) == ["It left this <morning> & is on its way."]
    await floor.marked(said, "white_check_mark")
    assert (await floor.desk.ticket_of("Ada"))["status"] == "answered"
    assert await floor.messages(ticket["id"]) == ["Where is my order?", "It left this <morning> & is on its way."]


async def test_notes_and_strangers_words_stay_here(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.say(floor.grace, floor.triage, "Do we know her?", card["ts"])
    await floor.whispered(floor.grace, "nobody has this ticket")
    await floor.slack.say(floor.eve, floor.triage, "I would ignore her.", card["ts"])
    await floor.whispered(floor.eve, "Only agents of this desk")
    await floor.slack.press(floor.sam, card, "claim")
    await floor.card_says(ticket["id"], "with *Sam*")
    noted = await floor.slack.say(floor.sam, floor.triage, "note: a difficult one", card["ts"])
    await floor.marked(noted, "memo")
    await floor.slack.say(floor.grace, floor.triage, "Good luck.", card["ts"])
    await floor.slack.say(floor.sam, floor.triage, "It left this morning.", card["ts"])
    assert await floor.arrived(1) == ["It left this morning."]
    assert await floor.notes(ticket["id"]) == ["Do we know her?", "a difficult one", "Good luck."]


async def test_what_is_said_below_a_card_that_we_do_not_know_to_be_there_is_not_lost(floor: SlackDesk) -> None:
    floor.slack.fault("chat.postMessage", cut="after")  # Slack has it, and we were not told
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.say(floor.grace, floor.triage, "Do we know her?", card["ts"])

    async def noted() -> bool:
        return await floor.notes(ticket["id"]) == ["Do we know her?"]

    await eventually(noted)
    assert len([one for one in floor.slack.messages(floor.triage) if not one.get("thread_ts")]) == 1


async def test_the_loser_of_a_claim_is_told_who_won(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.desk.hire("Bob")
    bob = floor.slack.person("Bob", "bob@example.test")
    floor.triage.members.add(bob.id)
    shown = asyncio.Event()
    floor.slack.fault("chat.update", gate=shown, times=0)  # nobody sees yet that it is taken
    await floor.slack.press(floor.grace, card, "claim")
    await floor.slack.press(bob, card, "claim")
    await floor.slack.press(floor.eve, card, "claim")
    await floor.whispered(bob, "Grace took ticket 1 first")
    await floor.whispered(floor.eve, "only agents of this desk")
    shown.set()
    await floor.card_says(ticket["id"], "with *Grace*")


async def test_what_is_edited_or_deleted_in_time_never_leaves_as_it_was(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.press(floor.grace, card, "claim")
    await floor.card_says(ticket["id"], "with *Grace*")
    said = await floor.slack.say(floor.grace, floor.triage, "It is lost.", card["ts"])
    gone = await floor.slack.say(floor.grace, floor.triage, "Sorry.", card["ts"])
    await floor.slack.edit(said, "It is late.")
    await floor.slack.delete(gone)
    assert await floor.arrived(1) == ["It is late."]
    await floor.slack.edit(said, "It is on its way.")

    async def changed() -> bool:
        return floor.received() == ["It is on its way."]

    await eventually(changed)


async def test_a_note_stays_a_note_when_it_is_edited(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.press(floor.grace, card, "claim")
    await floor.card_says(ticket["id"], "with *Grace*")
    noted = await floor.slack.say(floor.grace, floor.triage, "note: she is rude", card["ts"])
    await floor.slack.edit(noted, "she is upset")

    async def says() -> bool:
        return await floor.notes(ticket["id"]) == ["she is upset"]

    await eventually(says)
    assert floor.received() == []


async def test_windows_reply_note_snooze_and_solve(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.opened(floor.grace, card, "note")
    await floor.slack.submit_view(floor.grace, {"text": "Look at the parcel first."})
    await floor.opened(floor.grace, card, "reply")
    await floor.slack.submit_view(floor.grace, {"text": "It left this morning."})
    assert await floor.arrived(1) == ["It left this morning."]
    assert await floor.notes(ticket["id"]) == ["Look at the parcel first."]
    await floor.in_thread(card, "to the customer")
    await floor.opened(floor.grace, await floor.card(ticket["id"]), "solve")
    await floor.slack.submit_view(floor.grace, {"remark": "She has it."})
    await floor.card_says(ticket["id"], "solved")
    await floor.slack.press(floor.grace, await floor.card(ticket["id"]), "reopen")
    await floor.card_says(ticket["id"], "Solve")
    await floor.menu(floor.grace, ticket["id"], "snooze")
    await floor.slack.submit_view(floor.grace, {"hours": "24"})
    await floor.card_says(ticket["id"], "snoozed")


async def test_what_is_wrong_in_a_window_is_shown_there(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.press(floor.sam, card, "claim")
    await floor.card_says(ticket["id"], "with *Sam*")
    await floor.opened(floor.grace, card, "reply")
    answer = await floor.slack.submit_view(floor.grace, {"text": "Let me."})
    assert answer == {"response_action": "errors", "errors": {"text": "Sam has ticket 1; ask for it, or write a note"}}
    assert floor.received() == []


async def test_a_ticket_is_transferred_with_a_note(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    await floor.slack.press(floor.grace, await floor.card(ticket["id"]), "claim")
    await floor.card_says(ticket["id"], "with *Grace*")
    await floor.menu(floor.grace, ticket["id"], "assign")
    await floor.slack.submit_view(floor.grace, {"agent": str(floor.desk.people["Sam"].id), "note": "Yours, I think."})
    await floor.card_says(ticket["id"], "with *Sam*")
    assert await floor.notes(ticket["id"]) == ["Yours, I think."]
    await floor.menu(floor.sam, ticket["id"], "assign")
    await floor.slack.submit_view(floor.sam, {"queue": "sales"})
    await floor.card_says(ticket["id"], "Nobody has it")
    assert (await floor.desk.ticket_of("Ada"))["queue"] == "sales"


async def test_a_suggestion_is_sent_with_one_press(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card_says(ticket["id"], "Send suggestion")
    await floor.slack.press(floor.grace, card, "suggest")
    assert await floor.arrived(1) == ["Under Orders you find the state of every order."]
    await floor.card_says(ticket["id"], "with *Grace*")


async def test_the_card_tells_of_the_customer_and_of_all_that_was_said(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    await floor.menu(floor.grace, ticket["id"], "customer")
    assert "ada@example.test" in str(floor.grace.modals[-1])
    await floor.slack.close_view(floor.grace)
    await floor.menu(floor.grace, ticket["id"], "conversation")
    assert "Where is my order?" in str(floor.grace.modals[-1])


async def test_an_escalation_reaches_the_supervisors(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    await floor.menu(floor.grace, ticket["id"], "escalate")
    await floor.slack.submit_view(floor.grace, {"reason": "She threatens to sue."})

    async def told() -> dict[str, Any] | None:
        return next((one for one in floor.slack.messages(floor.supervisors) if "sue" in str(one)), None)

    said = await eventually(told)
    await floor.slack.press(floor.sam, {**said, "channel": floor.supervisors.id}, "claim")
    await floor.card_says(ticket["id"], "with *Sam*")


async def test_an_agents_file_goes_to_the_customer_byte_for_byte(floor: SlackDesk) -> None:
    photo = bytes(range(256)) * 500
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.press(floor.grace, card, "claim")
    await floor.card_says(ticket["id"], "with *Grace*")
    await floor.slack.say(floor.grace, floor.triage, "The label.", card["ts"], [("label.png", "image/png", photo)])
    assert await floor.arrived(1) == ["The label."]
    (file,) = floor.desk.people_only.sent[0].files
    kept = b"".join([chunk async for chunk in floor.desk.running.files.open(file.ref.removeprefix("file:"))])
    assert (file.name, file.type, kept) == ("label.png", "image/png", photo)


async def test_a_customers_file_is_put_into_the_thread_byte_for_byte(tmp_path: Path, empty_store: Path) -> None:
    photo = bytes(range(256)) * 500
    async with slack_desk(tmp_path, empty_store, webchat="[channels.site]\nassistant = false\n") as floor:
        chat = await floor.desk.chat(name="Ada")
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", photo, filename="broken.png", content_type="image/png")
        async with floor.desk.http.post(f"{chat.url}/files?token={chat.token}", data=form) as answer:
            file = (await answer.json())["file"]
        assert chat.frames is not None
        await chat.frames.say(type="message", id="00000000-0000-4000-8000-000000000001", text="Look!", files=[file])
        assert await _file_in_the_thread(floor) == ("broken.png", photo)


async def test_a_file_inside_a_mail_is_put_into_the_thread_byte_for_byte(tmp_path: Path, empty_store: Path) -> None:
    photo = bytes(range(256)) * 500
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@home.test>", "support@desk.test", "Broken"
    mail.set_content("Look!")
    mail.add_attachment(photo, "image", "png", filename="broken.png")
    settings = '[channels.mail]\nkind = "email"\nassistant = false\nqueue = "support"\naddress = "support@desk.test"\n'
    async with slack_desk(tmp_path, empty_store, more=settings) as floor:
        running = floor.desk.running
        raw = RawEvent("mail", "m1", "mail:ada", mail.as_bytes(), {"from": "ada@home.test"})
        await running.store.write(intake.receive, running.policies, raw)
        assert await _file_in_the_thread(floor) == ("broken.png", photo)


async def _file_in_the_thread(floor: SlackDesk) -> tuple[str, bytes]:
    """Name and content of the only file in the thread of Ada's ticket, once it is there."""
    card = await floor.card((await floor.desk.ticket_of("Ada"))["id"])

    async def there() -> list[dict[str, Any]]:
        return [file for one in floor.slack.replies(card) for file in one.get("files") or ()]

    (shown,) = await eventually(there)
    found = floor.slack.world.files[shown["id"]]
    return found.name, found.content


async def test_an_offer_is_accepted_in_slack(floor: SlackDesk) -> None:
    await floor.slack.open_home(floor.grace)
    await floor.home_says(floor.grace, "Nothing at the moment")
    await floor.slack.slash(floor.grace, "/desk", "available", floor.triage)
    ticket = await floor.ask("Where is my order?")

    async def offered() -> dict[str, Any] | None:
        return next((one for one in floor.slack.messages(floor.slack.dm(floor.grace)) if "Accept" in str(one)), None)

    offer = await eventually(offered)
    await floor.slack.press(floor.grace, {**offer, "channel": floor.slack.dm(floor.grace).id}, "accept")
    await floor.card_says(ticket["id"], "with *Grace*")
    await floor.home_says(floor.grace, "#1 Where is my order?")


async def test_commands_tell_what_waits_and_who_is_there(floor: SlackDesk) -> None:
    await floor.ask("Where is my order?")
    await floor.slack.open_home(floor.grace)
    await floor.home_says(floor.grace, "Claim")
    for words, told in (
        ("queue", "#1 Where is my order?"),
        ("figures", "1 open"),
        ("team", "*Grace*"),
        ("find order", "#1 Where is my order?"),
        ("find 1", "#1 Where is my order?"),
        ("help", "/desk queue"),
        ("dance", "not known"),
        ("pull 1", "supervisor"),
    ):
        answer = await floor.slack.slash(floor.grace, "/desk", words, floor.triage)
        assert told in str(answer), words


async def test_the_first_command_of_a_day_is_answered_as_well(floor: SlackDesk) -> None:
    assert "/desk queue" in str(await floor.slack.slash(floor.grace, "/desk", "help", floor.triage))
    assert "only agents of this desk" in str(await floor.slack.slash(floor.eve, "/desk", "help", floor.triage))
    floor.slack.fault("users.info", status=500)
    assert await floor.slack.slash(floor.sam, "/desk", "help", floor.triage) is None


async def test_a_revoked_token_is_an_alarm_and_nothing_is_lost(floor: SlackDesk) -> None:
    await floor.card((await floor.ask("Where is my order?"))["id"])
    floor.slack.team.revoked = "token_revoked"
    ticket = await floor.ask("And mine?", "bob", "m2")

    async def failing() -> bool:
        channels = (await floor.desk.sam.get("/channels"))["items"]
        return any("refuses the app's token" in str(one) for one in channels)

    await eventually(failing)
    floor.slack.team.revoked = ""
    await floor.card(ticket["id"])


async def test_what_the_assistant_settles_makes_no_card_and_a_card_begins_with_what_was_said(floor: SlackDesk) -> None:
    await floor.desk.loopback.say("bob@example.test", "Where is my order?", "m1", name="Bob")
    await floor.desk.loopback.say("ada@example.test", "Where is my order?", "m2", name="Ada")

    async def answered() -> bool:
        return len(floor.desk.loopback.sent) == 2

    await eventually(answered)
    await floor.desk.loopback.say("ada@example.test", "I want to talk to a person", "m3", name="Ada")
    card = await floor.card((await floor.desk.ticket_of("Ada"))["id"])
    await floor.in_thread(card, "I want to talk to a person")
    said = [str(one) for one in floor.slack.replies(card)]
    assert ["Where is my order?" in said[0], "Under Orders" in said[1]] == [True, True]
    assert len([one for one in floor.slack.messages(floor.triage) if not one.get("thread_ts")]) == 1
