"""Mail fetched from a real Dovecot: every mail once, whatever other programs do to it meanwhile."""

import asyncio
import threading
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contactcenter.channels.email.arriving.imap import Patience
from contactcenter.channels.email.arriving.imap_connection import CHUNK
from contactcenter.channels.protocol import Accepted
from contactcenter.model.values import RawEvent, StoreUnavailable
from tests.desk import eventually
from tests.mail.fetching import Between, Desk, mail
from tests.mail_servers import PASSWORD, Dovecot
from tests.providers.smtp_relay import ADDRESS

REFUSED = {b"MOVE": b"TAG NO [NOPERM] you may not"}


def place(dovecot: Dovecot, user: str, folder: str = "INBOX") -> str:
    return f"imap://{user}@127.0.0.1:{dovecot.port}/{folder}"


async def test_what_lies_there_is_fetched_and_what_comes_is_fetched(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.put(user, [mail("one", id="1@ada.test"), mail("two", id="2@ada.test")])
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        assert await inbox.stored(2) == ["one", "two"]
        await inbox.all_recorded(2)
        dovecot.deliver(user, mail("three", id="3@ada.test"))
        assert await inbox.stored(3) == ["one", "two", "three"]
        await inbox.all_recorded(3)
    (first, *_) = await inbox.events()
    assert first.envelope["from"] == "ada@example.test"
    assert first.envelope["via"] == "imap"
    assert first.stream == "support:ada@example.test"
    assert int(first.envelope["received"]) > 0


async def test_a_mail_that_was_filed_without_its_envelope_has_no_known_sender(inbox: Desk, dovecot: Dovecot) -> None:
    """What is not known is not claimed: a null sender would mean a bounce."""
    user = dovecot.new()
    dovecot.save(user, mail("filed"))
    dovecot.deliver(user, mail("bounced"), sender="")
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.stored(2)
    filed, bounced = await inbox.events()
    assert "from" not in filed.envelope
    assert filed.stream == "support:ada@example.test"
    assert bounced.envelope["from"] == ""


async def test_a_mail_that_others_have_read_and_flagged_is_fetched(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 3."""
    user = dovecot.new()
    dovecot.put(user, [mail("read", id="1@ada.test"), mail("also read", id="2@ada.test")])
    for flag in ("\\Seen", "\\Flagged", "\\Answered"):
        dovecot.flag(user, flag)
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        assert await inbox.stored(2) == ["read", "also read"]


async def test_a_mail_that_is_moved_into_the_folder_with_an_old_date_is_fetched(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 4."""
    user = dovecot.new()
    dovecot.create(user, "Elsewhere")
    dovecot.save(user, mail("long ago", id="1@ada.test"), folder="Elsewhere", received=datetime(2019, 5, 1, tzinfo=UTC))
    dovecot.deliver(user, mail("just now", id="2@ada.test"))
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.stored(1)
        dovecot.move(user, "Elsewhere")
        assert await inbox.stored(2) == ["just now", "long ago"]


async def test_after_days_of_silence_all_is_fetched_and_the_oldest_first(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 5, as far as fetching goes."""
    user, now = dovecot.new(), datetime.now(UTC)
    for hours in (10, 72, 1, 48, 30):
        dovecot.save(user, mail(f"{hours} hours ago", id=f"{hours}@ada.test"), received=now - timedelta(hours=hours))
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        found = await inbox.stored(5)
    assert found == [f"{hours} hours ago" for hours in (72, 48, 30, 10, 1)]
    assert all(event.envelope["received"] for event in await inbox.events())


async def test_mails_without_an_id_are_told_apart_by_what_is_in_them(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 6: two different ones, and one of them twice, make two; by another way it is still the same mail."""
    user = dovecot.new()
    dovecot.put(user, [mail("one"), mail("two"), mail("one")])
    dovecot.save(user, mail("two"))
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.all_recorded(4)
    assert await inbox.subjects() == ["one", "two"]


async def test_an_id_that_is_used_again_for_something_else_makes_another_message(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 7."""
    user = dovecot.new()
    dovecot.put(user, [mail("invoice", id="1@ada.test", body=f"Number {number}") for number in (1, 2)])
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.all_recorded(2)
    assert [b"Number 1" in event.payload for event in await inbox.events()] == [True, False]


async def test_one_mail_to_two_mailboxes_is_one_in_each_and_twice_to_one_is_one(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 8."""
    support, sales = dovecot.new(), dovecot.new()
    for user in (support, sales, sales):
        dovecot.deliver(user, mail("to both", id="1@ada.test"))
    one = inbox.channel(place(dovecot, support))
    other = inbox.channel(place(dovecot, sales), name="sales")
    async with inbox.fetching(one), inbox.fetching(other):
        await inbox.all_recorded(1)
        await inbox.all_recorded(2, "sales")
    assert sorted(event.channel for event in await inbox.events()) == ["sales", "support"]


async def test_a_folder_that_begins_again_loses_nothing_and_doubles_nothing(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 9."""
    user = dovecot.new()
    dovecot.put(user, [mail(f"{number}", id=f"{number}@ada.test") for number in range(5)])
    dovecot.save(user, mail("without an id"))
    channel = inbox.channel(place(dovecot, user))
    async with inbox.fetching(channel):
        await inbox.all_recorded(6)
    dovecot.deliver(user, mail("while we were away", id="6@ada.test"))
    dovecot.begin_again(user)
    async with inbox.fetching(channel):
        assert len(await inbox.stored(7)) == 7
        await inbox.all_recorded(7)
        dovecot.deliver(user, mail("afterwards", id="7@ada.test"))
        assert (await inbox.stored(8))[6:] == ["while we were away", "afterwards"]
    assert len(await inbox.subjects()) == 8


async def test_the_last_mail_is_not_fetched_again_at_every_look(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 10: `UID n:*` always names the last mail, also one below n."""
    user = dovecot.new()
    dovecot.deliver(user, mail("the last", id="1@ada.test"))
    accepted: list[str] = []
    channel = inbox.channel(place(dovecot, user), imap_poll_seconds=1)
    accept = inbox.accept(channel)

    async def counted(raw: RawEvent) -> Accepted:
        accepted.append(raw.external_id)
        return await accept(raw)

    async with Between(dovecot.port, hide=b" IDLE").listening() as door:
        channel = inbox.channel(f"imap://{user}@{door}", imap_poll_seconds=1)
        async with inbox.fetching(channel, accept=counted):
            first = await inbox.told(lambda row: row.recorded == 1)
            await inbox.told(lambda row: row.succeeded_at > first.succeeded_at + 1_000_000)
    assert len(accepted) == 1


@pytest.mark.parametrize(("after", "flags"), [("", set()), ("seen", {"\\Seen"})])
async def test_a_mail_is_marked_as_read_only_where_that_is_wished(
    inbox: Desk, dovecot: Dovecot, after: str, flags: set[str]
) -> None:
    """Checklist 11."""
    user = dovecot.new()
    dovecot.put(user, [mail("one", id="1@ada.test"), mail("large", id="2@ada.test", body="x" * 400_000)])
    async with inbox.fetching(inbox.channel(place(dovecot, user), imap_after=after)):
        await inbox.all_recorded(2)
    assert dovecot.flags(user) == [flags, flags]


async def test_a_mail_that_could_not_be_stored_is_neither_marked_nor_moved_nor_recorded(
    inbox: Desk, dovecot: Dovecot
) -> None:
    """Checklist 11, 2: it waits at the provider, and is fetched once there is room again."""
    user, full = dovecot.new(), True
    dovecot.create(user, "Done")
    dovecot.put(user, [mail("one", id="1@ada.test"), mail("two", id="2@ada.test")])
    channel = inbox.channel(place(dovecot, user), imap_after="move:Done")
    accept = inbox.accept(channel)

    async def accept_one(raw: RawEvent) -> Accepted:
        if full and b"Subject: two" in raw.payload:
            raise StoreUnavailable("the disk is full")
        return await accept(raw)

    async with inbox.fetching(channel, accept=accept_one):
        row = await inbox.told(lambda row: row.error)
        assert "the disk is full" in row.error
        assert len(dovecot.flags(user)) == 1
        assert len(dovecot.flags(user, "Done")) == 1
        full = False
        await inbox.told(lambda row: not row.error)
    assert await inbox.subjects() == ["one", "two"]
    assert dovecot.flags(user) == []
    assert dovecot.flags(user, "Done") == [set(), set()]


async def test_a_mail_that_was_stored_and_not_moved_any_more_is_moved_by_the_next_who_comes(
    inbox: Desk, dovecot: Dovecot
) -> None:
    """A folder that is not there keeps nothing from being stored: the channel works, and says what it cannot tidy."""
    user, between = dovecot.new(), Between(dovecot.port)
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    between.answers = REFUSED
    async with (
        between.listening() as door,
        inbox.fetching(inbox.channel(f"imap://{user}@{door}", imap_after="move:Nowhere")),
    ):
        row = await inbox.told(lambda row: row.error)
    assert "cannot be moved into the folder Nowhere" in row.error
    assert (row.failing_since, row.recorded) == (None, 1)
    async with inbox.fetching(inbox.channel(place(dovecot, user), imap_after="move:Nowhere")):
        await inbox.told(lambda row: not row.error)
    assert len(dovecot.flags(user, "Nowhere")) == 1
    assert await inbox.subjects() == ["one"]


async def test_a_mail_that_was_stored_and_not_marked_any_more_is_marked_by_the_next_who_comes(
    inbox: Desk, dovecot: Dovecot
) -> None:
    """Checklist 11: whoever dies between the commit and the flag. Nobody looks for mail by the flag."""
    user = dovecot.new()
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    door = Between(dovecot.port)
    door.answers[b"STORE"] = b""  # the line is cut
    async with door.listening() as there:
        dying = inbox.channel(f"imap://{user}@{there}", imap_after="seen", patience=Patience(soonest=60.0, latest=60.0))
        async with inbox.fetching(dying):
            await inbox.stored(1)
            await inbox.told(lambda row: row.error)
    assert dovecot.flags(user) == [set()]
    async with inbox.fetching(inbox.channel(place(dovecot, user), imap_after="seen")):
        await inbox.all_recorded(1)
    assert dovecot.flags(user) == [{"\\Seen"}]
    assert await inbox.subjects() == ["one"]


async def test_a_folder_that_may_only_be_read_is_told_and_its_mail_stored(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    door = Between(dovecot.port)
    door.answers[b"STORE"] = b"TAG NO it may only be read"
    async with door.listening() as there, inbox.fetching(inbox.channel(f"imap://{user}@{there}", imap_after="seen")):
        row = await inbox.told(lambda row: row.error)
        assert "cannot be marked as read" in row.error
        assert (row.failing_since, row.recorded) == (None, 1)


async def test_mail_that_waits_for_its_folder_is_moved_once_there_is_one(inbox: Desk, dovecot: Dovecot) -> None:
    """Not only by the next comparison, which is minutes away; and no mail that comes meanwhile waits."""
    user, between = dovecot.new(), Between(dovecot.port)
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    between.answers = dict(REFUSED)
    async with between.listening() as door:
        channel = inbox.channel(f"imap://{user}@{door}", imap_after="move:Done", imap_poll_seconds=1)
        async with inbox.fetching(channel):
            await inbox.told(lambda row: "cannot be moved" in row.error)
            dovecot.deliver(user, mail("two", id="2@ada.test"))
            assert await inbox.stored(2) == ["one", "two"]
            between.answers.clear()
            row = await inbox.told(lambda row: not row.error)
    assert (row.found, row.recorded) == (0, 0)
    assert len(dovecot.flags(user, "Done")) == 2


async def test_a_folder_that_is_not_there_is_made_and_the_mail_moved_at_once(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    async with inbox.fetching(inbox.channel(place(dovecot, user), imap_after="move:Archive")):
        await inbox.stored(1)
        row = await inbox.told(lambda row: row.succeeded_at)
    assert row.error == ""
    assert len(dovecot.flags(user, "Archive")) == 1


async def test_where_a_mailbox_is_begun_anew_what_lay_there_is_left(inbox: Desk, dovecot: Dovecot) -> None:
    user, empty = dovecot.new(), dovecot.new()
    dovecot.deliver(user, mail("of last year", id="1@ada.test"))
    channel = inbox.channel(place(dovecot, user), imap_begin="new")
    other = inbox.channel(place(dovecot, empty), name="other", imap_begin="new")
    async with inbox.fetching(channel), inbox.fetching(other):
        await inbox.all_recorded(1)
        await inbox.all_recorded(0, "other")
    dovecot.deliver(user, mail("while we were away", id="2@ada.test"))
    dovecot.deliver(empty, mail("the first ever", id="3@ada.test"))
    async with inbox.fetching(channel), inbox.fetching(other):
        assert sorted(await inbox.stored(2)) == ["the first ever", "while we were away"]


async def test_what_came_while_a_desk_was_away_is_not_left_by_a_setting_that_changed(
    inbox: Desk, dovecot: Dovecot
) -> None:
    user = dovecot.new()
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.all_recorded(1)
    dovecot.deliver(user, mail("two", id="2@ada.test"))
    async with inbox.fetching(inbox.channel(place(dovecot, user), imap_begin="new")):
        assert await inbox.stored(2) == ["one", "two"]


async def test_what_was_left_stays_left_when_the_folder_begins_again(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 9, where old mail was left: it is known by its date, and what is newer is fetched or known."""
    user = dovecot.new()
    dovecot.save(user, mail("of last year", id="1@ada.test"), received=datetime(2025, 5, 1, tzinfo=UTC))
    channel = inbox.channel(place(dovecot, user), imap_begin="new")
    async with inbox.fetching(channel):
        await inbox.all_recorded(1)
        dovecot.save(user, mail("ours", id="2@ada.test"), received=datetime.now(UTC) + timedelta(seconds=5))
        await inbox.stored(1)
        await inbox.all_recorded(2)
    dovecot.save(user, mail("while we were away", id="3@ada.test"), received=datetime.now(UTC) + timedelta(seconds=5))
    dovecot.begin_again(user)
    async with inbox.fetching(channel):
        await inbox.stored(2)
        await inbox.all_recorded(3)
    assert await inbox.subjects() == ["ours", "while we were away"]


async def test_a_server_that_cannot_move_copies_and_deletes(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 11."""
    user = dovecot.new()
    dovecot.create(user, "Done")
    dovecot.put(user, [mail("one", id="1@ada.test"), mail("two", id="2@ada.test")])
    between = Between(dovecot.port, hide=b" MOVE").listening()
    async with between as door, inbox.fetching(inbox.channel(f"imap://{user}@{door}", imap_after="move:Done")):
        await inbox.stored(2)
        await inbox.all_recorded(0)
    assert dovecot.flags(user) == []
    assert len(dovecot.flags(user, "Done")) == 2


async def test_a_mail_the_server_will_not_give_is_counted_and_holds_up_no_other(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.put(user, [mail(name, id=f"{name}@ada.test") for name in ("one", "two", "three")])
    between = Between(dovecot.port)
    between.answers = {b"FETCH 2 (BODY": b"TAG NO [SERVERBUG] Internal error", b"FETCH 1,2,3 (BODY": b"TAG NO No"}
    async with between.listening() as door, inbox.fetching(inbox.channel(f"imap://{user}@{door}")):
        row = await inbox.told(lambda row: row.stuck)
        assert (row.found, row.recorded, row.stuck) == (3, 2, 1)
        assert "Internal error" in row.error
        assert await inbox.subjects() == ["one", "three"]
        dovecot.deliver(user, mail("four", id="4@ada.test"))
        assert await inbox.stored(3) == ["one", "three", "four"]
        between.answers.clear()
        between.cut()
        await inbox.all_recorded(4)
    assert await inbox.subjects() == ["one", "three", "four", "two"]


async def test_a_mail_that_breaks_the_connection_each_time_holds_up_no_other(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.put(user, [mail(name, id=f"{name}@ada.test") for name in ("one", "two", "three")])
    between = Between(dovecot.port)
    between.answers = {b"FETCH 2 (BODY": b"", b"FETCH 1,2,3 (BODY": b""}
    async with between.listening() as door, inbox.fetching(inbox.channel(f"imap://{user}@{door}")):
        row = await inbox.told(lambda row: row.stuck)
        assert (row.found, row.recorded, row.stuck) == (3, 2, 1)
        assert "the connection breaks" in row.error
        before = between.sessions
        dovecot.deliver(user, mail("four", id="4@ada.test"))
        assert await inbox.stored(3) == ["one", "three", "four"]
        assert between.sessions == before
        between.answers.clear()
        between.cut()
        await inbox.all_recorded(4)


async def test_a_mail_that_is_deleted_while_it_is_fetched_is_missed_by_nobody(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.put(user, [mail("one", id="1@ada.test"), mail("two", id="2@ada.test")])
    between = Between(dovecot.port)
    between.answers = {b"FETCH 1,2 (BODY": b"TAG OK Done"}  # nothing of them
    between.answers |= {b"SEARCH UID 1,2": b"* SEARCH 2\r\nTAG OK Done"}
    async with between.listening() as door, inbox.fetching(inbox.channel(f"imap://{user}@{door}")):
        row = await inbox.told(lambda row: row.stuck)
        assert (row.found, row.recorded, row.stuck) == (1, 0, 1)


async def test_a_large_mail_is_stored_byte_for_byte_and_never_held_as_a_whole(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 29, fetching side. 60 MB."""
    user = dovecot.new()
    line = "all work and no play " * 3 + "\r\n"
    content = mail("large", id="1@ada.test", body=line * (60_000_000 // len(line)))
    await asyncio.to_thread(dovecot.deliver, user, content)
    size = len(content)
    taken: list[RawEvent] = []

    async def take(raw: RawEvent) -> Accepted:
        taken.append(raw)
        return Accepted(1, new=True)

    tracemalloc.start()
    try:
        async with inbox.fetching(inbox.channel(place(dovecot, user)), accept=take):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            await inbox.all_recorded(1)
            peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    print(f"peak {peak / CHUNK:.1f} chunks")
    assert peak < 6 * CHUNK
    (raw,) = taken
    stored = b"".join([piece async for piece in inbox.files.open(raw.file)])
    assert stored.endswith(content[-1000:])
    assert stored.partition(b"\r\n\r\n")[2] == content.partition(b"\r\n\r\n")[2]
    assert len(stored) > size
    assert raw.payload == b""
    assert raw.envelope["from"] == "ada@example.test"


async def test_a_large_mail_is_the_same_mail_by_whatever_way_it_comes(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    for identified in ("1@ada.test", ""):
        dovecot.save(user, mail("large", id=identified, body="Hello\r\n" * 100_000))
        dovecot.deliver(user, mail("large", id=identified, body="Hello\r\n" * 100_000))
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        await inbox.all_recorded(4)
    assert len(await inbox.events()) == 2


async def test_a_channel_that_is_stopped_leaves_no_thread_whatever_it_waits_for(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    before = threading.active_count()
    silent = Between(dovecot.port)
    silent.silent = True

    async def ended() -> bool:
        return not [thread for thread in threading.enumerate() if thread.name.startswith("imap-")]

    async with silent.listening() as door:
        idle = inbox.channel(place(dovecot, user))
        greeted_never = inbox.channel(f"imap://{user}@{door}", name="silent")
        async with inbox.fetching(idle), inbox.fetching(greeted_never):
            await inbox.all_recorded(0)
            await eventually(_connected(silent))
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 1.0
        await eventually(ended)
    assert threading.active_count() <= before + 12  # the loop's own, which stay


def _connected(between: Between) -> Any:
    async def so() -> bool:
        return between.sessions > 0

    return so


async def test_a_certificate_is_checked_and_an_authority_of_our_own_believed(
    inbox: Desk, dovecot: Dovecot, tmp_path: Path
) -> None:
    """Checklist 68."""
    user = dovecot.new()
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    url = f"imaps://{user}@127.0.0.1:{dovecot.tls_port}"
    async with inbox.fetching(inbox.channel(url)):
        row = await inbox.told(lambda row: row.error)
    assert "the certificate of 127.0.0.1 is not trusted" in row.error
    assert "imap_ca" in row.error
    assert await inbox.subjects() == []
    async with inbox.fetching(inbox.channel(url, imap_ca=dovecot.authority.read_text())):
        assert await inbox.stored(1) == ["one"]
        await inbox.all_recorded(1)
        dovecot.deliver(user, mail("two", id="2@ada.test"))
        assert await inbox.stored(2, within=3.0) == ["one", "two"]


async def test_starttls_is_spoken_where_the_server_is_elsewhere(inbox: Desk, dovecot: Dovecot) -> None:
    """Checklist 68."""
    user = dovecot.new()
    dovecot.deliver(user, mail("one", id="1@ada.test"))
    channel = inbox.channel(place(dovecot, user))
    fetching: Any = channel.mailbox
    fetching.account = replace(fetching.account, tls="starttls")
    async with inbox.fetching(channel):
        row = await inbox.told(lambda row: row.error)
    assert "is not trusted" in row.error
    fetching.account = replace(fetching.account, authority=dovecot.authority.read_text())
    async with inbox.fetching(channel):
        assert await inbox.stored(1) == ["one"]
        await inbox.all_recorded(1)


async def test_a_password_of_any_letters_lets_us_in(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    await asyncio.to_thread(dovecot.set_password, user, "пароль%ß")
    async with inbox.fetching(inbox.channel(place(dovecot, user), imap_password="пароль%ß")):
        await inbox.all_recorded(0)


async def test_neither_the_password_nor_a_mail_is_in_the_log(
    inbox: Desk, dovecot: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    """Checklist 67."""
    caplog.set_level("DEBUG")
    user = dovecot.new()
    dovecot.deliver(user, mail("quite private", id="1@ada.test", body="Nobody is to know."))
    wrong = "wr0ng-and-long"
    with_password = f"imap://{user}:{wrong}@127.0.0.1:{dovecot.port}"
    async with inbox.fetching(
        inbox.channel(place(dovecot, user)), inbox.channel(with_password, "wrong", imap_password="")
    ):
        await inbox.stored(1)
        row = await inbox.told(lambda row: row.error, "wrong")
    assert "check imap_password" in row.error
    assert "refuses the login" in row.error
    told = caplog.text + row.error + repr(inbox.channel(with_password, imap_password="").mailbox)
    for secret in (PASSWORD, wrong, "quite private", "Nobody is to know", "ada@example.test", ADDRESS):
        assert secret not in told
