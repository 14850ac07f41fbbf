"""Whoever alters the database by hand is found out by `contactcenter verify`."""

import sqlite3
from pathlib import Path

import pytest

from contactcenter import app
from contactcenter.settings import Settings
from contactcenter.verify import verify_all
from tests.desk import running_desk


async def written(settings: Settings) -> Path:
    """A desk with a short past, stopped; its database."""
    async with running_desk(settings) as desk:
        await desk.people_only.say("ada@example.test", "Where is my order?", "m1", name="Ada")
        ticket = (await desk.ticket_of("Ada"))["id"]
        await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "On its way."})
        await desk.people_only.say("ada@example.test", "Thank you", "m2", name="Ada")
    file = app.location_of(settings).file
    assert file is not None
    return file


async def test_what_nobody_touched_is_as_it_was_written(settings: Settings) -> None:
    await written(settings)
    assert await verify_all(settings, progress=False) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE message SET text = 'Where is my money?' WHERE id = 1", "message 1: its text was altered"),
        ("DELETE FROM message WHERE id = 2", "message 2: it is gone"),
        ("DELETE FROM event WHERE position = 2", "event 2: an event is missing"),
        ("UPDATE event SET actor = 'agent:9' WHERE position = 3", "event 3: it was altered"),
        (
            "DELETE FROM event WHERE id = (SELECT max(id) FROM event WHERE kind = 'MessageReceived')",
            "message 3: no event knows it",
        ),
        ("DELETE FROM event", "no event knows it"),
        ("UPDATE event SET payload = NULL", "no event knows it"),
        ("DELETE FROM customer", "customer 1 is gone, their events are not"),
        ("UPDATE counter SET value = value + 1", "the counter says"),
    ],
)
async def test_what_somebody_touched_is_named(tampering: str, found: str, settings: Settings) -> None:
    file = await written(settings)
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(tampering)
    connection.close()
    assert found in "\n".join(await verify_all(settings, progress=False))
