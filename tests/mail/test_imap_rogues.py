"""Servers that are broken or mean harm: they say anything, and for ever. Bounded, told, and no other mailbox waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import pytest

from contactcenter.channels.email.arriving import imap_connection
from contactcenter.channels.email.arriving.imap_connection import MAILS_LIMIT, WORDS_LIMIT
from tests.mail.fetching import QUICK, Desk, mail

MEBIBYTE = 1024 * 1024
AHEAD = 16 * MEBIBYTE  # bytes that buffers between us may hold, generously


@dataclass
class Rogue:
    """An IMAP server with some mails that says to chosen commands what a test wants: once, or for ever."""

    mails: dict[int, bytes] = field(default_factory=dict)
    says: dict[bytes, bytes] = field(default_factory=dict)  # to a command with this word: this, before the OK
    forever: dict[bytes, bytes] = field(default_factory=dict)  # this, again and again, and never an OK
    pause: float = 0.0  # seconds between two pieces of what is said for ever
    poured: int = 0  # bytes
    cuts: int = 0  # how often somebody stopped listening

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The URL of its mailbox."""
        server = await asyncio.start_server(self._session, "127.0.0.1", 0)
        try:
            yield f"imap://ada@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1] here\r\n")
        try:
            while line := await reader.readline():
                tag, command = line.split(maxsplit=1)
                for word, piece in self.forever.items():
                    if word in command:
                        await self._pour(writer, piece)
                said = next((said for word, said in self.says.items() if word in command), None)
                writer.write(self._answer(command) if said is None else said)
                writer.write(tag + b" OK done\r\n")
        except OSError:
            self.cuts += 1
        finally:
            writer.transport.abort()

    async def _pour(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        block = piece if self.pause else piece * (65_536 // len(piece) + 1)
        while True:
            writer.write(block)
            await writer.drain()
            self.poured += len(block)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pause):
                    await asyncio.Event().wait()

    def _answer(self, command: bytes) -> bytes:
        if b"CAPABILITY" in command:
            return b"* CAPABILITY IMAP4rev1\r\n"
        if b"EXAMINE" in command or b"SELECT" in command:
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n" % len(self.mails)
        if b"SEARCH" in command:
            return b"* SEARCH %b\r\n" % b" ".join(b"%d" % uid for uid in self.mails)
        if b"FETCH" not in command:
            return b""
        asked = {int(uid) for uid in command.split()[2].split(b",")}
        given = [(number, uid) for number, uid in enumerate(self.mails, 1) if uid in asked]
        return b"".join(self._fetched(number, uid, b"BODY" in command) for number, uid in given)

    def _fetched(self, number: int, uid: int, whole: bool) -> bytes:
        content = self.mails[uid]
        if not whole:
            return b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, uid, len(content))
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, uid, len(content), content)


