"""Mail in and out over real sockets: what is answered when, and what is known when the line is cut."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakSet

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP

from contactcenter.channels.email import Email
from contactcenter.channels.email.arriving.listen import Door, Session, context_of, open_door
from contactcenter.channels.email.leaving.deliver import Relay
from contactcenter.channels.email.leaving.sign import Signature
from contactcenter.channels.email.syntax.addresses import OwnAddress, without_addresses
from contactcenter.channels.email.syntax.ids import event_id
from contactcenter.channels.protocol import Accept, Accepted
from contactcenter.model.values import (
    Attached,
    Outbound,
    RawEvent,
    Receipt,
    RetryLater,
    StoreUnavailable,
    Undeliverable,
    Unknown,
    Unusable,
)
from contactcenter.settings import SettingsError
from contactcenter.storage.files import FolderFiles
from tests.providers.smtp_relay import ADDRESS, SmtpRelay, certificate, mailbox, write_to

MAIL = b"From: Ada <ada@example.test>\r\nMessage-ID: <1@example.test>\r\nSubject: hi\r\n\r\nWhere is my order?\r\n"


class Intake:
    """Keeps what comes in, or has a database that is away."""

    def __init__(self) -> None:
        self.events: list[RawEvent] = []
        self.failure: Exception | None = None

    async def accept(self, raw: RawEvent) -> Accepted:
        if self.failure is not None:
            raise self.failure
        self.events.append(raw)
        return Accepted(len(self.events), new=True)


@asynccontextmanager
async def running(channel: Email, accept: Accept) -> AsyncIterator[Email]:
    task = asyncio.create_task(channel.run(accept))
    try:
        await channel.listening()
        yield channel
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Talk:
    """A conversation with the door, word for word."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *lines: bytes) -> str:
        """Send it; the last line of the answer."""
        self.writer.write(b"".join(line + b"\r\n" for line in lines))
        return await self.hear()

    async def hear(self) -> str:
        async with asyncio.timeout(5):
            while (line := (await self.reader.readline()).decode())[3:4] == "-":
                pass
            return line.strip()


@asynccontextmanager
async def talking(channel: Email) -> AsyncIterator[Talk]:
    reader, writer = await asyncio.open_connection(*await channel.listening())
    yield Talk(reader, writer)
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@asynccontextmanager
async def ready_for_data(channel: Email) -> AsyncIterator[Talk]:
    async with talking(channel) as talk:
        assert (await talk.hear()).startswith("220 example.test")
        await talk.say(b"EHLO sender.test")
        await talk.say(b"MAIL FROM:<ada@example.test>")
        await talk.say(b"RCPT TO:<" + ADDRESS.encode() + b">")
        assert (await talk.say(b"DATA")).startswith("354")
        yield talk


def answer(**changes: Any) -> Outbound:
    values: dict[str, Any] = {
        "message_id": 7,
        "conversation": "1@example.test",
        "address": "ada@example.test",
        "author": "agent",
        "author_name": "Grace",
        "text": "It is on its way.\n.\n..",
        "seq": 2,
        "created_at": 1_700_000_000_000_000,
        "external_id": "2.abc@example.test",
    }
    return Outbound(**{**values, **changes})


async def test_a_mail_is_stored_as_it_came_and_then_acknowledged() -> None:
    intake = Intake()
    async with running(mailbox(), intake.accept) as channel:
        assert await write_to(channel, MAIL) == "2.0.0 Stored"
    (event,) = intake.events
    assert (event.channel, event.stream, event.payload) == ("support", "support:ada@example.test", MAIL)
    assert event.envelope == {"from": "ada@example.test", "to": ADDRESS, "peer": "127.0.0.1"}
    assert event.external_id == event_id(MAIL)
    assert "example.test" not in event.external_id  # it stays when somebody is forgotten


async def test_a_large_mail_goes_to_the_file_store_as_it_comes(tmp_path: Path) -> None:
    """Checklist 29: a hundred senders of large mails do not fill the memory."""
    intake = Intake()
    large = MAIL + b"".join(b"%07d of many lines, all alike\r\n" % number for number in range(100_000))
    async with running(mailbox(tmp_path), intake.accept) as channel:
        await write_to(channel, large)
        await write_to(channel, MAIL)
    stored, small = intake.events
    assert (stored.payload, small.payload, small.file) == (b"", MAIL, "")
    assert (tmp_path / stored.file[:2] / stored.file).read_bytes() == large
    assert stored.external_id == event_id(large)


