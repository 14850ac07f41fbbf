"""A whole desk that sends: nothing lost over restarts, nothing sent twice, in order, and signed so that it can be
believed."""

import asyncio
import base64
import re
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import dkim

from contactcenter import app
from contactcenter.app import SystemClock
from contactcenter.channels.email import Settings
from contactcenter.channels.email.examine import examine
from tests.desk import RunningDesk, SetClock, eventually
from tests.mail.loop import PEOPLE, Office, Post, Writer, office, parsed
from tests.providers.smtp_relay import SmtpRelay

UNDO = "assistant = false\nundo_seconds = 5\n"


def now() -> SetClock:
    return SetClock(SystemClock().now())


async def asked(desk: Office, writer: Writer, channel: str = "mail") -> Any:
    """The ticket of a first mail. One with other letters in its address goes past Postfix: Dovecot has no SMTPUTF8."""
    if writer.address.isascii():
        await writer.write(desk.address(channel), "My order")
    else:
        mail = (
            f"From: {writer.name} <{writer.address}>\r\nTo: {desk.address(channel)}\r\nSubject: My order\r\n\r\nHi\r\n"
        )
        await asyncio.to_thread(desk.post.dovecot.deliver, desk.users[channel], mail.encode())
    return await desk.ticket_of(writer)


async def sent_by(relay: SmtpRelay, number: int) -> list[str]:
    """The first line of each mail that the relay took, once these are so many."""

    async def enough() -> bool:
        return len(relay.taken) >= number

    await eventually(enough)
    bodies = [parsed(mail.content).get_body(("plain",)) for mail in relay.taken]
    return [body.get_content().splitlines()[0] for body in bodies if body is not None]


# --- the queue --------------------------------------------------------------------------------------------------------


async def test_what_waits_to_be_sent_survives_that_everything_is_restarted(
    post: Post, empty_store: Path, tmp_path: Path
) -> None:
    """Checklist 53: Postfix is away, the desk ends, both come back: it is sent, and once."""
    clock, ada = now(), post.person("Ada")
    async with office(tmp_path, empty_store, post, {"mail": PEOPLE}, clock=clock) as desk:
        ticket = await asked(desk, ada)
        await asyncio.to_thread(post.postfix.stop)
        said = await desk.answer(ticket)
        assert (await desk.delivery(said, "due", "cannot be used"))["delivery_reason"]
        settings, people = desk.desk.settings, desk.desk.people
    await asyncio.to_thread(post.postfix.start)
    clock.forward(3)
    async with app.running(settings, clock=clock) as running, aiohttp.ClientSession() as http:
        again = RunningDesk(running, settings, http, desk.desk.grace, desk.desk.sam, people)
        again.sam.url = f"{running.url}/api/v1"
        again.sam.http = http
        restarted = Office(post, again, desk.users)
        await ada.hears()
        await restarted.delivery(said, "sent")
    assert len(ada.got()) == 1


async def test_for_now_is_tried_again_in_order_and_for_good_is_told_at_once(
    post: Post, empty_store: Path, tmp_path: Path
) -> None:
    """Checklist 53, 54: nothing overtakes the first answer of a ticket while that is refused for now."""
    clock, ada, bob = now(), post.person("Ada"), post.person("Bob")
    async with (
        SmtpRelay(at_recipient="451 4.3.0 Not now") as relay,
        office(tmp_path, empty_store, post, {"mail": PEOPLE}, clock=clock, relays={"mail": relay.place}) as desk,
    ):
        ticket = await asked(desk, ada)
        first, *_ = [await desk.answer(ticket, text) for text in ("one", "two", "three")]
        await desk.delivery(first, "due", "451 4.3.0 Not now")
        relay.at_recipient = ""
        said = await desk.answer(await asked(desk, bob), "another ticket's")
        await desk.delivery(said, "sent")
        assert await sent_by(relay, 1) == ["another ticket's"]
        clock.forward(2)
        desk.desk.hint("outbox")
        assert await sent_by(relay, 4) == ["another ticket's", "one", "two", "three"]
        relay.at_recipient = "550 5.7.1 We do not like you"
        refused = await desk.answer(ticket, "four")
        told = await desk.delivery(refused, "buried", "550 5.7.1 We do not like you")
        (row,) = await desk.desk.sam.items("/buried")
        assert (told["id"], row["loop"], row["attempts"]) == (refused["id"], "outbox", 1)


