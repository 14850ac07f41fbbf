"""A whole desk behind real mail servers, seen by those who keep it running: nothing is lost unseen, all can be read."""

import asyncio
import signal
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter import app
from contactcenter.app import SystemClock
from contactcenter.cli import main
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Inbox
from tests.desk import SetClock, eventually, running_desk
from tests.mail.fetching import mail
from tests.mail.loop import PEOPLE, Office, Post, Writer, configured, office

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060f8cf0000030101009a"
    "60e1d50000000049454e44ae426082"
)
MARKUP = """\
<html><head><script>alert(1)</script><style>b{position:fixed}</style></head><body onload="alert(2)">
<p>See <b onclick="alert(3)">this</b>: <img src="cid:picture@ada.test"><img src="http://pixel.evil.test/open.gif"></p>
<form action="http://evil.test"><input name="password"></form><a href="javascript:alert(4)">click</a>
</body></html>
"""
HARMFUL = ("alert(", "<script", "<form", "<input", "javascript:", "onclick", "onload", "position")


async def test_mail_that_cannot_be_taken_in_is_buried_and_holds_up_nothing_and_can_be_done_again(
    post: Post, empty_store: Path, tmp_path: Path
) -> None:
    """Checklist 2, 11: one mail's file is gone for a while, one is no mail at all; those behind them come in."""
    clock, users = SetClock(SystemClock().now()), {"mail": post.dovecot.new()}
    settings = await configured(tmp_path, empty_store, post, users, {"mail": PEOPLE})
    ada, bob = post.person("Ada"), post.person("Bob")
    large = mail("My film", id=f"film@{ada.name[4:]}.test", body="film\r\n" * 60_000).replace(b"Ada", ada.name.encode())
    await asyncio.to_thread(post.dovecot.deliver, users["mail"], large)
    await asyncio.to_thread(post.dovecot.save, users["mail"], b"this is no mail, it has no header\r\n\r\nat all\r\n")
    async with app.running(settings, ("web", "channels"), clock) as part:

        async def stored() -> bool:
            return len(await part.store.read(lambda tx: tx.all(select(table(Inbox))))) == 2

        await eventually(stored)
    (file,) = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    file.rename(tmp_path / "away")
    async with running_desk(settings, clock) as running:
        desk = Office(post, running, users)
        await bob.write(desk.address(), "Behind them")
        await desk.ticket_of(bob)

        async def given_up() -> list[Any] | None:
            clock.forward(100)
            running.hint("inbox")
            rows = await running.sam.items("/buried")
            return rows if len(rows) == 2 else None

        buried = {row["attempts"]: row for row in await eventually(given_up)}
        assert (buried[1]["loop"], buried[1]["error"]) == ("inbox", "Unparseable: not a mail: it has no header")
        assert buried[5]["error"].startswith("NotFound: there is no file")
        (told,) = [one for one in await running.sam.items("/channels") if one["name"] == "mail"]
        assert (told["found"], told["recorded"], told["backlog"], told["buried"]) == (3, 3, 0, 2)
        (tmp_path / "away").rename(file)
        for row in buried.values():
            await running.sam.put(f"/buried/inbox/{row['id']}", {"state": "due"}, 204)
        ticket = await desk.ticket_of(ada)
        assert (await desk.messages(ticket))[0]["text"].startswith("film\nfilm\n")

        async def once_more() -> bool:
            return [row["id"] for row in await running.sam.items("/buried")] == [buried[1]["id"]]

        await eventually(once_more)
    assert await asyncio.to_thread(post.dovecot.flags, users["mail"]) == [set(), set(), set()]