async def test_no_commit_no_acknowledgement() -> None:
    """Checklist 15."""
    intake = Intake()
    async with running(mailbox(), intake.accept) as channel:
        for failure in (StoreUnavailable("away"), RuntimeError("a fault of ours")):
            intake.failure = failure
            with pytest.raises(aiosmtplib.SMTPDataError) as refused:
                await write_to(channel, MAIL)
            assert refused.value.code == 451
            assert refused.value.message.startswith("4.3.0")
        intake.failure = None
        await write_to(channel, MAIL)
    assert len(intake.events) == 1


async def test_nothing_is_acknowledged_while_the_commit_is_awaited() -> None:
    """Checklist 15."""
    committed, asked = asyncio.Event(), asyncio.Event()

    async def accept(raw: RawEvent) -> Accepted:
        asked.set()
        await committed.wait()
        return Accepted(1, new=True)

    async with running(mailbox(), accept) as channel, ready_for_data(channel) as talk:
        talk.writer.write(MAIL + b".\r\n")
        heard = asyncio.create_task(talk.hear())
        await asked.wait()
        assert not heard.done()
        committed.set()
        assert (await heard).startswith("250")


async def test_the_null_sender_is_kept_as_such() -> None:
    intake = Intake()
    async with running(mailbox(), intake.accept) as channel, talking(channel) as talk:
        await talk.hear()
        await talk.say(b"EHLO sender.test")
        assert (await talk.say(b"MAIL FROM:<>")).startswith("250")
        await talk.say(b"RCPT TO:<support@example.test>")
        await talk.say(b"DATA")
        await talk.say(MAIL + b".")
    assert (intake.events[0].envelope["from"], intake.events[0].stream) == ("", "support:")


@pytest.mark.parametrize("to", ["support@example.test", "SUPPORT@Example.TEST", "support+t42@example.test"])
async def test_our_address_and_its_tags_are_taken(to: str) -> None:
    intake = Intake()
    async with running(mailbox(), intake.accept) as channel:
        await write_to(channel, MAIL, to=to)
    assert intake.events[0].envelope["to"] == to


@pytest.mark.parametrize(
    "to", ["sales@example.test", "support@example.org", "supporter@example.test", "+x@example.test", "support"]
)
async def test_no_other_address_is_taken(to: str) -> None:
    """Checklist 16."""
    async with running(mailbox(), Intake().accept) as channel:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await write_to(channel, MAIL, to=to)
        assert refused.value.recipients[0].code in (550, 553)


async def test_a_mail_over_the_limit_is_refused_when_announced_and_when_sent() -> None:
    """Checklist 16: at MAIL SIZE= as well."""
    async with running(mailbox(size_limit=65536), Intake().accept) as channel:
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as announced:
            await write_to(channel, MAIL + b"x" * 70 * 1024)
        assert announced.value.code == 552
        async with ready_for_data(channel) as talk:
            assert (await talk.say(MAIL + b"xxx\r\n" * 20_000 + b".")).startswith("552")


async def test_a_mail_with_very_long_lines_is_taken() -> None:
    intake = Intake()
    mail = MAIL + b"x" * 200_000 + b"\r\n"
    async with running(mailbox(), intake.accept) as channel:
        await write_to(channel, mail)
    assert intake.events[0].payload == mail


