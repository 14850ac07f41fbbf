"""One process serves an SQLite file: a second one is turned away at the door, and what the first has claimed stands."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter import app
from contactcenter.channels.email import Email
from contactcenter.cli import main
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Outbox
from contactcenter.settings import Settings, load
from contactcenter.storage.alone import RunsAlready
from tests.desk import WITHIN, RunningDesk, eventually, running_desk, write_settings
from tests.providers.smtp_relay import SmtpRelay, write_to

OUTBOX = select(table(Outbox))
MAIL = """
[channels.mail]
kind = "email"
address = "support@example.test"
smtp_listen = "127.0.0.1:0"
smtp_relay = "{}"
assistant = false
queue = "sales"
"""


@pytest.fixture
async def relay() -> AsyncIterator[SmtpRelay]:
    """A relay that takes the line and never answers to the mail."""
    async with SmtpRelay(at_content="hang") as relay:
        yield relay


@pytest.fixture
async def sending(settings: Settings, relay: SmtpRelay) -> AsyncIterator[RunningDesk]:
    """A desk in the middle of sending a mail."""
    file = write_settings(settings.folder, more=MAIL.format(relay.place))
    async with running_desk(load(file, {})) as desk:
        await mail_comes_in(desk)
        ada = await desk.ticket_of("Ada")
        await desk.sam.post(f"/tickets/{ada['id']}/messages", {"text": "It is on its way."})
        await eventually(lambda: claimed(desk))
        yield desk


async def mail_comes_in(desk: RunningDesk) -> None:
    mailbox = desk.running.channels["mail"]
    assert isinstance(mailbox, Email)
    await write_to(mailbox, b"From: Ada <ada@example.test>\r\nMessage-ID: <1@x>\r\n\r\nWhere is it?\r\n")


async def claimed(desk: RunningDesk) -> Any:
    """The mail that is being sent, once it is."""
    row = await desk.running.store.read(lambda tx: tx.one(OUTBOX))
    return row if row.state == "taken" else None


async def test_a_second_process_is_refused_and_the_claims_of_the_first_stand(
    sending: RunningDesk, relay: SmtpRelay
) -> None:
    before, sessions = await claimed(sending), relay.sessions
    program = Path(sys.executable).parent / "contactcenter"
    second = await asyncio.create_subprocess_exec(
        program, "serve", cwd=sending.settings.folder, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(WITHIN):
            _, told = await second.communicate()
    finally:
        if second.returncode is None:
            second.kill()
    assert second.returncode == 1
    assert f"runs already, as process {os.getpid()}; stop it first" in told.decode()
    assert (await claimed(sending), relay.sessions) == (before, sessions)


async def test_a_second_desk_in_one_process_is_refused_too(sending: RunningDesk, relay: SmtpRelay) -> None:
    before, sessions = await claimed(sending), relay.sessions
    with pytest.raises(RunsAlready, match=f"as process {os.getpid()};"):
        async with app.running(sending.settings):
            raise AssertionError("it started")
    assert (await claimed(sending), relay.sessions) == (before, sessions)


async def test_people_are_added_while_the_desk_runs(sending: RunningDesk) -> None:
    config = str(sending.settings.folder / "contactcenter.toml")
    add = ["agent", "add", "bea@example.test", "--name", "Bea", "--config", config]
    assert await asyncio.to_thread(main, add) == 0
    assert "Bea" in [agent["name"] for agent in (await sending.sam.get("/agents"))["items"]]


async def test_the_next_desk_starts_once_the_first_has_ended(settings: Settings) -> None:
    for _ in range(2):
        async with app.running(settings) as running:
            assert running.url
