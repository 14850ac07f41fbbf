"""Slack is slow, away, or wants us to slow down; somebody else pretends to be Slack; people have odd names."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.slack_desk import SlackDesk, slack_desk

HOSTILE = "<!channel> *Bob* | <@U1>\n\u202eevil\u2066 & `x` مرحبا"


@pytest.fixture
async def floor(tmp_path: Path, empty_store: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path, empty_store) as opened:
        yield opened


@pytest.fixture
async def by_http(tmp_path: Path, empty_store: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path, empty_store, "http") as opened:
        yield opened


# --- Slack


@pytest.mark.parametrize("how", [{"status": 429, "retry_after": 1}, {"status": 500}, {"cut": "after"},
                                 {"cut": "before"}, {"error": "internal_error"}])  # fmt: skip
async def test_what_customers_say_is_posted_once_and_in_order_whatever_slack_answers(
    floor: SlackDesk, how: dict[str, Any]
) -> None:
    card = await floor.card((await floor.ask("first"))["id"])
    await floor.in_thread(card, "first")
    floor.slack.fault("chat.postMessage", times=2, **how)
    for number in (2, 3):
        await floor.desk.people_only.say("ada@example.test", f"number {number}", f"m{number}", name="Ada")
    await floor.in_thread(card, "number 3")
    said = [one["text"] for one in floor.slack.replies(card)]
    assert said == ["Ada: first", "Ada: number 2", "Ada: number 3"]


async def test_no_card_is_changed_while_slack_wants_us_to_wait(floor: SlackDesk) -> None:
    tickets = [(await floor.ask(f"Hello {n}", f"c{n}", f"m{n}"))["id"] for n in range(3)]
    cards = [await floor.card(ticket) for ticket in tickets]
    floor.slack.fault("chat.update", status=429, retry_after=3)
    for card in cards:
        await floor.slack.press(floor.grace, card, "claim")
    for ticket in tickets:
        await floor.card_says(ticket, "with *Grace*")
    waited = [later.at - earlier.at for earlier, later in pairwise(floor.slack.called("chat.update"))]
    assert min(waited) >= 0.9


async def test_many_cards_change_at_most_once_a_second(floor: SlackDesk) -> None:
    """One after the other, each with its latest state: five of them are looked at here."""
    tickets = [(await floor.ask(f"Hello {n}", f"c{n}", f"m{n}"))["id"] for n in range(5)]
    await floor.card(tickets[-1])
    before = len(floor.slack.called("chat.update"))
    for priority in ("urgent", "low"):
        for ticket in tickets:
            await floor.desk.sam.put(f"/tickets/{ticket}/priority", {"priority": priority, "reason": "a test"})
    for ticket in tickets:
        await floor.card_says(ticket, "low priority")
    updates = floor.slack.called("chat.update")[before:]
    assert min(later.at - earlier.at for earlier, later in pairwise(updates)) >= 0.9
    assert len(updates) <= 2 * len(tickets)


# --- whoever says they are Slack


async def test_what_slack_did_not_sign_just_now_is_refused(by_http: SlackDesk) -> None:
    slack = by_http.slack
    assert await slack.verify_url()
    card = await by_http.card((await by_http.ask("Where is my order?"))["id"])
    payload = {
        "type": "block_actions",
        "team": {"id": slack.team.id},
        "user": {"id": by_http.grace.id, "team_id": slack.team.id},
        "container": {"channel_id": by_http.triage.id, "message_ts": card["ts"]},
        "trigger_id": "1.1",
        "actions": [{"type": "button", "action_id": "claim", "value": "1", "action_ts": card["ts"]}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stale = slack.signed(body, at=1_700_000_000)
    for headers in ({}, slack.signed(body, secret="another"), stale, slack.signed(b"payload=%7B%7D")):
        status, _ = await slack.post(body, headers, "interactive")
        assert status == 401
    assert (await by_http.desk.ticket_of("Ada"))["assignee"] is None
    assert (await slack.post(body, slack.signed(body), "interactive"))[0] == 200
    await by_http.card_says(1, "with *Grace*")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"payload=%7B", b"payload=[]", b"{" * 10_000,
                                  b'{"type":"event_callback"}'])  # fmt: skip
async def test_junk_that_is_signed_is_answered_and_does_no_harm(by_http: SlackDesk, body: bytes) -> None:
    for kind in ("events_api", "interactive"):
        status, _ = await by_http.slack.post(body, by_http.slack.signed(body), kind)
        assert status < 500
    await by_http.card((await by_http.ask("Where is my order?"))["id"])


# --- whoever has an odd name


async def test_odd_names_and_endless_words_are_shown_and_mean_nothing(floor: SlackDesk) -> None:
    await floor.desk.people_only.say("odd@example.test", HOSTILE + "x" * 60_000, "m1", name=HOSTILE[:90])
    await floor.desk.people_only.say("nobody@example.test", "Hello", "m2", name="")
    first, second = await floor.card(1), await floor.card(2)
    await floor.in_thread(first, "evil")
    await floor.in_thread(second, "Hello")
    for said in floor.slack.messages(floor.triage):
        marked = [one for one in _texts(said) if one["type"] == "mrkdwn"]
        assert not any(call in one["text"] for one in marked for call in ("<!channel>", "<@U1>"))
        assert "<!channel>" not in said["text"]


async def test_more_colleagues_than_a_menu_holds_can_be_given_a_ticket(floor: SlackDesk) -> None:
    await asyncio.gather(*(floor.desk.hire(f"Agent{number:03d}") for number in range(120)))
    ticket = (await floor.ask("Where is my order?"))["id"]
    await floor.slack.press(floor.grace, await floor.card(ticket), "claim")
    await floor.card_says(ticket, "with *Grace*")
    await floor.menu(floor.grace, ticket, "assign")
    last = floor.desk.people["Agent119"].id
    await floor.slack.submit_view(floor.grace, {"agent": str(last)})
    await floor.card_says(ticket, "with *Agent119*")


def _texts(block: Any) -> list[dict[str, Any]]:
    """All texts of a message, a block, an element."""
    if isinstance(block, list):
        return [text for one in block for text in _texts(one)]
    if not isinstance(block, dict):
        return []
    own = [block] if block.get("type") in ("mrkdwn", "plain_text") else []
    return own + [text for one in block.values() for text in _texts(one)]
