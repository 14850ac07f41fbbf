"""What stands in Slack follows what it shows: edits, deletions, merges, closed doors, and whoever is forgotten."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contactcenter.forget import forget
from tests.desk import SetClock, eventually
from tests.slack_desk import SlackDesk, slack_desk

ADA = "ada@example.test"


@pytest.fixture
async def floor(tmp_path: Path, empty_store: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path, empty_store) as opened:
        yield opened


async def test_what_a_customer_edits_or_deletes_is_shown_as_such_and_the_owner_is_told(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my odrer?")
    card = await floor.card_says(ticket["id"], "odrer")
    await floor.desk.people_only.say(ADA, "Where is my order?", "m1", change="edited")
    shown = await floor.in_thread(card, ":pencil2: edited")
    assert "Where is my order?" in str(shown)
    assert "read it again" not in str(floor.slack.replies(card)), "nobody has read it as theirs yet"
    await floor.slack.press(floor.grace, card, "claim")
    await floor.card_says(ticket["id"], "with *Grace*")
    await floor.desk.people_only.say(ADA, "", "m1", change="deleted")
    shown = await floor.in_thread(card, ":wastebasket: deleted")
    assert "Where is my order?" not in str(shown)
    await floor.in_thread(card, "The customer deleted a message above: read it again.")


async def test_whom_a_ticket_is_given_to_is_told_alone(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    await floor.slack.open_home(floor.grace)  # she is known from now on
    await floor.home_says(floor.grace, "Yours")
    await floor.desk.sam.put(f"/tickets/{ticket['id']}/assignment", {"agent": floor.desk.people["Grace"].id})

    async def told() -> dict[str, Any] | None:
        return next(iter(floor.slack.messages(floor.slack.dm(floor.grace))), None)

    given = await eventually(told)
    assert "*Sam* gave you" in str(given)
    assert "Where is my order?" in str(given)
    await floor.opened(floor.grace, {**given, "channel": floor.slack.dm(floor.grace).id}, "reply")
    await floor.slack.submit_view(floor.grace, {"text": "Here."})
    assert await floor.arrived(1) == ["Here."]


async def test_tickets_of_one_customer_are_merged_from_their_card(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    await floor.desk.loopback.say(ADA, "Can I talk to a person?", "m2", name="Ada")
    card = await floor.card_says(ticket["id"] + 1, "Claim")
    await floor.opened(floor.grace, card, "about", f"{ticket['id'] + 1}:merge")
    assert "Into ticket number" in str(floor.grace.modals[-1])
    await floor.slack.close_view(floor.grace)
    await floor.opened(floor.grace, card, "about", f"{ticket['id'] + 1}:customer")
    await floor.slack.press(floor.grace, floor.grace.modals[-1], "merge_into")

    async def asked() -> bool:
        return len(floor.grace.modals) == 2

    await eventually(asked)
    await floor.slack.submit_view(floor.grace)
    await floor.card_says(ticket["id"] + 1, "merged into")
    assert floor.grace.modals == []
    await floor.in_thread(await floor.card(ticket["id"]), "Ticket 2 was merged into this one")
    await floor.desk.loopback.say(ADA, "Is anybody there?", "m2", change="edited")
    await floor.in_thread(card, "Is anybody there?")  # what was said before stays in its own thread, and up to date


async def test_who_has_closed_the_door_is_shown_on_the_card(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    await floor.desk.people_only.say(ADA, "", "m2", change="left")
    card = await floor.card_says(ticket["id"], ":no_entry: cannot be reached on people")
    await floor.slack.press(floor.grace, card, "claim")
    await floor.desk.people_only.say(ADA, "I am back.", "m3")
    await eventually(lambda: _says_not(floor, ticket["id"], ":no_entry:"))


async def test_an_escalation_stays_on_the_card(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    await floor.menu(floor.grace, ticket["id"], "escalate")
    await floor.slack.submit_view(floor.grace, {"reason": "She threatens to sue."})
    await floor.card_says(ticket["id"], "*Grace* asked supervisors for help: She threatens to sue.")


async def test_who_is_forgotten_is_forgotten_in_slack(tmp_path: Path, empty_store: Path) -> None:
    """But for what people typed there themselves: that is theirs, and Slack's."""
    async with slack_desk(tmp_path, empty_store, webchat="[channels.site]\nassistant = false\n") as floor:
        desk, slack = floor.desk, floor.slack
        await slack.open_home(floor.grace)
        await floor.home_says(floor.grace, "Yours")
        await slack.slash(floor.grace, "/desk", "available", floor.triage)
        ticket = await _with_a_file(floor)
        card = await floor.card(ticket["id"])
        await eventually(lambda: _has_file(floor, card))
        await desk.sam.post(f"/tickets/{ticket['id']}/messages", {"text": "Dear Ada, look again."})
        await desk.sam.post(f"/tickets/{ticket['id']}/notes", {"text": "She broke it."})
        await floor.in_thread(card, "She broke it.")
        await floor.menu(floor.sam, ticket["id"], "escalate")
        await slack.submit_view(floor.sam, {"reason": "Ada cries."})

        async def asked_for_help() -> bool:
            return "Ada cries." in str(slack.messages(floor.supervisors))

        await eventually(asked_for_help)
        running = desk.running
        await forget(running.store, running.files, SetClock(), ticket["customer"]["id"], "admin")
        traces = ("Ada", "Look!", "She broke it.", "vase.png")

        async def gone() -> bool:
            places = [slack.messages(one) for one in (floor.triage, floor.supervisors, slack.dm(floor.grace))]
            return not any(trace in str([*places, floor.grace.home]) for trace in traces)

        await eventually(gone)
        assert slack.world.files == {}
        assert "(erased)" in str(floor.card_now(ticket["id"]))


async def _with_a_file(floor: SlackDesk) -> Any:
    chat = await floor.desk.chat(name="Ada")
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", b"\x89PNG\r\n\x1a\n", filename="vase.png", content_type="image/png")
    async with floor.desk.http.post(f"{chat.url}/files?token={chat.token}", data=form) as answer:
        file = (await answer.json())["file"]
    assert chat.frames is not None
    await chat.frames.say(type="message", id="00000000-0000-4000-8000-000000000001", text="Look!", files=[file])
    return await floor.desk.ticket_of("Ada")


async def _has_file(floor: SlackDesk, card: dict[str, Any]) -> bool:
    return any(one.get("files") for one in floor.slack.replies(card))


async def _says_not(floor: SlackDesk, ticket: int, words: str) -> bool:
    return words not in str(floor.card_now(ticket))