async def test_what_may_have_left_is_not_sent_twice(post: Post, empty_store: Path, tmp_path: Path) -> None:
    """Checklist 53: the line was cut after the content; a person decides, days later as well."""
    clock, ada = now(), post.person("Ada")
    async with (
        SmtpRelay(at_content="cut") as relay,
        office(tmp_path, empty_store, post, {"mail": PEOPLE}, clock=clock, relays={"mail": relay.place}) as desk,
    ):
        ticket = await asked(desk, ada)
        said = await desk.answer(ticket, "one")
        await desk.delivery(said, "unknown", "its receipt is missing")
        relay.at_content = ""
        clock.forward(3 * 24 * 3600)
        await desk.answer(ticket, "two")
        assert await sent_by(relay, 1) == ["two"]
        await desk.desk.grace.put(f"/messages/{said['id']}/delivery", {"state": "due"})
        assert await sent_by(relay, 2) == ["two", "one"]
        assert len({parsed(mail.content)["Message-ID"] for mail in relay.taken}) == 2


async def test_a_relay_that_hangs_holds_up_no_other_channel(post: Post, empty_store: Path, tmp_path: Path) -> None:
    """Checklist 54."""
    ada, bob = post.person("Ada"), post.person("Bob")
    channels = {"slow": PEOPLE, "mail": PEOPLE}
    async with (
        SmtpRelay(at_content="hang") as relay,
        office(tmp_path, empty_store, post, channels, relays={"slow": relay.place}) as desk,
    ):
        stuck = await desk.answer(await asked(desk, ada, "slow"))
        await desk.delivery(stuck, "sending")
        await desk.answer(await asked(desk, bob))
        await bob.hears()
        assert (await desk.delivery(stuck, "sending"))["delivery"] == "sending"


async def test_an_answer_can_be_taken_back_until_its_time_comes(post: Post, empty_store: Path, tmp_path: Path) -> None:
    """Checklist 60."""
    clock, ada = now(), post.person("Ada")
    async with (
        SmtpRelay() as relay,
        office(tmp_path, empty_store, post, {"mail": UNDO}, clock=clock, relays={"mail": relay.place}) as desk,
    ):
        ticket = await asked(desk, ada)
        taken = await desk.answer(ticket, "Oh no")
        withdrawn = await desk.desk.grace.put(f"/messages/{taken['id']}/delivery", {"state": "withdrawn"})
        assert withdrawn["delivery"] == "withdrawn"
        await desk.answer(ticket, "Well considered")
        clock.forward(4.9)
        late = await desk.answer(ticket, "And one more")
        assert relay.taken == []
        clock.forward(0.1)
        desk.desk.hint("outbox")
        assert await sent_by(relay, 1) == ["Well considered"]
        assert (await desk.delivery(late, "due"))["delivery"] == "due"
        clock.forward(4.9)
        desk.desk.hint("outbox")
        assert await sent_by(relay, 2) == ["Well considered", "And one more"]
        sent = (await desk.messages(ticket))[2]
        told = await desk.desk.grace.call("PUT", f"/messages/{sent['id']}/delivery", {"state": "withdrawn"}, 409)
        assert "can no longer be taken back" in told["detail"]


async def test_files_beyond_the_limit_are_refused_to_the_agent_and_others_arrive_whole(
    post: Post, empty_store: Path, tmp_path: Path
) -> None:
    """Checklist 58."""
    ada, small, large = post.person("Ada"), bytes(range(256)) * 3, b"x" * 1_001
    async with office(tmp_path, empty_store, post, {"mail": f"{PEOPLE}files_limit = 1000\n"}) as desk:
        ticket = await asked(desk, ada)

        async def uploaded(content: bytes) -> Any:
            grace = desk.desk.grace
            async with desk.desk.http.post(
                f"{grace.url}/files?name=Rechnung ä.pdf", data=content,
                headers={**grace.headers, "Content-Type": "application/pdf"},
            ) as answer:  # fmt: skip
                assert answer.status == 201
                return await answer.json()

        body = {"text": "Here", "files": [await uploaded(large)]}
        told = await desk.desk.grace.call("POST", f"/tickets/{ticket['id']}/messages", body, 422)
        assert "the files have 1001 bytes; a message on mail carries 1000" in str(told)
        assert len(await desk.messages(ticket)) == 1
        await desk.answer(ticket, "Here", files=[await uploaded(small)])
        (attached,) = (await ada.hears()).iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("Rechnung ä.pdf", small)


