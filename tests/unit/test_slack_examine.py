"""`contactcenter doctor` tells of an app of Slack's what the desk would meet there, and how to mend it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from contactcenter import app
from contactcenter.doctor import Finding, examine
from contactcenter.settings import load
from tests.desk import hire, write_settings
from tests.providers.slack import Slack

CHANNEL = """
[channels.partners]
kind = "slack"
api_url = "{slack.api_url}"
mode = "{mode}"
token = "{slack.token}"
app_token = "{slack.app_token}"
signing_secret = "{slack.signing_secret}"
"""
DESK = """
[desk.slack]
api_url = "{slack.api_url}"
mode = "{mode}"
token = "{token}"
app_token = "{app_token}"
signing_secret = "{slack.signing_secret}"
channel = "{channel}"
"""


@dataclass
class Patient:
    """A workspace, and a folder with a desk's settings and its store."""

    slack: Slack
    folder: Path

    async def told(self, more: str) -> list[Finding]:
        """What the doctor says of Slack."""
        settings = load(write_settings(self.folder, more=more), {})
        return [one for one in await examine(settings) if one.text.startswith(("partners: ", "desk.slack"))]

    async def desk(self, channel: str, *, mode: str = "socket", token: str = "", app_token: str = "") -> list[Finding]:
        token, app_token = token or self.slack.token, app_token or self.slack.app_token
        return await self.told(
            DESK.format(slack=self.slack, mode=mode, token=token, app_token=app_token, channel=channel)
        )

    async def hire(self, name: str) -> None:
        settings = load(write_settings(self.folder), {})
        async with app.opened_store(settings, app.location_of(settings), app.SystemClock()) as store:
            await store.write(hire, app.make_policies(settings, {}), name, "agent", ("support",))


@pytest.fixture
async def patient(tmp_path: Path, empty_store: Path) -> AsyncIterator[Patient]:
    await asyncio.to_thread(shutil.copyfile, empty_store, tmp_path / "desk.db")
    async with Slack() as slack:
        yield Patient(slack, tmp_path)


def bad(found: list[Finding]) -> list[str]:
    return [finding.text for finding in found if not finding.good]


async def test_a_desk_that_is_well_is_told_so_and_who_can_work_there(patient: Patient) -> None:
    grace = patient.slack.person("Grace", "grace@example.test")
    triage = patient.slack.channel("desk", grace, private=True)
    await patient.hire("Grace")
    await patient.hire("Bob")
    found = await patient.desk(triage.id)
    assert bad(found) == []
    texts = [finding.text for finding in found]
    assert texts[0].startswith("desk.slack: Slack knows the app as @desk in the workspace ")
    assert texts[1:] == [
        "desk.slack: Slack opens a socket for us",
        f"desk.slack.channel = {triage.id} (#desk): the app is in it",
        "desk.slack: Grace can work in Slack",
        "desk.slack: nobody in Slack has bob@example.test: they work in the console, or take the address that they "
        "have here into their Slack profile",
    ]
    (way_in,) = [one.text for one in await patient.desk(triage.id, mode="http") if "/hooks/" in one.text]
    assert "Slack posts to /hooks/desk.slack of web.public_url" in way_in


async def test_an_app_that_customers_write_to_is_looked_at_too(patient: Patient) -> None:
    found = await patient.told(CHANNEL.format(slack=patient.slack, mode="socket"))
    assert [finding.good for finding in found] == [True, True]
    (shared, *_) = await patient.told('[channels.partners]\nkind = "slack"\n')
    assert shared.text == "partners: customers write to the app of [desk.slack]"


async def test_scopes_that_are_missing_are_named(patient: Patient) -> None:
    triage = patient.slack.channel("desk", private=True)
    patient.slack.api.scopes -= {"reactions:write", "groups:history"}
    (told,) = bad(await patient.desk(triage.id))
    assert "the app lacks groups:history, reactions:write: " in told
    assert "Install App once more" in told


async def test_tokens_that_slack_does_not_take_are_told_apart(patient: Patient) -> None:
    triage = patient.slack.channel("desk", private=True)
    (told,) = bad(await patient.desk(triage.id, app_token="xapp-1-wrong"))
    assert "the app-level token" in told
    assert "connections:write" in told
    found = await patient.desk(triage.id, token="xoxb-wrong")
    assert len(found) == 1, "nothing else can be asked"
    assert "install the app anew and set its token" in bad(found)[0]
    assert "wrong" not in str(found)


async def test_what_is_wrong_with_a_channel_is_told_with_the_remedy(patient: Patient) -> None:
    slack = patient.slack
    carol = slack.person("Carol", team="T0000000099")
    archived = slack.channel("old", private=True)
    archived.archived = True
    for channel, remedy in (
        (slack.channel("elsewhere", ours=False).id, "/invite"),
        (slack.channel("hidden", private=True, ours=False).id, "invite the app there"),
        ("C9999999999", "there is no such channel"),
        (archived.id, "it is archived"),
        (slack.channel("all").id, "make it private"),
        (slack.channel("partners", carol, private=True).id, "shared with another company"),
    ):
        (told,) = bad(await patient.desk(channel))
        assert remedy in told


async def test_agents_of_whom_nobody_is_in_slack_are_a_fault(patient: Patient) -> None:
    triage = patient.slack.channel("desk", private=True)
    await patient.hire("Grace")
    assert bad(await patient.desk(triage.id)) == ["desk.slack: no agent can work in Slack"]
    patient.slack.fault("users.lookupByEmail", status=429)
    (told,) = bad(await patient.desk(triage.id))
    assert "is not known: Slack asks us to slow down" in told


async def test_a_slack_that_cannot_be_reached_and_settings_that_are_wrong_are_told(patient: Patient) -> None:
    triage = patient.slack.channel("desk", private=True)
    patient.slack.fault("auth.test", status=500)
    (told,) = bad(await patient.desk(triage.id))
    assert told == "desk.slack: Slack answered 500"
    settings = load(write_settings(patient.folder, more='[desk.slack]\ntoken = "xoxb-1"\n'), {})
    assert any("desk.slack" in one.text and not one.good for one in await examine(settings))
