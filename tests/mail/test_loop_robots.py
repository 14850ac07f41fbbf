"""A whole desk behind real mail servers and robots on the other side: nobody is answered twice, and no loop goes on."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contactcenter.flow.automatic import A_DAY
from tests.desk import eventually
from tests.mail.loop import QUESTION, TOLD, Office, Post, Writer, office, parsed, settled
from tests.providers.smtp_relay import SmtpRelay, Taken

ROBOTS: dict[str, dict[str, str]] = {
    "out of office": {"Auto_Submitted": "auto-replied"},
    "bulk": {"Precedence": "bulk"},
    "list": {"List_Id": "<all.remote.test>"},
    "suppress": {"X_Auto_Response_Suppress": "All"},
    "null sender": {},
    "nobody reads it": {},
}
MARKS = re.compile(rb"^(?:auto-submitted|x-auto-response-suppress|precedence)[^\r]*\r\n", re.IGNORECASE | re.MULTILINE)


async def robot_writes(post: Post, kind: str, to: str) -> Writer:
    robot = post.person("Robot", local="no-reply" if kind == "nobody reads it" else "")
    if kind != "null sender":
        await robot.write(to, "A notice", QUESTION, **ROBOTS[kind])
    else:
        mail = f"From: {robot.name} <{robot.address}>\r\nTo: {to}\r\nSubject: A notice\r\n\r\n{QUESTION}\r\n"
        await post.bring(mail.encode(), "", to)
    return robot


@pytest.mark.parametrize("kind", ROBOTS)
async def test_a_robots_mail_is_kept_and_nothing_answers_it(shared: Office, kind: str) -> None:
    """Checklist 44: neither by the assistant nor by an acknowledgement."""
    robot = await robot_writes(shared.post, kind, shared.address("robot"))
    ticket = await shared.ticket_of(robot)
    (message,) = await shared.messages(ticket)
    assert message["automatic"]
    assert (ticket["status"], ticket["priority"], message["text"].strip()) == ("open", "low", QUESTION)
    await settled(shared)
    assert robot.got() == []
    assert len(await shared.messages(ticket)) == 1


async def test_an_out_of_office_reply_opens_nothing_again(shared: Office) -> None:
    """Checklist 44."""
    ada = shared.post.person("Ada")
    ticket, answer = await shared.begun(ada)
    await ada.reply(answer, "I am on holiday.", Auto_Submitted="auto-replied (vacation)")
    message = await shared.told(ticket, "I am on holiday.")
    assert message["automatic"] == "Auto-Submitted: auto-replied (vacation)"
    assert (await shared.ticket(ticket))["status"] == "answered"


async def test_what_waited_for_days_is_answered_by_people(shared: Office) -> None:
    """Checklist 5: after an outage nobody gets a machine's answer to last week's mail."""
    ada, received = shared.post.person("Ada"), datetime.now(UTC) - timedelta(hours=72)
    mail = (
        f"From: {ada.name} <{ada.address}>\r\nTo: {shared.address('robot')}\r\nSubject: A parcel\r\n\r\n{QUESTION}\r\n"
    )
    await asyncio.to_thread(shared.post.dovecot.save, shared.users["robot"], mail.encode(), received=received)
    ticket = await shared.ticket_of(ada)
    assert (ticket["status"], ticket["waiting_since"][:13]) == ("open", f"{received:%Y-%m-%dT%H}")
    await settled(shared)
    assert len(await shared.messages(ticket)) == 1
    assert ada.got() == []


async def test_a_robot_that_marks_nothing_is_stopped_by_the_brake(
    shared: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Checklist 46: its mails look like a person's; so many are answered a day, and the rest is for people."""
    robot = shared.post.person("Robot")
    for number in range(A_DAY + 3):
        await robot.write(shared.address("robot"), f"Notice {number}", QUESTION)

    async def all_handed_over() -> list[Any] | None:
        tickets = await shared.tickets_of(robot)
        left = [ticket for ticket in tickets if ticket["handoff"]]
        return left if len(tickets) == A_DAY + 3 and len(left) == 3 else None

    for ticket in await eventually(all_handed_over):
        assert ticket["handoff"].endswith("a robot may be answering")
        assert ticket["status"] == "open"
    await settled(shared)
    assert len(robot.got()) == A_DAY
    assert "a robot may be answering" in caplog.text
    assert {sender for sender, _ in robot.got()} == {""}  # who answers automatically gets no answer (RFC 3834)
    assert all(mail["Auto-Submitted"] == "auto-replied" for _, mail in robot.got())


