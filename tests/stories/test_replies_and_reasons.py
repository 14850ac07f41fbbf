"""What a desk has prepared: canned replies with names filled in, and reasons for which tickets are solved."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from contactcenter.app import make_policies
from contactcenter.flow import actions, replies
from contactcenter.flow.policies import CannedReply
from contactcenter.model.values import Invalid, NotFound
from contactcenter.settings import SettingsError, load
from tests.desk import QuietDesk, RunningDesk, running_desk, write_settings

ADA = "ada@example.test"
HELLO = CannedReply("hello", "Greeting", "Hello {customer}, this is {agent}. Your number is {ticket}. {} {x y}")
MORE = """
[tickets]
solve_reasons = ["answered", "no reply"]
[replies.hello]
title = "Greeting"
text = "Hello {customer}, this is {agent} about ticket {ticket}."
[replies.bye]
text = "Good bye."
"""


@pytest.fixture
async def prepared(tmp_path: Path, empty_store: Path) -> AsyncIterator[RunningDesk]:
    """A desk with replies and reasons."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with running_desk(load(write_settings(tmp_path, more=MORE), {})) as opened:
        yield opened


# --- canned replies


def test_names_are_filled_in_and_what_is_no_name_stays(quiet: QuietDesk) -> None:
    quiet.hear(ADA, "Hello", channel="people", name="Ada {agent}")
    policies = replace(quiet.policies, replies={"hello": HELLO})
    told = quiet.do(replies.render, policies, quiet.hire("Grace"), "hello", 1)
    assert told == "Hello Ada {agent}, this is Grace. Your number is 1. {} {x y}", "a name is never a placeholder"


def test_who_asks_for_a_reply_that_is_not_there_is_told_which_are(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    with pytest.raises(NotFound, match="there are hello"):
        quiet.do(replies.render, replace(quiet.policies, replies={"hello": HELLO}), grace, "hullo", 1)
    with pytest.raises(NotFound, match="there is no ticket 7"):
        quiet.do(replies.render_all, quiet.policies, grace, 7)


def test_an_unknown_placeholder_is_named_before_anything_starts(tmp_path: Path) -> None:
    settings = load(write_settings(tmp_path, more="[replies.hello]\ntext = 'Dear {custmer}'\n"), {})
    with pytest.raises(SettingsError, match=r"setting replies\.hello\.text: \{custmer\} means nothing; known are "):
        make_policies(settings.model_copy(update={"channels": {}}), {})


async def test_the_api_tells_them_as_the_caller_would_say_them(prepared: RunningDesk) -> None:
    await prepared.people_only.say(ADA, "Hello", "m1", name="Ada")
    number = (await prepared.ticket_of("Ada"))["id"]
    assert await prepared.grace.items("/replies") == [
        {"name": "hello", "title": "Greeting", "text": "Hello {customer}, this is {agent} about ticket {ticket}."},
        {"name": "bye", "title": "bye", "text": "Good bye."},
    ]
    filled = await prepared.grace.items(f"/replies?ticket={number}")
    assert filled[0]["text"] == f"Hello Ada, this is Grace about ticket {number}."
    await prepared.grace.get("/replies?ticket=999", status=404)


# --- reasons


async def test_solving_takes_one_of_the_reasons_and_keeps_the_remark(prepared: RunningDesk) -> None:
    await prepared.people_only.say(ADA, "Hello", "m1", name="Ada")
    path = f"/tickets/{(await prepared.ticket_of('Ada'))['id']}"
    assert await prepared.grace.items("/solve-reasons") == ["answered", "no reply"]
    for reason in ("", "because"):
        refused = await prepared.grace.put(f"{path}/status", {"status": "solved", "reason": reason}, status=422)
        assert (refused["field"], refused["detail"]) == ("$.reason", "say why it is solved: answered, no reply")
    remarked = {"status": "solved", "reason": "no reply", "remark": "She has moved."}
    assert (await prepared.grace.put(f"{path}/status", remarked))["status"] == "solved"
    last = [event for event in await prepared.sam.items(f"{path}/history") if event["kind"] == "StatusChanged"][-1]
    assert last["payload"] == {
        "status": "solved",
        "before": "open",
        "reason": "no reply",
        "remark": "She has moved.",
    }


def test_other_statuses_need_no_reason(quiet: QuietDesk) -> None:
    quiet.hear(ADA, "Hello", channel="people")
    grace, policies = quiet.hire("Grace"), replace(quiet.policies, solve_reasons=("answered",))
    with pytest.raises(Invalid):
        quiet.do(actions.set_status, policies, grace, 1, "solved", None, "")
    quiet.do(actions.set_status, policies, grace, 1, "solved", None, "answered")
    quiet.do(actions.set_status, policies, grace, 1, "open", None, "")
    assert quiet.ticket(1).status == "open"