@pytest.mark.parametrize("size", [3, 1_000, 700_000], ids=["small", "some", "large"])
async def test_a_mail_comes_in_line_by_line_as_it_was_sent(size: int, tmp_path: Path) -> None:
    """Dots at the beginning of lines, and at their ends; what follows the end of the data is the next command."""
    lines = [b".", b"..", b".x.", b"", b"Good.", b"x" * 70, b".\r", b"y" * 70] * (size // 250) or [b"."]
    lines[len(lines) // 2 : len(lines) // 2] = [b"z" * 70] * (size // 72)  # nothing that looks like the end
    lines += [b".", b"The end."]
    intake = Intake()
    async with running(mailbox(tmp_path), intake.accept) as channel, ready_for_data(channel) as talk:
        doubled = [b"." + line if line.startswith(b".") else line for line in lines]
        sent = MAIL + b"".join(line + b"\r\n" for line in doubled)
        assert (await talk.say(sent + b".")).startswith("250")
        await talk.say(b"MAIL FROM:<ada@example.test>")
        await talk.say(b"RCPT TO:<" + ADDRESS.encode() + b">")
        await talk.say(b"DATA")
        assert (await talk.say(b".", b"NOOP")).startswith("250 2.0.0")
        assert (await talk.hear()).startswith("250")
    stored, empty = intake.events
    payload = (tmp_path / stored.file[:2] / stored.file).read_bytes() if stored.file else stored.payload
    assert payload == MAIL + b"".join(line + b"\r\n" for line in lines)
    assert empty.payload == b""


async def test_a_line_beyond_all_measure_is_refused_and_the_session_goes_on() -> None:
    intake = Intake()
    for beyond in (b"x" * 300_000, b"x" * 300_000 + b".", b"x" * 2_000_000 + b"\r\n" + b"y" * 80):
        async with running(mailbox(), intake.accept) as channel, ready_for_data(channel) as talk:
            assert await talk.say(MAIL + beyond + b"\r\n.") == "500 5.5.2 Line too long"
            assert (await talk.say(b"NOOP")).startswith("250")
    assert not intake.events


async def test_addresses_are_understood_as_the_protocol_has_them() -> None:
    """The short way for usual addresses leads to where the long one does."""
    door = Door("support", OwnAddress(ADDRESS), Intake().accept, FolderFiles(Path()), 1, 1, 1)
    session = Session(door, WeakSet(), asyncio.get_running_loop())
    for address in (
        "<>",
        "<a@b.test>",
        "<a.b+c=d_e-f@b-c.test>",
        "<a..b@c>",
        "<.a@b>",
        "<a.@b>",
        "<a@b.>",
        "<a@b",
        "a@b",
    ):
        for rest in ("", " ", " BODY=8BITMIME SIZE=3", "  SIZE=3", "SIZE=3", " (who) SIZE=3", " é"):
            found, params = session._getaddr(address + rest)
            assert (found, params and params.split()) == _long_way(session, address + rest)
    for address in ('<"a b"@c.test>', "<a@[192.0.2.1]>", "<@x:a@b>", "<=?utf-8?q?x?=@b.test>", "<é@b.test>"):
        assert session._getaddr(address) == SMTP._getaddr(session, address)


def _long_way(session: Session, arg: str) -> tuple[str | None, Any]:
    found, params = SMTP._getaddr(session, arg)
    return found, params and params.split()


async def test_too_many_recipients_are_refused_and_the_others_are_not() -> None:
    """Checklist 16."""
    intake = Intake()
    async with running(mailbox(recipients_limit=2), intake.accept) as channel, talking(channel) as talk:
        await talk.hear()
        await talk.say(b"EHLO sender.test")
        await talk.say(b"MAIL FROM:<ada@example.test>")
        answers = [await talk.say(b"RCPT TO:<support+%d@example.test>" % number) for number in range(3)]
        assert [reply[:3] for reply in answers] == ["250", "250", "452"]
        await talk.say(b"DATA")
        assert (await talk.say(MAIL + b".")).startswith("250")
    assert intake.events[0].envelope["to"] == "support+0@example.test,support+1@example.test"


async def test_too_many_sessions_are_sent_away_and_a_place_that_is_left_is_given_again() -> None:
    """Checklist 16."""
    async with running(mailbox(sessions_limit=1), Intake().accept) as channel:
        async with talking(channel) as first:
            assert (await first.hear()).startswith("220")
            async with talking(channel) as second:
                assert (await second.hear()).startswith("421")
            assert (await first.say(b"QUIT")).startswith("221")
            assert await first.reader.read() == b""
        async with talking(channel) as third:
            assert (await third.hear()).startswith("220")


@pytest.mark.parametrize(
    "fake",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r\n\0.\r\n"],
    ids=["LF.LF", "LF.CRLF", "CRLF.LF", "CR.CR", "CRLF.CR", "CR.CRLF", "LF.CR", "CRLF NUL.CRLF"],
)
async def test_nothing_but_the_true_end_of_data_ends_a_mail(fake: bytes) -> None:
    """Checklist 17: and what is kept has no bare line feed, which would be one for the next server."""
    intake = Intake()
    second = (
        b"MAIL FROM:<boss@example.test>\r\nRCPT TO:<support@example.test>\r\nDATA\r\nFrom: boss@example.test\r\n\r\npay"
    )
    async with running(mailbox(), intake.accept) as channel, ready_for_data(channel) as talk:
        assert (await talk.say(MAIL + b"one" + fake + second, b".")).startswith("250")
        assert (await talk.say(b"QUIT")).startswith("221")
    (event,) = intake.events
    assert b"pay" in event.payload
    assert event.payload.count(b"\n") == event.payload.count(b"\r\n")


@pytest.mark.parametrize("halfway", [False, True])
async def test_who_says_nothing_for_too_long_is_sent_away(halfway: bool, tmp_path: Path) -> None:
    """Checklist 16: before the first word, and in the middle of a mail, of which nothing is kept."""
    intake = Intake()
    door = Door(
        "support", OwnAddress(ADDRESS), intake.accept, FolderFiles(tmp_path), 1_000_000, 10, 1, idle_seconds=0.2
    )
    opened = await open_door(door, "127.0.0.1", 0)
    for _ in range(2):  # its place is given to the next
        reader, writer = await asyncio.open_connection(*opened.place)
        talk = Talk(reader, writer)
        assert (await talk.hear()).startswith("220")
        if halfway:
            for command in (b"EHLO sender.test", b"MAIL FROM:<ada@example.test>", b"RCPT TO:<support@example.test>"):
                assert (await talk.say(command)).startswith("250")
            assert (await talk.say(b"DATA", b"Subject: half a")).startswith("354")
        async with asyncio.timeout(5):
            assert b"250" not in await reader.read()
        writer.close()
    await opened.close()
    assert intake.events == []


async def test_the_door_offers_no_login_and_takes_no_password() -> None:
    """Checklist 16: it stands behind a mail server of ours; what it does not offer it does not take either."""
    async with running(mailbox(), Intake().accept) as channel:
        host, port = await channel.listening()
        async with aiosmtplib.SMTP(hostname=host, port=port, start_tls=False) as smtp:
            await smtp.ehlo()
            assert smtp.supports_extension("size")
            assert not smtp.supports_extension("auth")
            assert not smtp.supports_extension("starttls")
            assert (await smtp.execute_command(b"AUTH", b"PLAIN", b"AHVzZXIAc2VjcmV0")).code >= 500


async def test_closing_the_door_ends_sessions_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    stuck = asyncio.Event()

    async def accept(raw: RawEvent) -> Accepted:
        stuck.set()
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    channel = mailbox()
    task = asyncio.create_task(channel.run(accept))
    async with talking(channel) as idle, ready_for_data(channel) as waiting, ready_for_data(channel) as halfway:
        await idle.hear()
        waiting.writer.write(MAIL + b".\r\n")
        halfway.writer.write(b"From: ada")
        await stuck.wait()
        task.cancel()
        async with asyncio.timeout(1):
            await asyncio.gather(task, return_exceptions=True)
        assert (await idle.hear()).startswith("421")
        assert not (await waiting.hear()).startswith("250")
    assert asyncio.all_tasks() - before == set()


async def test_a_channel_without_a_door_waits_to_be_cancelled() -> None:
    task = asyncio.create_task(mailbox(smtp_listen="").run(Intake().accept))
    _, pending = await asyncio.wait([task], timeout=0.01)
    assert pending
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_the_same_mail_sent_twice_has_the_same_id() -> None:
    intake = Intake()
    async with running(mailbox(), intake.accept) as channel:
        for _ in range(2):
            await write_to(channel, MAIL)
        await write_to(channel, MAIL + b"more\r\n")
    first, again, other = (event.external_id for event in intake.events)
    assert first == again != other


async def test_an_answer_goes_out_once_with_the_id_it_was_given() -> None:
    async with SmtpRelay() as relay:
        receipt = await mailbox(smtp_relay=relay.place).send(answer())
    assert receipt == Receipt("2.abc@example.test")
    (taken,) = relay.taken
    assert (taken.sender, taken.recipients) == (ADDRESS, ("ada@example.test",))
    assert b"Message-ID: <2.abc@example.test>\r\n" in taken.content
    assert b"\r\n\r\nIt is on its way.\r\n.\r\n..\r\n\r\n--=" in taken.content
    assert relay.sessions == 1


async def test_an_answer_without_an_id_is_given_one_of_ours() -> None:
    async with SmtpRelay() as relay:
        channel = mailbox(smtp_relay=relay.place)
        receipt = await channel.send(answer(external_id=""))
    assert channel.own.ids.is_ours(receipt.external_id)
    assert channel.own.ids.conversation_of(receipt.external_id) == 0  # it is of none that we know
    assert f"<{receipt.external_id}>".encode() in relay.taken[0].content


def test_a_relays_words_in_an_old_charset_can_be_stored() -> None:
    told = without_addresses(b"550 Empf\xe4nger\0 unbekannt".decode("utf-8", "surrogateescape"))
    assert told.encode() == b"550 Empfnger unbekannt"


async def test_a_file_that_is_gone_or_larger_than_was_said_fails_before_anything_leaves(tmp_path: Path) -> None:
    """It is for the agent to attach it again; nothing is unknown about it."""
    async with SmtpRelay() as relay:
        channel = mailbox(smtp_relay=relay.place, files_limit=10)
        channel.files = FolderFiles(tmp_path)
        gone = Attached("plan.pdf", "application/pdf", 1, f"file:{'0' * 64}")
        with pytest.raises(Undeliverable, match=r"plan\.pdf is no longer kept"):
            await channel.send(answer(files=(gone,)))
        large = Attached("plan.pdf", "application/pdf", 1, f"file:{await channel.files.put(b'x' * 11)}")
        with pytest.raises(Undeliverable, match="larger than 10 bytes"):
            await channel.send(answer(files=(large,)))
    assert relay.sessions == 0


def test_what_we_log_in_and_sign_with_is_in_no_text_of_these_values() -> None:
    relay = Relay("mail.test", 25, "none", "helo", "b@example.test", "ada", "s3cret")
    assert "s3cret" not in repr([relay, Signature(b"example.test", b"desk", b"s3cret")])


@pytest.mark.parametrize("place", ["at_recipient", "at_content"])
async def test_a_refusal_for_now_is_for_later_and_a_refusal_for_good_for_never(place: str) -> None:
    async with SmtpRelay() as relay:
        channel = mailbox(smtp_relay=relay.place)
        setattr(relay, place, "451 4.7.1 <ada@example.test>: greylisted")
        with pytest.raises(RetryLater, match=r"451 4\.7\.1 \(address\): greylisted"):
            await channel.send(answer())
        setattr(relay, place, "550 5.1.1 ada@example.test unknown")
        with pytest.raises(Undeliverable, match=r"550 5\.1\.1 \(address\) unknown"):
            await channel.send(answer())
    assert relay.sessions == 2


@pytest.mark.parametrize("fate", ["cut", "hang"])
async def test_a_line_cut_before_the_content_is_for_later(fate: str) -> None:
    async with SmtpRelay(at_recipient=fate) as relay:
        channel = mailbox(smtp_relay=relay.place)
        assert channel.relay is not None
        channel.relay = replace(channel.relay, hand_over_seconds=0.2)
        with pytest.raises(RetryLater):
            await channel.send(answer())
    assert relay.sessions == 1


@pytest.mark.parametrize("fate", ["cut", "hang"])
async def test_a_line_cut_after_the_content_is_unknown_and_nothing_is_repeated(fate: str) -> None:
    async with SmtpRelay(at_content=fate) as relay:
        with pytest.raises(Unknown):
            await mailbox(smtp_relay=relay.place).send(answer())
    assert relay.sessions == 1


@asynccontextmanager
async def scripted(*replies: bytes) -> AsyncIterator[str]:
    """A relay that says these lines, each after hearing one, and cuts the line after the last was answered."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply + b"\r\n")
            await reader.readline()
        writer.transport.abort()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


GREETED = (b"220 relay", b"250 relay", b"250 sender", b"250 recipient")


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ((b"554 go away",), RetryLater),  # refused to us, not to the mail
        ((b"220 relay", b"250 relay", b"452 full"), RetryLater),
        ((b"220 relay", b"250 relay", b"550 not you"), Undeliverable),
        (GREETED, RetryLater),  # cut where the answer to DATA should be
        ((*GREETED, b"451 later"), RetryLater),
        ((*GREETED, b"554 no"), Undeliverable),
        ((*GREETED, b"354 go"), Unknown),  # cut once the content was on its way
        ((*GREETED, b"354 go", b"200 what"), Unknown),
        ((*GREETED, b"354 go", b"554 virus"), Undeliverable),
    ],
)
async def test_what_is_known_depends_on_who_has_the_content(replies: tuple[bytes, ...], outcome: type) -> None:
    async with scripted(*replies) as place:
        with pytest.raises(outcome):
            await mailbox(smtp_relay=place).send(answer())


async def test_a_relay_that_is_away_is_for_later() -> None:
    async with SmtpRelay() as relay:
        place = relay.place
    with pytest.raises(RetryLater, match="cannot be used"):
        await mailbox(smtp_relay=place).send(answer())


async def test_what_is_wrong_with_the_way_to_the_relay_is_said_with_its_place_and_setting(tmp_path: Path) -> None:
    async with SmtpRelay() as relay:
        place = relay.place
        with pytest.raises(Unusable, match=rf"{place} does not offer what smtp_tls .* STARTTLS"):
            await mailbox(smtp_relay=place, smtp_tls="starttls").probe()
        with pytest.raises(Unusable, match=rf"{place} speaks no TLS .*: WRONG_VERSION_NUMBER; check smtp_tls"):
            await mailbox(smtp_relay=place, smtp_tls="tls").probe()
    with pytest.raises(Unusable, match=rf"nothing takes mail at {place} \(connection refused\); check smtp_relay"):
        await mailbox(smtp_relay=place).probe()
    with pytest.raises(Unusable, match=r"there is no host relay\.invalid, .* check smtp_relay"):
        await mailbox(smtp_relay="relay.invalid:25", smtp_tls="none").probe()
    async with scripted(b"220 relay", b"250-relay\r\n250 AUTH PLAIN", b"535 5.7.8 wrong") as place:
        with pytest.raises(Unusable, match=r"refuses the login: 535 5\.7\.8 wrong; check smtp_user and smtp_password"):
            await mailbox(smtp_relay=place, smtp_user="us", smtp_password="secret").probe()
    async with scripted(b"554 go away") as place:
        with pytest.raises(Unusable, match=rf"{place} turns us away: 554 go away; check smtp_relay"):
            await mailbox(smtp_relay=place).probe()


@pytest.mark.parametrize("answer_to_mail", [b"530 5.7.0 authentication required", b"421 going down"])
async def test_a_relay_that_wants_nothing_of_us_is_no_fault_of_the_mail(answer_to_mail: bytes) -> None:
    async with scripted(b"220 relay", b"250 relay", answer_to_mail) as place:
        with pytest.raises(Unusable):
            await mailbox(smtp_relay=place).send(answer())


async def test_a_relay_that_refuses_one_recipient_for_now_can_be_used() -> None:
    async with SmtpRelay(at_recipient="451 4.7.1 greylisted") as relay:
        with pytest.raises(RetryLater) as told:
            await mailbox(smtp_relay=relay.place).send(answer())
    assert not isinstance(told.value, Unusable)


async def test_a_relay_without_encryption_is_not_used_where_it_is_asked_for() -> None:
    async with SmtpRelay() as relay:
        with pytest.raises(RetryLater, match="STARTTLS"):
            await mailbox(smtp_relay=relay.place, smtp_tls="starttls").send(answer())
    assert relay.taken == []


@pytest.mark.parametrize("how", ["starttls", "tls"])
async def test_a_relay_is_used_when_its_certificate_is_believed_and_only_then(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, public = certificate(tmp_path)
    async with SmtpRelay(**{how: context}) as relay:  # type: ignore[arg-type]
        channel = mailbox(smtp_relay=relay.place, smtp_tls=how)
        with pytest.raises(RetryLater, match="certificate"):
            await channel.send(answer())
        assert relay.taken == []
        await mailbox(smtp_relay=relay.place, smtp_tls=how, smtp_ca=public.read_text()).send(answer())
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        await channel.send(answer())
    assert len(relay.taken) == 2


async def test_a_login_that_fails_is_no_reason_to_give_the_mail_up() -> None:
    async with SmtpRelay() as relay:
        with pytest.raises(RetryLater, match="AUTH"):
            await mailbox(smtp_relay=relay.place, smtp_user="us", smtp_password="secret").send(answer())


async def test_an_address_of_other_letters_goes_where_it_can_and_is_explained_where_not() -> None:
    async with SmtpRelay() as relay:
        await mailbox(smtp_relay=relay.place).send(answer(address="gödel@example.test"))
        assert relay.taken[0].recipients == ("gödel@example.test",)
        relay.utf8 = False
        with pytest.raises(Undeliverable, match="SMTPUTF8"):
            await mailbox(smtp_relay=relay.place).send(answer(address="gödel@example.test"))


async def test_without_a_relay_nothing_is_sent_and_the_reason_is_told() -> None:
    with pytest.raises(Undeliverable, match="smtp_relay"):
        await mailbox().send(answer())


# --- TLS at our door --------------------------------------------------------------------------------------------------


def behind_tls(folder: Path, **settings: Any) -> tuple[Email, ssl.SSLContext]:
    """A mailbox whose door has a certificate, and who believes it."""
    _, public = certificate(folder)
    pair = {"listen_certificate": public.read_text(), "listen_key": (folder / "key.pem").read_text()}
    return mailbox(folder, **pair, **settings), ssl.create_default_context(cafile=str(public))


async def test_mail_comes_in_encrypted_where_the_door_has_a_certificate(tmp_path: Path) -> None:
    """Checklist 16."""
    intake = Intake()
    channel, trusting = behind_tls(tmp_path)
    async with running(channel, intake.accept):
        host, port = await channel.listening()
        sender = aiosmtplib.SMTP(hostname=host, port=port, start_tls=True, tls_context=trusting)
        async with sender:
            assert sender.get_transport_info("cipher")
            await sender.sendmail("ada@example.test", [ADDRESS], MAIL)
        await write_to(channel, MAIL.replace(b"<1@", b"<2@"))
    assert len(intake.events) == 2


async def test_where_tls_is_required_nothing_is_said_without_it(tmp_path: Path) -> None:
    """Checklist 16: nobody can log in, with TLS or without."""
    intake = Intake()
    channel, _ = behind_tls(tmp_path, listen_tls="required")
    async with running(channel, intake.accept), talking(channel) as talk:
        await talk.hear()
        await talk.say(b"EHLO sender.test")
        assert (await talk.say(b"MAIL FROM:<ada@example.test>")).startswith("530")
        assert (await talk.say(b"AUTH PLAIN AGFkYQBzZWNyZXQ=")).startswith("5")
    assert intake.events == []


async def test_what_is_said_before_tls_begins_is_not_heard_after_it(tmp_path: Path) -> None:
    """Checklist 17 (CVE-2024-34083)."""
    intake = Intake()
    channel, trusting = behind_tls(tmp_path)
    async with running(channel, intake.accept), talking(channel) as talk:
        await talk.hear()
        await talk.say(b"EHLO sender.test")
        injected = b"STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@example.test>"
        assert (await talk.say(injected)).startswith("220")
        trusting.check_hostname = False
        await talk.writer.start_tls(trusting)
        assert (await talk.say(b"RCPT TO:<" + ADDRESS.encode() + b">")).startswith("503")


def test_a_certificate_and_a_key_that_do_not_belong_together_are_told(tmp_path: Path) -> None:
    _, public = certificate(tmp_path)
    with pytest.raises(SettingsError, match="do not belong together"):
        context_of(public.read_text(), "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----")
    with pytest.raises(ValueError, match="needs listen_certificate"):
        mailbox(listen_tls="required")