HELLO = mail("hello", id="1@ada.test")
ENDLESS = {
    "lines": (b"EXAMINE", b"* 1 EXISTS\r\n", "has no end"),
    "lines of other kinds": (b"EXAMINE", b"* OK [ALERT] look\r\n", "has no end"),
    "large lines": (b"SEARCH", b"* SEARCH " + b"1 " * 400_000 + b"\r\n", "has no end"),
    "a line": (b"EXAMINE", b"* OK and then ", "line without an end"),
    "a number": (b"SEARCH", b"1234567890", "line without an end"),
    "literals": (b"BODY", b"* 1 FETCH (UID 1 BODY[] {9000000}\r\n" + b"x" * 9_000_000 + b")\r\n", "bytes at once"),
    "nothing but dots": (b"LOGIN", b"* OK .\r\n", "has no end"),
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_who_never_stops_is_not_listened_to_for_ever(inbox: Desk, kind: str) -> None:
    word, piece, told = ENDLESS[kind]
    rogue, honest = Rogue({1: HELLO}, forever={word: piece}), Rogue({1: HELLO})
    limit = imap_connection.LITERAL_LIMIT if kind == "literals" else WORDS_LIMIT
    async with rogue.listening() as there, honest.listening() as elsewhere:
        patience = replace(QUICK, soonest=60.0, latest=60.0)
        channels = inbox.channel(there, patience=patience), inbox.channel(elsewhere, "sales")
        async with inbox.fetching(*channels):
            row = await inbox.told(lambda row: row.error)
            assert told in row.error
            assert row.failing_since is not None
            await inbox.all_recorded(1, "sales")
            assert rogue.poured < limit + AHEAD


async def test_who_drips_is_cut_off(inbox: Desk) -> None:
    """The socket never times out: there is always a byte."""
    rogue = Rogue({1: HELLO}, forever={b"SEARCH": b"1"}, pause=0.02)
    async with rogue.listening() as there:
        channel = inbox.channel(there, patience=replace(QUICK, answer=0.5))
        async with inbox.fetching(channel):
            row = await inbox.told(lambda row: row.error)
            assert "no end of an answer within" in row.error


ANSWERS: dict[str, tuple[bytes, bytes, str]] = {
    "a validity of words": (b"EXAMINE", b"* 1 EXISTS\r\n* OK [UIDVALIDITY soon] valid\r\n", "no numbers"),
    "a large validity": (b"EXAMINE", b"* 1 EXISTS\r\n* OK [UIDVALIDITY %d] valid\r\n" % 2**70, "cannot be"),
    "endless mails": (b"EXAMINE", b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n" % 10**18, f"{MAILS_LIMIT} at most"),
    "words for numbers": (b"SEARCH", b"* SEARCH one two\r\n", "no numbers of mails"),
    "digits without end": (b"SEARCH", b"* SEARCH " + b"9" * 5_000 + b"\r\n", "no numbers of mails"),
    "brackets in brackets": (b"SEARCH", b"* SEARCH 1 " + b"(" * 5_000 + b"\r\n", "no numbers of mails"),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_who_answers_what_cannot_be_is_told_so(inbox: Desk, kind: str) -> None:
    word, answer, told = ANSWERS[kind]
    async with Rogue({1: HELLO}, says={word: answer}).listening() as there, inbox.fetching(inbox.channel(there)):
        row = await inbox.told(lambda row: row.error)
        assert told in row.error


async def test_numbers_that_cannot_be_are_told_and_the_other_mails_fetched(inbox: Desk) -> None:
    listed = b"* SEARCH 0 5 %d %d\r\n" % (2**63, 2**70)
    async with (
        Rogue({5: HELLO}, says={b"SEARCH 1:": listed}).listening() as there,
        inbox.fetching(inbox.channel(there)),
    ):
        assert await inbox.stored(1) == ["hello"]
        row = await inbox.told(lambda row: row.error)
        assert "3 mails have numbers (UIDs) that cannot be" in row.error
        assert (row.failing_since, row.recorded) == (None, 1)


SIZES: dict[str, bytes] = {
    "negative": b"* 1 FETCH (UID 1 RFC822.SIZE -1)\r\n* 2 FETCH (UID 2 RFC822.SIZE -99)\r\n",
    "brackets": b"* 1 FETCH (UID 1 RFC822.SIZE (1 2))\r\n",
    "open brackets": b"* 1 FETCH " + b"(" * 5_000 + b"\r\n",
    "of nobody": b"* 1 FETCH (UID x RFC822.SIZE 5)\r\n",
    "dates": b'* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE "99-Foo-0000 99:99:99 +9999")\r\n',
    "none": b"",
}


@pytest.mark.parametrize("kind", SIZES)
async def test_junk_about_the_size_keeps_no_mail_from_being_fetched(inbox: Desk, kind: str) -> None:
    mails = {1: HELLO, 2: mail("and more", id="2@ada.test")}
    async with (
        Rogue(mails, says={b"RFC822.SIZE": SIZES[kind]}).listening() as there,
        inbox.fetching(inbox.channel(there)),
    ):
        assert sorted(await inbox.stored(2)) == ["and more", "hello"]


LARGE = b"10737418240"
ANNOUNCED = b"* 1 FETCH (UID 1 BODY[] {%b}\r\n" % LARGE


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (
            {b"SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE %b)\r\n* 2 FETCH (UID 2 RFC822.SIZE 9)\r\n" % LARGE},
            "larger than 512 MB",
        ),
        ({b"FETCH 1,2 (BODY": ANNOUNCED, b"FETCH 1 (BODY": ANNOUNCED}, "whenever it is fetched"),
    ],
)
async def test_a_mail_of_gigabytes_is_left_and_told_and_holds_up_no_other(
    inbox: Desk, says: dict[bytes, bytes], told: str
) -> None:
    rogue = Rogue({1: HELLO, 2: mail("and more", id="2@ada.test")}, says=says)
    async with rogue.listening() as there, inbox.fetching(inbox.channel(there)):
        assert await inbox.stored(1) == ["and more"]
        row = await inbox.told(lambda row: told in row.error)
        assert (row.recorded, row.stuck) == (1, 1)