# --- who it is from, and to -------------------------------------------------------------------------------------------


async def test_a_signature_holds_as_we_made_it_and_after_postfix(post: Post, empty_store: Path, tmp_path: Path) -> None:
    """Checklist 56: long lines, other letters, lines that begin with a dot, a file."""
    key, ada, bob = tmp_path / "dkim.pem", post.person("Ada"), post.person("Bob")
    public = await asyncio.to_thread(made, key)
    signed = f'{PEOPLE}dkim_selector = "desk"\ndkim_key = {{ file = "{key.name}" }}\n'
    text = f"Grüße, Ada 📦\n.\n..dots\nFrom here on\n{'long ' * 400}\n\n"
    async with (
        SmtpRelay() as relay,
        office(tmp_path, empty_store, post, {"mail": signed, "ours": signed}, relays={"ours": relay.place}) as desk,
    ):
        await desk.answer(await asked(desk, ada), text)
        await desk.answer(await asked(desk, bob, "ours"), text)
        await ada.hears()
        await sent_by(relay, 1)
        ours = relay.taken[0].content
        (theirs,) = [mail for _, recipients, mail in post.remote.taken if ada.address in recipients]

    def dns(name: bytes, timeout: int = 5) -> bytes:
        return b"v=DKIM1; k=rsa; p=" + public if name == b"desk._domainkey.support.test." else b""

    assert dkim.verify(ours, dnsfunc=dns)
    assert theirs.startswith(b"Received: ")
    assert dkim.verify(theirs, dnsfunc=dns)
    assert not dkim.verify(theirs.replace(b"Subject: Re", b"Subject: Fw"), dnsfunc=dns)
    assert not dkim.verify(b"From: Mallory <m@evil.test>\r\n" + theirs, dnsfunc=dns)


async def test_the_doctor_says_what_a_signature_needs_in_dns(tmp_path: Path) -> None:
    """Checklist 56."""
    public = made(tmp_path / "key.pem").decode()
    keys = {"kind": "email", "address": "support@support.test", "dkim_selector": "desk"}
    signing = Settings.model_validate({**keys, "dkim_key": (tmp_path / "key.pem").read_text()})
    told = [text async for good, text in examine("mail", signing) if good and "DNS" in text]
    assert len(told) == 1
    assert told[0].endswith(f'DNS record desk._domainkey.support.test TXT "v=DKIM1; k=rsa; p={public}"')
    no_rsa = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    other = Settings.model_validate({**keys, "dkim_key": no_rsa})
    assert [text for good, text in [one async for one in examine("mail", other)] if "RSA" in text and not good]


def made(key: Path) -> bytes:
    """A key in that file; its public half as DNS tells it."""
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    command = ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"]
    return base64.b64encode(subprocess.run(command, check=True, capture_output=True).stdout)


async def test_an_address_of_other_letters_is_answered(shared: Office) -> None:
    """Checklist 57: by SMTPUTF8 through Postfix."""
    gödel = shared.post.person("Gödel", local="gödel")
    said = await shared.answer(await asked(shared, gödel))
    answer = await gödel.hears()
    assert str(answer["To"]).endswith(f"<{gödel.address}>")
    await shared.delivery(said, "sent")


async def test_a_relay_that_cannot_carry_an_address_is_told_with_words(
    post: Post, empty_store: Path, tmp_path: Path
) -> None:
    """Checklist 57."""
    gödel = post.person("Gödel", local="gödel")
    async with (
        SmtpRelay(utf8=False) as relay,
        office(tmp_path, empty_store, post, {"mail": PEOPLE}, relays={"mail": relay.place}) as desk,
    ):
        said = await desk.answer(await asked(desk, gödel))
        await desk.delivery(said, "buried", "it offers no SMTPUTF8")
        assert relay.taken == []


async def test_a_domain_of_other_letters_is_written_to_as_dns_knows_it(shared: Office) -> None:
    """Checklist 57."""
    ada = shared.post.person("Ada", domain="bücher.test")
    ticket = await asked(shared, ada)
    await shared.answer(ticket)
    ascii_form = Writer(shared.post, ada.name, re.sub("@.*", "@xn--bcher-kva.test", ada.address))
    assert (await ascii_form.hears())["To"].addresses[0].addr_spec == ascii_form.address
