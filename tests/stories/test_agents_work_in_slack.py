"""Agents do in Slack what a shift asks of them; nothing but the owner's words, meant as a reply, reaches a customer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.desk import eventually
from tests.slack_desk import SlackDesk, slack_desk


@pytest.fixture
async def floor(tmp_path: Path, empty_store: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path, empty_store) as opened:
        yield opened


async def test_a_ticket_gets_a_card_and_its_thread(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card_says(ticket["id"], "Where is my order?")
    assert "Claim" in str(card["blocks"])
    await floor.in_thread(card, "Where is my order?")


async def test_a_claim_and_a_reply_in_the_thread_reach_the_customer(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.press(floor.grace, card, "claim")
    card = await floor.card_says(ticket["id"], "with *Grace*")
    await floor.slack.say(floor.grace, floor.triage, "It left this morning.", thread_ts=card["ts"])

    async def arrived() -> bool:
        return floor.received() == ["It left this morning."]

    await eventually(arrived)
    assert (await floor.desk.ticket_of("Ada"))["status"] == "answered"


async def test_a_note_and_a_strangers_words_stay_here(floor: SlackDesk) -> None:
    ticket = await floor.ask("Where is my order?")
    card = await floor.card(ticket["id"])
    await floor.slack.say(floor.grace, floor.triage, "Do we know her?", thread_ts=card["ts"])
    await floor.slack.say(floor.eve, floor.triage, "I would ignore her.", thread_ts=card["ts"])
    await floor.slack.press(floor.sam, card, "claim")
    await floor.card_says(ticket["id"], "with *Sam*")
    await floor.slack.say(floor.sam, floor.triage, "note: a difficult one", thread_ts=card["ts"])
    await floor.slack.say(floor.grace, floor.triage, "Good luck.", thread_ts=card["ts"])
    await floor.slack.say(floor.sam, floor.triage, "It left this morning.", thread_ts=card["ts"])

    async def arrived() -> bool:
        return bool(floor.received())

    await eventually(arrived)
    assert floor.received() == ["It left this morning."]
