"""A whole desk whose mail goes through real servers: Postfix brings it, Dovecot keeps it, and Remote is everybody else.

What a customer writes goes Postfix -> Dovecot -> IMAP -> desk, and an answer desk -> Postfix -> Remote. Everybody in a
test has an address that nobody used before, so tests share a desk and do not meet.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiosmtplib
from sqlalchemy import select

from contactcenter.flow import health
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Inbox, Outbox, Question
from contactcenter.model.tickets import Message
from contactcenter.settings import Settings, load
from tests.desk import RunningDesk, SetClock, eventually, running_desk, write_settings
from tests.mail_servers import DOMAIN, PASSWORD, Dovecot, Postfix, Remote

CHANNEL = """
[channels.{name}]
kind = "email"
address = "{user}@{domain}"
name = "Example {name}"
imap_url = "imap://{user}@127.0.0.1:{port}"
imap_password = "{password}"
imap_poll_seconds = 1
smtp_relay = "{relay}"
{more}
"""
PEOPLE = "assistant = false\nundo_seconds = 0\n"
PLUS = PEOPLE + "plus_addresses = true\n"
TOLD = 'acknowledge = "We have it: ticket {ticket}."\n'
QUESTION = "When will my parcel arrive?"

_queue = ("maildrop", "incoming", "active", "deferred")
_numbers = count(1)
_rows = (table(Inbox), table(Question))
_unfinished = [select(rows.c.id).where(rows.c.state.in_(["due", "taken"])) for rows in _rows]
_leaving = select(table(Outbox).c.id)
_messages = select(table(Message).c.id)


@dataclass
class Post:
    """The servers between a desk and the world."""

    dovecot: Dovecot
    postfix: Postfix
    remote: Remote

    def person(self, name: str, domain: str = "remote.test", local: str = "") -> Writer:
        """Somebody with a mail program, under an address of their own."""
        number = next(_numbers)
        return Writer(self, f"{name} {number}", f"{local or name.lower()}+{number}@{domain}")

    async def bring(self, mail: bytes, sender: str, to: str) -> None:
        """To Postfix; returns when it has taken it."""
        place = {"hostname": "127.0.0.1", "port": self.postfix.port, "start_tls": False}
        async with aiosmtplib.SMTP(**place, local_hostname="sender.test") as smtp:  # type: ignore[arg-type]
            options = () if sender.isascii() else ("SMTPUTF8", "BODY=8BITMIME")
            await smtp.sendmail(sender, [to], mail, mail_options=options)

    def in_hand(self) -> bool:
        """Is there a mail that Postfix has not delivered yet?"""
        folders = [self.postfix.folder / "queue" / name for name in _queue]
        return any(path.is_file() for folder in folders for path in folder.rglob("*"))


@dataclass
class Writer:
    """A customer, or anybody else, and the mails they got."""

    post: Post
    name: str
    address: str
    read: int = 0  # of what reached them, looked at
    _ids: Any = field(default_factory=lambda: count(1))

    async def write(self, to: str, subject: str, text: str = "Where is it?", **fields: str) -> EmailMessage:
        """A mail of theirs, which Postfix has. Fields as named arguments, `_` for `-`; blank ones are left out."""
        mail = EmailMessage(policy.SMTP.clone(utf8=not self.address.isascii()))
        stated = {"From": f"{self.name} <{self.address}>", "To": to, "Subject": subject}
        stated["Message-ID"] = f"<{next(self._ids)}.{self.address.encode().hex()[:24]}@{self.address.split('@')[1]}>"
        stated |= {name.replace("_", "-"): value for name, value in fields.items()}
        references = stated.pop("References", "").split()
        for name, value in stated.items():
            if value:
                mail[name] = value
        mail.set_content(text)
        await self.send(mail, to, references=references)
        return mail

    async def send(
        self, mail: EmailMessage, to: str, sender: str | None = None, references: Sequence[str] = ()
    ) -> None:
        """References are folded here: the library would encode long ones, and no thread is found by those."""
        head = "References: " + "\r\n ".join(references) + "\r\n" if references else ""
        await self.post.bring(head.encode() + mail.as_bytes(), self.address if sender is None else sender, to)

    async def reply(self, mail: EmailMessage, text: str, **fields: str) -> EmailMessage:
        """As a mail program answers; `fields` replace what it would say."""
        known = f"{mail.get('References', '')} {mail['Message-ID']}".strip()
        usual = {"In_Reply_To": str(mail["Message-ID"]), "References": known}
        to = fields.pop("to", "") or str(mail.get("Reply-To", mail["From"])).rpartition("<")[2].rstrip(">")
        subject = fields.pop("subject", f"Re: {mail['Subject'].removeprefix('Re: ')}")
        return await self.write(to, subject, text, **{**usual, **fields})

    def got(self) -> list[tuple[str, EmailMessage]]:
        """What reached them: the envelope's sender, and the mail."""
        return [
            (sender, parsed(content)) for sender, recipients, content in self.post.remote.taken
            if self.address in recipients
        ]  # fmt: skip

    async def hears(self) -> EmailMessage:
        """The next mail that reaches them."""
        self.read += 1
        return (await self.heard(self.read))[-1]

    async def heard(self, number: int) -> list[EmailMessage]:
        """All that reached them, once these are so many."""

        async def enough() -> bool:
            return len(self.got()) >= number

        await eventually(enough)
        return [mail for _, mail in self.got()]


