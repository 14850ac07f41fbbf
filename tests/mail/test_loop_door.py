"""A whole desk with a door of its own (SMTP): what it answers, it has stored, whatever happens then."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import aiohttp
import aiosmtplib

from contactcenter.settings import load
from tests.desk import eventually, running_desk, write_settings
from tests.mail.fetching import Between, mail
from tests.providers.smtp_relay import ADDRESS
from tests.servers import free_port
from tests.stories.test_nothing_is_lost_or_doubled import Server

CHANNEL = """
[channels.support]
kind = "email"
assistant = false
address = "{address}"
smtp_listen = "{place}"
sessions_limit = 100
"""
SESSIONS = 100


class Sender:
    """A mail server that speaks to the door, word by word."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, host: str, port: int) -> "Sender":
        return cls(*await asyncio.open_connection(host, port))

    async def say(self, line: str) -> str:
        self.writer.write(line.encode() + b"\r\n")
        return await self.hear()

    async def hear(self) -> str:
        async with asyncio.timeout(20):
            while (line := (await self.reader.readline()).decode())[3:4] == "-":
                pass
            return line.strip()

    async def halfway(self, sender: str = "ada@example.test") -> None:
        """The next it says is the mail."""
        assert (await self.hear()).startswith("220")
        for command in ("EHLO sender.test", f"MAIL FROM:<{sender}>", f"RCPT TO:<{ADDRESS}>"):
            assert (await self.say(command)).startswith("250")
        assert (await self.say("DATA")).startswith("354")

    def close(self) -> None:
        self.writer.transport.abort()


async def test_a_hundred_at_once_are_all_taken_and_one_more_is_sent_away(tmp_path: Path, empty_store: Path) -> None:
    """Checklist 16: a hundred sessions, all in the middle of a mail; each of the mails is a ticket."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    file = write_settings(tmp_path, more=CHANNEL.format(address=ADDRESS, place="127.0.0.1:0"))
    async with running_desk(load(file, {})) as desk:
        host, port = await desk.running.channels["support"].listening()  # type: ignore[attr-defined]
        senders = await asyncio.gather(*(Sender.at(host, port) for _ in range(SESSIONS)))
        await asyncio.gather(*(one.halfway(f"ada{number}@example.test") for number, one in enumerate(senders)))
        beyond = await Sender.at(host, port)
        assert (await beyond.hear()).startswith("421")
        said = [mail(f"mail {number}", sender=f"ada{number}@example.test").decode() for number in range(SESSIONS)]
        answers = await asyncio.gather(*(one.say(f"{said[n]}.") for n, one in enumerate(senders)))
        assert set(answers) == {"250 2.0.0 Stored"}
        for one in (*senders, beyond):
            one.close()

        async def all_there() -> Counter[str] | None:
            tickets = await desk.sam.items("/tickets?limit=200")
            found = Counter(ticket["subject"] for ticket in tickets)
            return found if found.total() >= SESSIONS else None

        assert await eventually(all_there) == Counter({f"mail {number}": 1 for number in range(SESSIONS)})


async def test_a_sender_that_heard_no_answer_because_we_died_doubles_nothing(tmp_path: Path, empty_store: Path) -> None:
    """Checklist 15: the process is killed when the mail is committed and its 250 has not arrived."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    port, entrance = free_port(), free_port()
    place = f"127.0.0.1:{entrance}"
    file = write_settings(tmp_path, port=port, more=CHANNEL.format(address=ADDRESS, place=place))
    server, door = Server(file, f"http://127.0.0.1:{port}"), Between(entrance)
    letter = mail("once", id="once@ada.test")

    def count(table: str) -> int:
        with closing(sqlite3.connect(tmp_path / "desk.db")) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608

    async def committed() -> bool:
        return await asyncio.to_thread(count, "inbox") == 1

    async def open_again() -> bool:
        try:
            (await Sender.at("127.0.0.1", entrance)).close()
        except OSError:
            return False
        return True

    async with aiohttp.ClientSession() as http, server.running(http), door.listening() as way:
        await eventually(open_again)
        sender = await Sender.at(way.partition(":")[0], int(way.partition(":")[2]))
        await sender.halfway()
        door.silent = True
        sender.writer.write(letter + b".\r\n")
        await eventually(committed)
        await server.kill()
        door.cut()
        (heard,) = await asyncio.gather(sender.reader.read(), return_exceptions=True)
        assert heard == b"" or isinstance(heard, OSError)
        sender.close()
        await server.start(http)
        await eventually(open_again)
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=entrance, start_tls=False) as again:
            _, answer = await again.sendmail("ada@example.test", [ADDRESS], letter)
        assert answer == "2.0.0 Stored"

        async def taken_in() -> bool:
            return await asyncio.to_thread(count, "message") >= 1

        await eventually(taken_in)
        assert await asyncio.to_thread(count, "inbox") == 1
    assert (count("inbox"), count("message"), count("ticket")) == (1, 1, 1)
