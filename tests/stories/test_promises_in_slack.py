"""Deadlines as Slack shows them: on the card, in the thread of who has the ticket, in the supervisors' channel."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contactcenter.forget import forget
from tests.desk import SetClock, eventually
from tests.slack_desk import SlackDesk, slack_desk

PROMISED = """
[promises.standard]
first_response_minutes = 60
"""


@pytest.fixture
async def floor(tmp_path: Path, empty_store: Path) -> AsyncIterator[tuple[SlackDesk, SetClock]]:
    """A desk that promises a first answer within the hour."""
    clock = SetClock()
    async with slack_desk(
        tmp_path, empty_store, more=PROMISED, support='promise = "standard"\n', clock=clock
    ) as opened:
        yield opened, clock


async def test_who_has_the_ticket_is_told_once_per_step(floor: tuple[SlackDesk, SetClock]) -> None:
    desk, clock = floor
    ticket = await desk.ask("Where is my order?")
    card = await desk.card_says(ticket["id"], ":stopwatch: first answer due")
    await desk.slack.press(desk.grace, card, "claim")
    await desk.card_says(ticket["id"], "with *Grace*")
    clock.forward(46 * 60)
    desk.desk.hint("upkeep")
    warned = await desk.in_thread(card, ":hourglass: The first answer is due")
    assert f"<@{desk.grace.id}>" in str(warned)
    await desk.card_says(ticket["id"], ":large_yellow_circle: first answer due")
    assert desk.slack.messages(desk.supervisors) == [], "who has it was told"
    clock.forward(15 * 60)
    desk.desk.hint("upkeep")
    await desk.in_thread(card, "The first answer is late")
    await desk.card_says(ticket["id"], ":red_circle: the first answer is late")
    asked = await supervisors_hear(desk, "The promise standard")
    assert "The first answer was due" in str(asked)
    clock.forward(600)
    desk.desk.hint("upkeep")
    await desk.slack.say(desk.grace, desk.triage, "It is on its way.", card["ts"])
    await eventually(lambda: answered(desk, ticket["id"]))
    told = [one for one in desk.slack.replies(card) if "first answer" in str(one)]
    assert len(told) == 2, "a warning and a breach, once each"
    assert len(desk.slack.messages(desk.supervisors)) == 1


async def test_supervisors_are_told_where_nobody_has_the_ticket(floor: tuple[SlackDesk, SetClock]) -> None:
    desk, clock = floor
    ticket = await desk.ask("Where is my order?")
    await desk.card_says(ticket["id"], ":stopwatch: first answer due")
    clock.forward(46 * 60)
    desk.desk.hint("upkeep")
    said = await supervisors_hear(desk, ":hourglass: The first answer is due")
    assert "nobody has it" in str(said)
    await desk.slack.press(desk.sam, {**said, "channel": desk.supervisors.id}, "claim")
    await desk.card_says(ticket["id"], "with *Sam*")


@pytest.mark.parametrize(
    ("minutes", "shown"), [(1, ":stopwatch: due"), (46, ":large_yellow_circle: due"), (61, ":red_circle: late since")]
)
async def test_the_home_shows_what_is_due_near_and_late(
    floor: tuple[SlackDesk, SetClock], minutes: int, shown: str
) -> None:
    desk, clock = floor
    await desk.ask("Where is my order?")
    clock.forward(minutes * 60)
    await desk.slack.open_home(desk.grace)
    await desk.home_says(desk.grace, shown)


async def test_the_home_shows_it_of_ones_own_tickets_too(floor: tuple[SlackDesk, SetClock]) -> None:
    desk, _ = floor
    ticket = await desk.ask("Where is my order?")
    await desk.slack.press(desk.grace, await desk.card(ticket["id"]), "claim")
    await desk.card_says(ticket["id"], "with *Grace*")
    await desk.slack.open_home(desk.grace)
    await desk.home_says(desk.grace, ":stopwatch: due")


async def test_the_card_shows_the_language_that_the_customers_app_is_set_to(
    floor: tuple[SlackDesk, SetClock],
) -> None:
    desk, _ = floor
    ticket = await desk.ask("Wo ist meine Bestellung?", language="de-AT")
    await desk.card_says(ticket["id"], ":globe_with_meridians: de-AT")


async def test_of_who_is_forgotten_no_deadline_is_left_in_slack(floor: tuple[SlackDesk, SetClock]) -> None:
    desk, clock = floor
    ticket = await desk.ask("Where is my order?")
    await desk.card_says(ticket["id"], ":stopwatch: first answer due")
    clock.forward(46 * 60)
    desk.desk.hint("upkeep")
    await supervisors_hear(desk, "Where is my order?")
    running = desk.desk.running
    await forget(running.store, running.files, clock, ticket["customer"]["id"], "admin")
    desk.desk.hint("posts")
    await eventually(lambda: silent(desk))


async def silent(desk: SlackDesk) -> bool:
    return "order" not in str(desk.slack.messages(desk.supervisors))


async def supervisors_hear(desk: SlackDesk, words: str) -> Any:
    async def told() -> Any:
        return next((one for one in desk.slack.messages(desk.supervisors) if words in str(one)), None)

    return await eventually(told)


async def answered(desk: SlackDesk, ticket: int) -> bool:
    found = await desk.desk.sam.get(f"/tickets/{ticket}")
    return bool(found["status"] == "answered")
