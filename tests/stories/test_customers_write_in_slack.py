"""Customers write in Slack, to an app of their own or to the one that agents work with: each message is whose it is."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from contactcenter.settings import load
from tests.desk import RunningDesk, eventually, running_desk, write_settings
from tests.providers.slack import Slack
from tests.slack_desk import slack_desk

SHARED = """
[channels.partners]
kind = "slack"
assistant = false
"""
OWN = """
[channels.partners]
kind = "slack"
assistant = false
api_url = "{api_url}"
mode = "{mode}"
token = "{token}"
app_token = "{app_token}"
signing_secret = "{signing_secret}"
"""


async def _ticket(desk: RunningDesk, customer: str) -> Any:
    async def there() -> Any:
        return next((one for one in await desk.sam.items("/tickets") if one["customer"]["name"] == customer), None)

    return await eventually(there)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_one_app_serves_customers_and_agents(tmp_path: Path, empty_store: Path, mode: str) -> None:
    async with slack_desk(tmp_path, empty_store, mode, more=SHARED) as floor:
        slack = floor.slack
        slack.request_url = slack.request_url.replace("desk.slack", "partners")  # either address will do
        ada = slack.person("Ada Lovelace")
        dm = slack.dm(ada)
        await slack.say(ada, dm, "Where is my order?", files=[("order.pdf", "application/pdf", b"%PDF-1.4")])
        ticket = await _ticket(floor.desk, "Ada Lovelace")
        card = await floor.card_says(ticket["id"], "Where is my order?")
        await slack.press(floor.grace, card, "claim")
        await floor.card_says(ticket["id"], "with *Grace*")
        await slack.say(floor.grace, floor.triage, "It left this <morning>.", thread_ts=card["ts"])
        await slack.until(lambda: [one for one in slack.messages(dm) if one.get("bot_id")])
        assert slack.messages(dm)[-1]["text"] == "It left this &lt;morning&gt;."
        tickets = await floor.desk.sam.items("/tickets")
        assert len(tickets) == 1  # what agents say to each other is no customer's


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_channel_has_an_app_of_its_own(tmp_path: Path, empty_store: Path, mode: str) -> None:
    async with Slack() as slack:
        carol = slack.person("Carol", team="T0000000099")
        shared = slack.channel("acme", carol)
        told = {name: getattr(slack, name) for name in ("api_url", "token", "app_token", "signing_secret")}
        shutil.copyfile(empty_store, tmp_path / "desk.db")
        async with running_desk(load(write_settings(tmp_path, more=OWN.format(mode=mode, **told)), {})) as desk:
            if mode == "http":
                slack.request_url = f"{desk.url}/hooks/partners"
            else:
                await slack.connected()
            root = await slack.say(carol, shared, f"{slack.mention()} where is our order?")
            ticket = await _ticket(desk, "Carol")
            await desk.sam.post(f"/tickets/{ticket['id']}/messages", {"text": "On its way."})
            await slack.until(lambda: slack.replies(root))
            said = await slack.say(carol, shared, "Thnaks", root["ts"])
            await slack.edit(said, "Thanks")

            async def edited() -> bool:
                messages = await desk.sam.items(f"/tickets/{ticket['id']}/messages")
                return [one["text"] for one in messages] == ["where is our order?", "On its way.", "Thanks"]

            await eventually(edited)