async def test_a_channel_is_told_of_with_counts_that_agree_with_the_mailbox(
    post: Post, empty_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checklist 65: by the API and on the command line; also one that fails, and since when and what to do."""
    ada = post.person("Ada")
    async with office(tmp_path, empty_store, post, {"mail": PEOPLE, "locked": PEOPLE}) as desk:
        await asyncio.to_thread(post.dovecot.set_password, desk.users["locked"], "another")
        await asyncio.to_thread(post.dovecot.signal_sessions, desk.users["locked"], signal.SIGKILL)
        await ada.write(desk.address(), "One")
        await ada.write(desk.address(), "Two")

        async def agrees() -> Any:
            told = {one["name"]: one for one in await desk.desk.sam.items("/channels")}
            one, other = told["mail"], told["locked"]
            agree = one["found"] == one["recorded"] == 2 and not one["backlog"]
            return told if agree and other["state"] == "failing" and "login" in other["receiving"]["error"] else None

        told = await eventually(agrees)
        assert (told["mail"]["state"], told["mail"]["receiving"]["error"], told["mail"]["buried"]) == (
            "working",
            None,
            0,
        )
        assert (told["mail"]["stuck"], bool(told["mail"]["receiving"]["succeeded_at"])) == (0, True)
        assert told["locked"]["receiving"]["error"].startswith("127.0.0.1 refuses the login")
        assert "check imap_password" in told["locked"]["receiving"]["error"]
        assert told["locked"]["receiving"]["failing_since"]
        file = str(tmp_path / "contactcenter.toml")
        assert await asyncio.to_thread(main, ["channels", "--config", file]) == 1
        listed = capsys.readouterr().out
    assert "locked (email): failing" in listed
    assert "check imap_password" in listed
    assert "mail (email): working" in listed
    assert "2 found, 2 stored, 0 cannot be had" in listed
    assert "0 waiting to be taken in, 0 buried" in listed


async def picture_mail(shared: Office, ada: Writer) -> Any:
    """A mail with HTML that is up to no good, and a picture that belongs into it; the message."""
    letter = EmailMessage(SMTP)
    letter["From"], letter["To"], letter["Subject"] = f"{ada.name} <{ada.address}>", shared.address(), "A picture"
    letter["Message-ID"] = f"<picture.{ada.address}>"
    letter.set_content("See this:")
    letter.add_alternative(MARKUP, subtype="html")
    letter.get_payload()[1].add_related(PICTURE, "image", "png", cid="<picture@ada.test>")  # type: ignore[union-attr, index]
    await ada.send(letter, shared.address())
    ticket = await shared.ticket_of(ada)
    return (await shared.messages(ticket))[0]


async def fetched(shared: Office, path: str, status: int = 200) -> tuple[Any, bytes]:
    """Headers and body of what Grace's browser gets."""
    grace = shared.desk.grace
    async with shared.desk.http.get(f"{shared.desk.url}{path}", headers=grace.headers) as answer:
        assert answer.status == status
        return answer.headers, await answer.read()


async def test_a_mail_is_shown_as_it_was_meant_and_does_no_harm(shared: Office) -> None:
    """Checklist 22, 27: the picture that came along loads, one from elsewhere does not until it is asked for."""
    message = await picture_mail(shared, shared.post.person("Ada"))
    path = f"/api/v1/messages/{message['id']}/html"
    headers, body = await fetched(shared, path)
    page, policy = body.decode(), headers["Content-Security-Policy"]
    assert [word for word in HARMFUL if word in page.partition("<body")[2]] == []
    assert 'data-blocked="1"' in page
    assert "pixel.evil.test" not in page.replace("data-", "")
    assert ("default-src 'none'" in policy, "sandbox" in policy, "script" in policy) == (True, True, False)
    assert "http:" not in policy
    place = page.partition('src="')[2].partition('"')[0]
    picture_headers, picture = await fetched(shared, place)
    assert (picture_headers["Content-Type"], picture) == ("image/png", PICTURE)
    headers, body = await fetched(shared, f"{path}?remote=1")
    assert b'src="http://pixel.evil.test/open.gif"' in body
    assert b'data-blocked="0"' in body
    assert "img-src 'self' http: https:" in headers["Content-Security-Policy"]
    assert [word for word in HARMFUL if word in body.decode().partition("<body")[2]] == []


async def test_a_mail_without_html_says_so(shared: Office) -> None:
    ada = shared.post.person("Ada")
    await ada.write(shared.address(), "Plain", "Only words")
    (message,) = await shared.messages(await shared.ticket_of(ada))
    _, body = await fetched(shared, f"/api/v1/messages/{message['id']}/html", 404)
    assert f"message {message['id']} has no HTML".encode() in body


async def test_nobody_reads_a_mail_without_signing_in(shared: Office) -> None:
    ada = shared.post.person("Ada")
    await ada.write(shared.address(), "Private")
    (message,) = await shared.messages(await shared.ticket_of(ada))
    for what in ("html", "raw"):
        async with shared.desk.http.get(f"{shared.desk.url}/api/v1/messages/{message['id']}/{what}") as answer:
            assert answer.status == 401


@pytest.mark.parametrize("size", [10, 300_000])
async def test_the_source_of_a_mail_is_handed_out_byte_for_byte(shared: Office, size: int) -> None:
    """Checklist 66: in the row, and in the file store."""
    ada = shared.post.person("Ada")
    await ada.write(shared.address(), "Its source", "ä" * size)
    (message,) = await shared.messages(await shared.ticket_of(ada))
    headers, source = await fetched(shared, f"/api/v1/messages/{message['id']}/raw")
    assert source in await asyncio.to_thread(all_in, shared)
    assert headers["Content-Disposition"].startswith("attachment;")


def all_in(shared: Office) -> list[bytes]:
    """Every mail in the mailbox, as another program reads it."""
    with shared.post.dovecot.client(shared.users["mail"]) as client:
        client.select_folder("INBOX", readonly=True)
        return [found[b"BODY[]"] for found in client.fetch(client.search(), ["BODY.PEEK[]"]).values()]