@dataclass
class Office:
    """A running desk with mailboxes."""

    post: Post
    desk: RunningDesk
    users: dict[str, str]  # channel -> user of Dovecot

    def address(self, channel: str = "mail") -> str:
        return f"{self.users[channel]}@{DOMAIN}"

    async def ticket_of(self, writer: Writer) -> Any:
        """Their newest ticket, once there is one."""
        return await self.desk.ticket_of(writer.name)

    async def tickets_of(self, writer: Writer) -> list[Any]:
        found = await self.desk.sam.items("/tickets?status=new,open,answered,snoozed,solved,closed")
        return [ticket for ticket in found if ticket["customer"]["name"] == writer.name]

    async def another(self, writer: Writer, known: Any) -> Any:
        """A ticket of theirs besides the known one, once there is one."""

        async def there() -> Any:
            return next((ticket for ticket in await self.tickets_of(writer) if ticket["id"] != known["id"]), None)

        return await eventually(there)

    async def messages(self, ticket: Any, number: int = 1) -> list[Any]:
        """What was said in it, once that are so many."""

        async def enough() -> list[Any] | None:
            found = await self.desk.sam.items(f"/tickets/{ticket['id']}/messages?limit=200")
            return found if len(found) >= number else None

        return await eventually(enough)

    async def told(self, ticket: Any, text: str) -> Any:
        """The message that says so, once it is in that ticket and no other."""

        async def there() -> Any:
            found = await self.desk.sam.items(f"/tickets/{ticket['id']}/messages?limit=200")
            return next((message for message in found if text in message["text"]), None)

        return await eventually(there)

    async def answer(self, ticket: Any, text: str = "It is on its way.", **more: Any) -> Any:
        """Grace answers; the message."""
        return await self.desk.grace.post(f"/tickets/{ticket['id']}/messages", {"text": text, **more})

    async def begun(self, writer: Writer, channel: str = "mail", subject: str = "My order") -> tuple[Any, EmailMessage]:
        """They write and Grace answers: the ticket, and the answer as it reached them."""
        await writer.write(self.address(channel), subject)
        ticket = await self.ticket_of(writer)
        await self.answer(ticket)
        return ticket, await writer.hears()

    async def delivery(self, message: Any, state: str, reason: str = "") -> Any:
        """The message, once its delivery is so."""

        async def so() -> Any:
            found = await self.desk.sam.items(f"/tickets/{message['ticket']}/messages?limit=200")
            now = next(one for one in found if one["id"] == message["id"])
            return now if now["delivery"] == state and reason in (now["delivery_reason"] or "") else None

        return await eventually(so)

    async def ticket(self, known: Any) -> Any:
        return await self.desk.sam.get(f"/tickets/{known['id']}")

    async def becomes(self, known: Any, status: str) -> Any:
        """The ticket, once it is of that status."""

        async def so() -> Any:
            now = await self.ticket(known)
            return now if now["status"] == status else None

        return await eventually(so)

    async def history(self, ticket: Any, kind: str) -> list[Any]:
        """The payloads of a ticket's events of a kind."""
        found = await self.desk.sam.items(f"/tickets/{ticket['id']}/history")
        return [event["payload"] for event in found if event["kind"] == kind]

    async def at_rest(self) -> bool:
        """Is there no mail of ours on its way, anywhere? Looked at in the order of the way, so that none is missed."""
        before = await self._count()
        if before is None or self.post.in_hand() or not await self._all_fetched():
            return False
        return before == await self._count()

    async def _count(self) -> int | None:
        """Messages there are; None while something is being worked on."""

        def counted(tx: Any) -> int | None:
            busy = any(tx.all(statement) for statement in (_leaving, *_unfinished))
            return None if busy else len(tx.all(_messages))

        return await self.desk.running.store.read(counted)

    async def _all_fetched(self) -> bool:
        told = await self.desk.running.store.read(health.shown)
        for channel, user in self.users.items():
            there = await asyncio.to_thread(waiting, self.post.dovecot, user)
            row = told.get(channel)
            if row is None or not row.found == row.recorded == there:
                return False
        return True


async def settled(*offices: Office) -> None:
    """Once nothing is on its way any more, between any of them."""

    async def all_rest() -> bool:
        return all([await office.at_rest() for office in offices])

    await eventually(all_rest, within=60)


def waiting(dovecot: Dovecot, user: str) -> int:
    """Mails in a mailbox."""
    told = dovecot.doveadm("mailbox", "status", "-u", user, "messages", "INBOX")
    return int(told.split("messages=")[1])


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


@asynccontextmanager
async def office(
    folder: Path,
    empty_store: Path,
    post: Post,
    channels: dict[str, str],
    *,
    clock: SetClock | None = None,
    relays: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Office]:
    """A new desk with these mailboxes, each with lines for its table; what has no relay of its own sends by Postfix."""
    users = {name: post.dovecot.new() for name in channels}
    async with running_desk(await configured(folder, empty_store, post, users, channels, relays), clock) as desk:
        yield Office(post, desk, users)


async def configured(
    folder: Path,
    empty_store: Path,
    post: Post,
    users: Mapping[str, str],
    channels: Mapping[str, str],
    relays: Mapping[str, str] = MappingProxyType({}),
    store: str = "sqlite:///desk.db",
    bus: str = "",
) -> Settings:
    """Of a desk on a new store; `store` and `bus` may be elsewhere."""
    await asyncio.to_thread(shutil.copyfile, empty_store, folder / "desk.db")
    common = {"domain": DOMAIN, "port": post.dovecot.port, "password": PASSWORD}
    relay = post.postfix.place
    tables = [
        CHANNEL.format(name=name, user=users[name], relay=relays.get(name, relay), more=more, **common)
        for name, more in channels.items()
    ]
    return load(write_settings(folder, more="".join(tables), store=store, bus=bus), {})
