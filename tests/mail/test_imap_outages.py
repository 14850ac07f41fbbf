"""Servers that die, freeze, cut, say goodbye or refuse: told with a remedy, recovered from by itself, at no cost.

All with little patience (fetching.QUICK); the real one (imap.Patience) recovers within a minute by its own numbers.
"""

import asyncio
import shutil
import signal
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contactcenter.channels.email.arriving.imap import Patience
from contactcenter.flow.health import ALARM_AFTER
from contactcenter.model.columns import SECOND
from tests.desk import SetClock, eventually
from tests.mail.fetching import QUICK, Between, Desk, mail, opened_desk
from tests.mail_servers import PASSWORD, Dovecot
from tests.servers import free_port


def place(dovecot: Dovecot, user: str) -> str:
    return f"imap://{user}@127.0.0.1:{dovecot.port}"


def test_patience_ends_within_a_minute() -> None:
    """Checklist 13: what is dead is found out, and tried again, in time."""
    patience = Patience()
    assert patience.idle + patience.socket + patience.latest / 2 <= 60
    assert patience.latest + patience.socket <= 60
    assert patience.idle <= 9 * 60


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_session_that_is_killed_or_frozen_is_replaced(
    inbox: Desk, dovecot: Dovecot, how: signal.Signals
) -> None:
    """Checklist 13."""
    user = dovecot.new()
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.all_recorded(0)
        frozen = await asyncio.to_thread(dovecot.sessions, user)
        assert await asyncio.to_thread(dovecot.signal_sessions, user, how) == 1
        try:
            await asyncio.to_thread(dovecot.deliver, user, mail("after that", id="1@ada.test"))
            await inbox.stored(1)
            await inbox.all_recorded(1)
        finally:
            if how is signal.SIGSTOP:
                dovecot.end(frozen)


