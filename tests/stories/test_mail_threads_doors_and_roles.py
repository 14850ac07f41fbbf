"""Mail threads keep strangers apart; a door, an address and a role belong to one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter import app
from contactcenter.channels.email import Email
from contactcenter.channels.email.reading.contents import CUT, TEXT_LIMIT
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Lease, Owner
from contactcenter.model.people import Customer
from contactcenter.ports import Tx
from contactcenter.settings import Settings, SettingsError, load
from tests.desk import WITHIN, RunningDesk, eventually, running_desk, write_settings
from tests.providers.smtp_relay import SmtpRelay, write_to
from tests.servers import free_port

MAIL = """
[channels.mail]
kind = "email"
address = "support@example.test"
smtp_listen = "{listen}"
smtp_relay = "{relay}"
assistant = false
queue = "sales"
files_limit = 400000
"""
FILES_LIMIT = 400_000
LEASES = select(table(Lease).c.name).join(table(Owner), table(Owner).c.id == table(Lease).c.owner)


def with_mail(settings: Settings, listen: str = "127.0.0.1:0", relay: str = "") -> Settings:
    """The same desk with a mailbox."""
    more = MAIL.format(listen=listen, relay=relay)
    return load(write_settings(settings.folder, more=more), {})


# --- mail -------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def relay() -> AsyncIterator[SmtpRelay]:
    async with SmtpRelay() as relay:
        yield relay


@pytest.fixture
async def mail_desk(settings: Settings, relay: SmtpRelay) -> AsyncIterator[RunningDesk]:
    """A desk with a mailbox whose relay takes everything."""
    async with running_desk(with_mail(settings, relay=relay.place)) as desk:
        yield desk


async def mail(desk: RunningDesk, name: str, number: str, text: str, answers: str = "") -> bytes:
    """Somebody writes a mail; what was sent."""
    mailbox = desk.running.channels["mail"]
    assert isinstance(mailbox, Email)
    sender = f"{name.lower()}@example.test"
    fields = [f"From: {name} <{sender}>", f"Message-ID: <{number}@example.test>"]
    fields += [f"References: <{answers}>"] if answers else []
    content = "\r\n".join([*fields, "", text, ""]).encode()
    await write_to(mailbox, content, sender)
    return content


async def reply(desk: RunningDesk, relay: SmtpRelay, ticket: Any, text: str) -> tuple[str, ...]:
    """Sam answers; who got it."""
    await desk.sam.post(f"/tickets/{ticket['id']}/messages", {"text": text})

    async def arrived() -> tuple[str, ...]:
        return next((taken.recipients for taken in relay.taken if text.encode() in taken.content), ())

    return await eventually(arrived)


async def test_a_mail_that_is_too_long_to_read_is_cut_and_its_source_is_whole(mail_desk: RunningDesk) -> None:
    desk = mail_desk
    lines = "\r\n".join(["x" * 80] * (TEXT_LIMIT // 80 + 1_000))
    sent = await mail(desk, "Ada", "1", lines)
    ticket = await desk.ticket_of("Ada")
    (message,) = await desk.sam.items(f"/tickets/{ticket['id']}/messages")
    assert message["text"].endswith(CUT)
    assert TEXT_LIMIT <= len(message["text"]) <= TEXT_LIMIT + 100
    async with desk.http.get(f"{desk.sam.url}/messages/{message['id']}/raw", headers=desk.sam.headers) as source:
        assert (await source.read()).endswith(sent)


async def test_a_mail_of_nobody_is_a_ticket_of_one_customer_we_do_not_know(mail_desk: RunningDesk) -> None:
    """Checklist 32."""
    mailbox = mail_desk.running.channels["mail"]
    assert isinstance(mailbox, Email)
    before = await mail_desk.running.store.read(_customers)
    await write_to(mailbox, b"Subject: Nobody wrote this\r\n\r\nWhere is it?", "")

    async def found() -> Any:
        tickets = await mail_desk.sam.items("/tickets")
        return next((ticket for ticket in tickets if ticket["subject"] == "Nobody wrote this"), None)

    ticket = await eventually(found)
    (message,) = await mail_desk.sam.items(f"/tickets/{ticket['id']}/messages")
    assert message["text"] == "Where is it?"
    assert await mail_desk.running.store.read(_customers) == before + 1


def _customers(tx: Tx) -> int:
    return len(tx.all(select(table(Customer).c.id)))


async def test_who_answers_in_somebody_elses_thread_begins_their_own(mail_desk: RunningDesk, relay: SmtpRelay) -> None:
    desk = mail_desk
    await mail(desk, "Ada", "1", "Where is it?")
    ada = await desk.ticket_of("Ada")
    await mail(desk, "Bob", "2", "I want to know too", answers="1@example.test")
    bob = await desk.ticket_of("Bob")
    assert bob["id"] != ada["id"]
    assert await reply(desk, relay, bob, "For Bob alone") == ("bob@example.test",)
    assert await reply(desk, relay, ada, "For Ada alone") == ("ada@example.test",)
    await mail(desk, "Ada", "3", "Thank you", answers="1@example.test> <2@example.test")
    await mail(desk, "Ada", "4", "Once more", answers="1@example.test")

    async def all_said() -> list[str] | None:
        said = [message["text"] for message in await desk.sam.items(f"/tickets/{ada['id']}/messages")]
        return said if "Once more" in said else None

    assert await eventually(all_said) == ["Where is it?", "For Ada alone", "Thank you", "Once more"]
    assert len(await desk.sam.items(f"/tickets/{bob['id']}/messages")) == 2


async def test_a_file_goes_up_and_out_and_what_is_no_name_does_not(mail_desk: RunningDesk, relay: SmtpRelay) -> None:
    """Checklist 58."""
    desk = mail_desk
    await mail(desk, "Ada", "1", "Where is it?")
    ticket = await desk.ticket_of("Ada")
    url = f"{desk.sam.url}/files?name=..%2Fplan%0A.pdf"
    kind = {**desk.sam.headers, "Content-Type": "application/pdf"}
    async with desk.http.post(url, data=b"%PDF" * 100_000, headers=kind) as answer:
        file = await answer.json()
    assert (answer.status, file["name"], file["size"], file["type"]) == (201, "plan.pdf", 400_000, "application/pdf")
    path = f"/tickets/{ticket['id']}/messages"
    for hostile in ({"name": "a\r\nBcc: eve@evil.test"}, {"name": "a\0"}, {"type": "text/\0"}):
        await desk.sam.post(path, {"text": "No", "files": [{**file, **hostile}]}, status=422)
    await desk.sam.post(path, {"text": "Here it is", "files": [file]})

    async def arrived() -> bytes:
        return next((taken.content for taken in relay.taken if b"Here it is" in taken.content), b"")

    assert b'filename="plan.pdf"' in await eventually(arrived)


async def upload(desk: RunningDesk, content: bytes) -> Any:
    """A file as an agent attaches it."""
    url = f"{desk.sam.url}/files?name=plan.pdf"
    async with desk.http.post(url, data=content, headers=desk.sam.headers) as answer:
        return await answer.json()


async def test_a_file_is_measured_when_a_reply_names_it(mail_desk: RunningDesk) -> None:
    """Checklist 58: not believed, and not found out only when the mail is to leave."""
    desk = mail_desk
    await mail(desk, "Ada", "1", "Where is it?")
    ticket = await desk.ticket_of("Ada")
    path = f"/tickets/{ticket['id']}/messages"
    file = await upload(desk, b"x" * (FILES_LIMIT + 1))
    told = await desk.sam.post(path, {"text": "No", "files": [{**file, "size": 1}]}, status=422)
    assert f"the files have {FILES_LIMIT + 1} bytes" in told["detail"]
    small = await upload(desk, b"small")
    said = await desk.sam.post(path, {"text": "Here it is", "files": [{**small, "size": 4}]})
    assert [file["size"] for file in said["files"]] == [5]


async def test_a_draft_that_is_older_than_its_files_is_told_and_they_can_be_attached_again(
    mail_desk: RunningDesk,
) -> None:
    desk = mail_desk
    await mail(desk, "Ada", "1", "Where is it?")
    ticket = await desk.ticket_of("Ada")
    path = f"/tickets/{ticket['id']}/messages"
    file = await upload(desk, b"%PDF")
    assert await desk.running.files.drop(file["file"], 2**62)
    told = await desk.sam.post(path, {"text": "Here it is", "files": [file]}, status=422)
    assert told["detail"] == "plan.pdf is no longer kept here: remove it and attach it again"
    assert told["field"] == "$.files[0]"
    assert await desk.sam.items(path.replace("messages", "notes")) == []
    assert len(await desk.sam.items(path)) == 1
    again = await upload(desk, b"%PDF")
    await desk.sam.post(path, {"text": "Here it is", "files": [again]})


# --- one desk, its doors, its roles -----------------------------------------------------------------------------------


async def leases_of(settings: Settings, *roles: str) -> tuple[set[str], bool]:
    """Which leases a process with these roles holds, and whether it has opened the mail door."""
    async with app.running(settings, roles=roles) as running:
        held = {row.name for row in await running.store.read(lambda tx: tx.all(LEASES))}
        mailbox = running.channels["mail"]
        assert isinstance(mailbox, Email)
        if "run:mail" in held:
            await asyncio.wait_for(mailbox.listening(), WITHIN)
        return held, not door_is_free(mailbox)


def door_is_free(mailbox: Email) -> bool:
    assert mailbox.place is not None
    try:
        socket.create_server(mailbox.place).close()
    except OSError:
        return False
    return True


async def test_channels_listen_and_workers_do_not(settings: Settings) -> None:
    settings = with_mail(settings, listen=f"127.0.0.1:{free_port()}")
    held, opened = await leases_of(settings, "worker", "router")
    assert {"send:mail", "router"} <= held
    assert not [lease for lease in held if lease.startswith("run:")]
    assert not opened
    assert await leases_of(settings, "channels") == ({"run:mail", "run:try", "run:people"}, True)


async def test_a_mail_door_that_is_taken_is_told_at_the_start(settings: Settings) -> None:
    async with SmtpRelay() as somebody_else:
        settings = with_mail(settings, listen=somebody_else.place)
        with pytest.raises(SettingsError, match=f"channel mail cannot listen on {somebody_else.place}: "):
            async with app.running(settings):
                raise AssertionError("it started")


@pytest.mark.parametrize(
    ("key", "other"), [("address", {"smtp_listen": ""}), ("smtp_listen", {"address": "sales@example.test"})]
)
async def test_two_channels_cannot_have_one_address_or_one_door(
    settings: Settings, key: str, other: dict[str, str]
) -> None:
    settings = with_mail(settings, listen=f"127.0.0.1:{free_port()}")
    post = {**settings.channels["mail"], **other}
    doubled = settings.model_copy(update={"channels": {**settings.channels, "post": post}})
    with pytest.raises(SettingsError, match=rf"channels\.post\.{key}: .* is that of channels\.mail already"):
        async with app.running(doubled):
            raise AssertionError("it started")


async def test_a_mail_that_cannot_be_read_is_listed_with_its_source_and_the_next_ones_arrive(
    mail_desk: RunningDesk,
) -> None:
    """Checklist 2."""
    desk = mail_desk
    mailbox = desk.running.channels["mail"]
    assert isinstance(mailbox, Email)
    await write_to(mailbox, b"\r\nno header at all\r\n", "ada@example.test")
    await mail(desk, "Ada", "1", "Where is it?")

    async def buried() -> Any:
        return next((row for row in await desk.sam.items("/buried") if row["loop"] == "inbox"), None)

    row = await eventually(buried)
    assert "not a mail: it has no header" in row["error"]
    assert (await desk.ticket_of("Ada"))["subject"] == "Where is it?"
    source = f"{desk.sam.url}/buried/inbox/{row['id']}/raw"
    async with desk.http.get(source, headers=desk.sam.headers) as answer:
        assert (await answer.read()).endswith(b"no header at all\r\n")
    async with desk.http.get(source, headers=desk.grace.headers) as answer:
        assert answer.status == 403
    await desk.sam.put(f"/buried/inbox/{row['id']}", {"state": "due"}, status=204)
