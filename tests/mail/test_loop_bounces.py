"""A whole desk behind real mail servers: what comes back is on its ticket, with words, and its address is spared."""

import time
from email.message import EmailMessage
from typing import Any

import pytest

from tests.mail.loop import Office, Writer, settled

REPORT = """\
From: Feedback <feedback@provider.test>
To: {to}
Subject: FW: My order
Message-ID: <complaint.{ticket}@provider.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

The recipient says that this is spam.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Button/1
Version: 1
Original-Rcpt-To: {address}
--b
Content-Type: message/rfc822

{mail}
--b--
"""


async def asked(shared: Office, writer: Writer, channel: str = "mail") -> Any:
    """The ticket of a first mail."""
    await writer.write(shared.address(channel), "My order")
    return await shared.ticket_of(writer)


async def suppressed(shared: Office, ticket: Any) -> list[str]:
    """Why nothing automatic goes to the addresses of a ticket's customer."""
    customer = await shared.desk.sam.get(f"/customers/{ticket['customer']['id']}")
    return [identity["suppressed"] for identity in customer["identities"] if identity["suppressed"]]


@pytest.mark.parametrize("channel", ["mail", "plus"])
async def test_what_postfix_gives_back_is_on_its_ticket_within_seconds(shared: Office, channel: str) -> None:
    """Checklist 49, 52: the answer is buried with words, the ticket open again, and nothing goes there any more."""
    ghost = shared.post.person("Ghost", local="nobody")
    ticket = await asked(shared, ghost, channel)
    async with shared.desk.grace.live() as frames:
        began = time.monotonic()
        said = await shared.answer(ticket)
        told = await shared.delivery(said, "buried")
        await frames.first(lambda frame: "No such user here" in str(frame) and "buried" in str(frame))
        took = time.monotonic() - began
    print(f"from Grace's answer to the reason on her screen {took:.2f} s")
    assert took < 5.0
    assert "No such user here" in told["delivery_reason"]
    assert ghost.address not in told["delivery_reason"]
    assert (await shared.ticket(ticket))["status"] == "open"
    assert "the answer did not arrive" in (await shared.history(ticket, "StatusChanged"))[-1]["reason"]
    await settled(shared)
    assert [message["direction"] for message in await shared.messages(ticket)] == ["inbound", "outbound"]
    assert ["No such user here" in reason for reason in await suppressed(shared, ticket)] == [True]
    assert not [mail for _, recipients, mail in shared.post.remote.taken if ghost.address in recipients]


async def test_a_dead_address_is_not_told_anything_by_the_desk_itself(shared: Office) -> None:
    """Checklist 52: the first acknowledgement comes back; a second mail of theirs is acknowledged no more."""
    ghost = shared.post.person("Ghost", local="nobody")
    ticket = await asked(shared, ghost, "plus")
    await shared.delivery(await shared.answer(ticket), "buried")
    await ghost.write(shared.address("sales"), "Another thing")
    another = await shared.another(ghost, ticket)
    (withheld,) = await shared.history(another, "AutomaticWithheld")
    assert withheld["reason"].startswith("nothing automatic goes to this address:")
    assert len(await shared.messages(another)) == 1


async def test_a_mail_that_is_late_has_not_failed(shared: Office) -> None:
    """Checklist 50: Postfix says that it keeps trying, and then it succeeds."""
    ada, remote = shared.post.person("Ada", local="later"), shared.post.remote
    ticket = await asked(shared, ada)
    remote.patient = True
    said = await shared.answer(ticket)
    told = await shared.delivery(said, "sent", "delayed: ")
    assert "mailbox is full" in told["delivery_reason"]
    remote.patient = False
    await ada.hears()
    await settled(shared)
    assert (await shared.delivery(said, "sent"))["delivery_reason"] == told["delivery_reason"]
    assert (await shared.ticket(ticket))["status"] == "answered"
    assert await suppressed(shared, ticket) == []


async def test_a_bounce_in_nothing_but_words_finds_its_message_by_where_it_came_back_to(shared: Office) -> None:
    """Checklist 51: no report, no id, no mail of ours in it; only the address it was sent to."""
    ada = shared.post.person("Ada")
    ticket, _ = await shared.begun(ada, "plus")
    await shared.answer(ticket, "One more thing.")
    (first, _), (second, _) = [(sender, mail) for sender, mail in await envelopes(ada, 2)]
    assert first != second
    words = "From: Postmeister <postmaster@odd.test>\r\nSubject: Sorry\r\n\r\nNobody lives here. Bye.\r\n"
    await shared.post.bring(words.encode(), "", first)
    messages = await shared.messages(ticket, 3)
    await shared.delivery(messages[1], "buried", "it came back: Sorry")
    assert (await shared.delivery(messages[2], "sent"))["delivery"] == "sent"
    assert await shared.becomes(ticket, "open")


async def envelopes(writer: Writer, number: int) -> list[tuple[str, EmailMessage]]:
    """What reached them with its return path, once that are so many."""
    await writer.heard(number)
    return writer.got()


async def test_who_called_our_mail_spam_gets_nothing_automatic_any_more(shared: Office) -> None:
    """Checklist 52: a complaint (ARF) fails nothing, and is no mail of its own."""
    ada = shared.post.person("Ada")
    ticket, answer = await shared.begun(ada)
    to = shared.address()
    report = REPORT.format(to=to, ticket=ticket["id"], address=ada.address, mail=answer.as_string())
    await shared.post.bring(report.replace("\r\n", "\n").replace("\n", "\r\n").encode(), "feedback@provider.test", to)
    said = (await shared.messages(ticket, 2))[1]
    await shared.delivery(said, "delivered", "reported as abuse")
    assert await suppressed(shared, ticket) == ["reported as abuse"]
    assert (await shared.ticket(ticket))["status"] == "answered"
    await ada.write(shared.address("sales"), "Another thing")
    another = await shared.another(ada, ticket)
    await settled(shared)
    assert len(await shared.messages(another)) == 1
    assert len(ada.got()) == 1
