"""A desk that runs, a person in every corner of it, and after `contactcenter erase` a search of every byte it keeps."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from sqlalchemy import select

from contactcenter.cli import main
from contactcenter.crm import history
from contactcenter.flow import intake
from contactcenter.flow.queries import idempotency, inbox
from contactcenter.model.columns import bind, table
from contactcenter.model.history import Event
from contactcenter.model.values import RawEvent, Unparseable
from contactcenter.ports import Tx
from contactcenter.settings import load
from tests.desk import RunningDesk, eventually, running_desk, write_settings
from tests.providers.smtp_relay import ADDRESS, SmtpRelay
from tests.servers import free_port

ADA = "ada.l@example.test"
WORDS = ("ada.l@example.test", "ada.l=example.test", "lovelace", "my diary")
MAIL = """
[channels.mail]
kind = "email"
queue = "support"
assistant = false
address = "{address}"
smtp_listen = "127.0.0.1:{port}"
smtp_relay = "{relay}"
undo_seconds = 0
"""
LARGE = "x" * 76 + "\r\n"
CHAIN = select(table(Event)).where(table(Event).c.customer_id == bind("whom")).order_by(table(Event).c.position)
EVENTS = select(inbox).order_by(inbox.c.id)


@dataclass
class Place:
    """A desk with a mailbox, and the world around it."""

    desk: RunningDesk
    relay: SmtpRelay
    port: int

    async def write(self, mail: str, sender: str) -> None:
        content = mail.replace("\n", "\r\n").encode()
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False) as smtp:
            await smtp.sendmail(sender, [ADDRESS], content)

    async def events(self) -> list[Any]:
        return await self.desk.running.store.read(lambda tx: tx.all(EVENTS))

    async def taken_in(self, count: int) -> None:
        async def so() -> bool:
            return [row.state for row in await self.events()].count("done") == count

        await eventually(so)

    async def sent(self) -> bool:
        return bool(self.relay.taken)

    def kept(self) -> bytes:
        """Every byte of the database, its log and the files."""
        files = sorted(path for path in self.desk.settings.folder.rglob("*") if path.is_file())
        return b"\0".join(file.read_bytes() for file in files if "articles" not in file.parts).lower()


@pytest.fixture
async def place(tmp_path: Path, empty_store: Path) -> AsyncIterator[Place]:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with SmtpRelay() as relay:
        port = free_port()
        settings = write_settings(tmp_path, more=MAIL.format(address=ADDRESS, port=port, relay=relay.place))
        async with running_desk(load(settings, {})) as desk:
            yield Place(desk, relay, port)


def every_row(tx: Tx) -> list[Any]:
    return [tx.all(select(rows)) for rows in idempotency.metadata.tables.values()]


def mail(sender: str, subject: str, text: str, *fields: str) -> str:
    head = [f"From: {sender}", f"To: {ADDRESS}", f"Subject: {subject}", "Date: Sat, 21 Nov 2026 12:00:00 +0000"]
    return "\n".join([*head, *fields, "", text, ""])


def bounce(returned: bytes, filler: str = "") -> str:
    """What a mail system returns: the whole mail, with the address."""
    named = message_from_bytes(returned)["Message-ID"]
    return f"""From: MAILER-DAEMON@mx.test
To: {ADDRESS}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

I could not deliver it to <{ADA}>. {filler}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; {ADA}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{ADA}> is no user here
--b
Content-Type: message/rfc822

Message-ID: {named}
From: {ADDRESS}
To: Ada Lovelace <{ADA}>
Subject: Re: my diary

> This is my diary
--b--
"""


async def settle_in(place: Place) -> Any:
    """Ada is wherever a person can be; her ticket."""
    desk = place.desk
    ada = f"Ada Lovelace <{ADA}>"
    await place.write(mail(ada, "my diary", "This is my diary", f"Message-ID: <1.{ADA}>"), ADA)
    ticket = await desk.ticket_of("Ada Lovelace")
    await place.write(mail("cleo@example.test", "Cleo stays", "Cleo is here to stay"), "cleo@example.test")
    await place.write(mail(ada, "Re: my diary", f"my diary: {LARGE * 4_000}", f"In-Reply-To: <1.{ADA}>"), ADA)
    await place.taken_in(3)
    number = ticket["id"]
    async with desk.http.post(
        f"{desk.url}/api/v1/files?name=my%20diary", data=b"my diary", headers=desk.grace.headers
    ) as said:
        file = await said.json()
    reply = {"text": "Thank you for my diary, Lovelace", "files": [file]}
    await desk.grace.post(f"/tickets/{number}/messages", reply, key="1")
    await desk.grace.post(f"/tickets/{number}/notes", {"text": "Have you read my diary?"}, key="2")
    await eventually(place.sent)
    sent = place.relay.taken[-1].content
    await place.write(bounce(sent), "")
    await place.write(bounce(sent, LARGE * 4_000), "")
    await place.taken_in(5)
    raw = RawEvent("mail", "broken", f"mail:{ADA}", mail(ada, "my diary", "broken").encode(), {"from": ADA})
    await desk.running.store.write(intake.keep, raw, Unparseable(f"my diary by {ADA} is not to be read"))
    return ticket


async def test_after_an_erase_no_byte_tells_of_the_person(place: Place) -> None:
    """Checklist 69."""
    desk = place.desk
    ticket = await settle_in(place)
    before = place.kept()
    assert [word for word in WORDS if word.encode() not in before] == ["ada.l=example.test"]
    config = str(desk.settings.folder / "contactcenter.toml")
    erase = ["erase", str(ticket["customer"]["id"]), "--yes", "--config", config]
    assert await asyncio.to_thread(main, erase) == 0
    rows = repr(await desk.running.store.read(every_row))
    assert [word for word in WORDS if word in rows.casefold() or word.encode().hex() in rows] == []
    left = place.kept()
    assert [word for word in WORDS if word.encode() in left] == []
    assert b"cleo is here to stay" in left
    chain = await desk.running.store.read(lambda tx: tx.all(CHAIN, whom=ticket["customer"]["id"]))
    assert len(chain) > 5
    assert history.verify(chain) is None


async def test_what_was_answered_about_them_is_not_told_again_and_not_done_again(place: Place) -> None:
    desk = place.desk
    ticket = await settle_in(place)
    config = str(desk.settings.folder / "contactcenter.toml")
    await asyncio.to_thread(main, ["erase", str(ticket["customer"]["id"]), "--yes", "--config", config])
    again = {"text": "Have you read my diary?"}
    problem = await desk.grace.post(f"/tickets/{ticket['id']}/notes", again, status=409, key="2")
    assert "erased" in problem["detail"]
    assert len(await desk.grace.items(f"/tickets/{ticket['id']}/notes")) == 1