async def test_a_server_that_is_gone_is_waited_for(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 13."""
    user = dovecot.new()
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.all_recorded(0)
        before = await inbox.health()
        await asyncio.to_thread(dovecot.kill)
        row = await inbox.told(lambda row: "connection refused" in row.error and "imap_url" in row.error)
        assert f"127.0.0.1:{dovecot.port}" in row.error
        assert row.failing_since is not None
        assert row.succeeded_at == before.succeeded_at
        await asyncio.to_thread(dovecot.start)
        await asyncio.to_thread(dovecot.deliver, user, mail("after that", id="1@ada.test"))
        await inbox.stored(1)
        row = await inbox.told(lambda row: row.failing_since is None)
        assert row.succeeded_at > before.succeeded_at


@pytest.mark.parametrize("how", ["cut", "silent", "bye"])
async def test_a_network_that_fails_is_no_loss(inbox: Desk, dovecot: Dovecot, how: str) -> None:
    """Checklist 13."""
    user = dovecot.new()
    between = Between(dovecot.port)
    async with between.listening() as door, inbox.fetching(inbox.channel(f"imap://{user}@{door}")):
        await inbox.all_recorded(0)
        if how == "bye":
            between.say(b"* BYE Session invalidated - AccessTokenExpired")
        elif how == "silent":
            between.silent = True
            row = await inbox.told(lambda row: row.error)
            assert "does not answer" in row.error
            between.silent = False
        between.cut()
        await asyncio.to_thread(dovecot.deliver, user, mail("after that", id="1@ada.test"))
        await inbox.stored(1)
        await inbox.all_recorded(1)


async def test_news_that_come_with_the_go_ahead_are_heard(inbox: Desk, dovecot: Dovecot) -> None:
    """A line that arrives together with the `+` of IDLE, or before it, wakes us although the socket is quiet."""
    user = dovecot.new()
    for answer in (b"+ idling\r\n* 1 EXISTS", b"* 1 EXISTS\r\n+ idling"):
        between = Between(dovecot.port)
        between.answers = {b"IDLE": answer, b"DONE": b""}
        patient = Patience(idle=60.0, soonest=0.01)
        async with between.listening() as door:
            channel = inbox.channel(f"imap://{user}@{door}", patience=patient)
            async with inbox.fetching(channel):

                async def came_back(between: Between = between) -> bool:
                    return between.sessions > 1

                await eventually(came_back, within=5.0)  # it said DONE, and this door answers that with a cut


@pytest.mark.parametrize("word", [b"RFC822.SIZE", b"BODY.PEEK", b"IDLE"])
async def test_a_mail_that_comes_while_another_is_fetched_is_not_waited_for(
    inbox: Desk, dovecot: Dovecot, word: bytes
) -> None:
    """The server tells of it once, with the answer to what was asked: not again when it is asked to tell."""
    user = dovecot.new()
    door = Between(dovecot.port)
    door.before[word] = partial(dovecot.deliver, user, mail("meanwhile", id="2@ada.test"))
    dovecot.deliver(user, mail("first", id="1@ada.test"))
    async with door.listening() as place:
        channel = inbox.channel(f"imap://{user}@{place}", patience=replace(QUICK, idle=60.0, socket=60.0))
        async with inbox.fetching(channel):
            assert await inbox.stored(2, within=10.0) == ["first", "meanwhile"]


async def test_a_password_that_was_changed_is_told_and_the_new_one_taken(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 13."""
    user = dovecot.new()
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.all_recorded(0)
        await asyncio.to_thread(dovecot.set_password, user, "another")
        dovecot.deliver(user, mail("waits", id="1@ada.test"))
        await inbox.stored(1)  # who is logged in stays so
        await asyncio.to_thread(dovecot.signal_sessions, user, signal.SIGKILL)
        row = await inbox.told(lambda row: "refuses the login" in row.error)
        assert "check imap_password" in row.error
        dovecot.deliver(user, mail("waits too", id="2@ada.test"))
        await asyncio.to_thread(dovecot.set_password, user, PASSWORD)
        await inbox.stored(2)
        await inbox.told(lambda row: row.failing_since is None)


async def test_a_folder_that_is_not_there_is_told(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    async with inbox.fetching(inbox.channel(place(dovecot, user) + "/Nowhere")):
        row = await inbox.told(lambda row: row.error)
        assert "the folder Nowhere cannot be opened" in row.error
        assert "imap_url" in row.error
        await asyncio.to_thread(dovecot.create, user, "Nowhere")
        await inbox.all_recorded(0)


async def test_without_tls_a_server_elsewhere_is_not_logged_in_to(inbox: Desk, dovecot: Dovecot) -> None:
    """imap:// speaks STARTTLS everywhere but on this machine, and goes no further without."""
    user = dovecot.new()
    between = Between(dovecot.port, hide=b" STARTTLS")
    async with between.listening() as door:
        channel = inbox.channel(f"imap://{user}@{door}")
        assert channel.mailbox is not None
        mailbox: Any = channel.mailbox
        mailbox.account = replace(mailbox.account, tls="starttls")
        async with inbox.fetching(channel):
            row = await inbox.told(lambda row: row.error)
    assert "STARTTLS" in row.error


async def test_an_outage_costs_next_to_nothing(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 13: under 1 % of a CPU, with the real patience, while one server refuses and another is silent."""
    silent = Between(dovecot.port)
    silent.silent = True
    async with silent.listening() as door:
        refused = inbox.channel(f"imap://x@127.0.0.1:{free_port()}", name="refused", patience=Patience())
        unheard = inbox.channel(f"imap://x@{door}", name="unheard", patience=Patience(socket=2.0))
        async with inbox.fetching(refused, unheard):
            await inbox.told(lambda row: row.error, "refused")
            before, began = time.process_time(), time.monotonic()
            await asyncio.wait({asyncio.ensure_future(asyncio.Event().wait())}, timeout=8.0)
            share = (time.process_time() - before) / (time.monotonic() - began)
    print(f"CPU share {share:.2%}")
    assert share < 0.01


async def test_an_outage_of_minutes_is_an_alarm_once(tmp_path: Path, empty_store: Path) -> None:
    """Checklist 13, 64: within five minutes, and the reports come at least once a minute."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    clock = SetClock()
    async with (
        opened_desk(tmp_path / "desk.db", clock) as inbox,
        inbox.fetching(inbox.channel(f"imap://x@127.0.0.1:{free_port()}")),
    ):
        row = await inbox.told(lambda row: row.error)
        assert row.alarmed == 0
        clock.forward(ALARM_AFTER / SECOND)
        row = await inbox.told(lambda row: row.alarmed)
        assert row.failing_since == clock.now() - ALARM_AFTER
    assert QUICK.latest < Patience().latest <= 60