async def test_our_own_mail_delivered_back_to_us_is_known(shared: Office) -> None:
    """Checklist 47: as it comes from a list we are on, or from a customer's rule that sends everything back."""
    ada = shared.post.person("Ada")
    ticket, answer = await shared.begun(ada, "sales")
    (told,) = [mail for mail in await ada.heard(2) if mail["Message-ID"] != answer["Message-ID"]]
    assert {answer["Auto-Submitted"], told["Auto-Submitted"]} == {"auto-replied", None}
    for mail in (answer, told):
        await ada.send(mail, shared.address("sales"))
    await settled(shared)
    assert len(await shared.messages(ticket)) == 3  # hers, the acknowledgement, Grace's
    assert len(ada.got()) == 2
    tickets = await shared.desk.sam.items("/tickets?status=new,open,answered,snoozed,solved,closed")
    assert not [other for other in tickets if other["customer"]["name"] == "Example sales"]
    assert await shared.desk.sam.items("/buried") == []


async def test_mail_between_two_mailboxes_of_a_desk_arrives_once_and_goes_round_nowhere(shared: Office) -> None:
    """Checklist 48: somebody writes to `sales` in the name of `mail`, sales acknowledges it, and Grace answers."""
    us = Writer(shared.post, "Us", shared.address())
    await us.write(shared.address("sales"), "From one to the other", "Can you take this?")
    ticket = await shared.ticket_of(us)
    assert ticket["channel"] == "sales"
    await shared.answer(ticket, "Yes, gladly.")
    await settled(shared)
    assert [message["author"]["kind"] for message in await shared.messages(ticket)] == [
        "customer", "assistant", "agent",
    ]  # fmt: skip
    every = await shared.desk.sam.items("/tickets?status=new,open,answered,snoozed,solved,closed")
    heard = [one for one in every if one["channel"] == "mail" and one["customer"]["name"] == "Example sales"]
    texts = [message["text"] for one in heard for message in await shared.messages(one)]
    assert sum("We have it: ticket" in text for text in texts) == 1
    assert sum("Yes, gladly." in text for text in texts) == 1
    assert len(texts) == 2


# --- two desks --------------------------------------------------------------------------------------------------------


@dataclass
class Stripping(SmtpRelay):
    """A mail server on the way that takes off whatever says that a robot wrote, and gives every mail a sender."""

    post: Post | None = None
    passed_on: int = 0

    async def pass_on(self) -> None:
        """What it has taken goes to Postfix, in its order, until cancelled."""
        while True:

            async def some() -> bool:
                return len(self.taken) > self.passed_on

            await eventually(some, within=600)
            await self._bring(self.taken[self.passed_on])
            self.passed_on += 1

    async def _bring(self, mail: Taken) -> None:
        assert self.post is not None
        sender = str(parsed(mail.content)["From"]).rpartition("<")[2].rstrip(">")
        await self.post.bring(MARKS.sub(b"", mail.content), sender, mail.recipients[0])


@asynccontextmanager
async def stripping(post: Post) -> AsyncIterator[Stripping]:
    async with Stripping(post=post) as relay:
        task = asyncio.create_task(relay.pass_on())
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def automatic(one: Office) -> list[str]:
    """What a desk has said by itself."""
    tickets = await one.desk.sam.items("/tickets?status=new,open,answered,snoozed,solved,closed")
    messages = [message for ticket in tickets for message in await one.messages(ticket)]
    return [message["text"] for message in messages if message["author"]["kind"] == "assistant"]


async def met(one: Office, other: Office) -> None:
    """Somebody at the one writes to the other by hand: from here on the two are alone."""
    writer = Writer(one.post, "Somebody", one.address())
    await writer.write(other.address(), "A question", QUESTION)
    await other.ticket_of(writer)


async def test_two_desks_say_at_most_one_automatic_thing_to_each_other(
    post: Post, empty_store: Path, tmp_path: Path
) -> None:
    """Checklist 43: the assistant's answer of the one is acknowledged by nobody."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    async with (
        office(tmp_path / "one", empty_store, post, {"mail": TOLD}) as one,
        office(tmp_path / "other", empty_store, post, {"mail": TOLD}) as other,
    ):
        await met(one, other)
        await settled(one, other)
        assert len(await automatic(other)) == 1
        assert await automatic(one) == []


async def test_two_desks_that_cannot_know_each_other_for_robots_are_stopped(
    post: Post, empty_store: Path, tmp_path: Path
) -> None:
    """Checklist 43, 46: every mark of a robot is taken off on the way, and still it ends far below the brake."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    async with (
        stripping(post) as relay,
        office(tmp_path / "one", empty_store, post, {"mail": TOLD}, relays={"mail": relay.place}) as one,
        office(tmp_path / "other", empty_store, post, {"mail": TOLD}, relays={"mail": relay.place}) as other,
    ):
        await met(one, other)

        async def all_passed_on() -> bool:
            await settled(one, other)
            return relay.passed_on == len(relay.taken) and await one.at_rest() and await other.at_rest()

        await eventually(all_passed_on, within=60)
        said = await automatic(one), await automatic(other)
        assert all(1 <= len(told) <= A_DAY for told in said), said
        print("said by themselves", said)
