"""Events that are taken in again tell nothing a second time of what was there: people have gone on since."""

from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.channels.loopback import said
from contactcenter.flow import actions, inbound, intake, queries
from contactcenter.flow.actions import Caller
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.replay import replay
from contactcenter.model.columns import MINUTE, SECOND
from contactcenter.model.values import DeliveryReport, Inbound, Parsed, RawEvent, Sender
from tests.desk import QuietDesk
from tests.letters import MESSAGES, Letters, Postman

GONE = "5.1.1: no such user"
INBOX = select(queries.inbox).order_by(queries.inbox.c.id)


@pytest.fixture
def grace(quiet_mail: QuietDesk) -> Caller:
    return quiet_mail.hire("Grace")


class Mended(Letters):
    """Reads everything as a letter of Bob's."""

    def parse(self, raw: RawEvent) -> list[Parsed]:
        bob = Sender("email", "bob@example.test", "Bob")
        return [Inbound("9@bob.test", "9@bob.test", bob, "My parcel could not be delivered", subject="Undeliverable")]


def again(desk: QuietDesk, channel: str, policies: Policies | None = None) -> int:
    """What the command does, and what the loop does after it; how many events that were."""
    count, _ = desk.do(replay, channel, 0)
    desk.clock.forward(10 * MINUTE / SECOND)
    for row in desk.rows(INBOX):
        if row.state == "due":
            desk.do(inbound.work_off, policies or desk.policies, row.stream, {})
    return count


async def bounced(desk: QuietDesk, post: Postman, grace: Caller) -> tuple[Any, int]:
    """A ticket whose answer came back, and the answer."""
    ticket = post.bring("ada")
    answer = desk.do(actions.reply, desk.policies, grace, ticket.id, "It is on its way.").id
    await post.sent()
    report = DeliveryReport("", "buried", GONE, message=answer, suppress=True)
    post.bring("mailer-daemon", automatic="a delivery report", subject="Undeliverable", report=report)
    assert desk.ticket(ticket.id).status == "open"
    return ticket, answer


async def test_an_old_bounce_neither_reopens_nor_holds_back_again(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket, answer = await bounced(quiet_mail, post, grace)
    quiet_mail.do(actions.lift_suppression, grace, ticket.customer_id)
    quiet_mail.do(actions.repeat_delivery, quiet_mail.policies, grace, answer)
    await post.sent()
    quiet_mail.do(actions.set_status, quiet_mail.policies, grace, ticket.id, "solved", None, "")
    happened = len(post.happened("DeliverySettled"))
    assert again(quiet_mail, "mail") == 1
    assert quiet_mail.row(queries.MESSAGE_BY_ID, id=answer).delivery == "sent"
    assert quiet_mail.ticket(ticket.id).status == "solved"
    assert quiet_mail.row(queries.SUPPRESSED, kind="email", whom="ada@example.test") is None
    assert len(post.happened("DeliverySettled")) == happened
    assert [row.state for row in quiet_mail.rows(INBOX)] == ["done"] * 2


async def test_what_was_taken_for_a_bounce_by_mistake_becomes_a_message(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """The reason to replay: the reading was mended, and it was a person after all."""
    await bounced(quiet_mail, post, grace)
    mended = Policies({"mail": Way(Mended("mail"), "support", assistant=False)}, quiet_mail.policies.queues)
    before = len(post.messages())
    again(quiet_mail, "mail", mended)
    assert post.messages()[before].text == "My parcel could not be delivered"


def test_an_old_edit_does_not_undo_a_newer_one(quiet: QuietDesk) -> None:
    def change(text: str, change: str) -> None:
        raw = said("try", "ada@example.test", text, "m1", change=change)
        number = len(quiet.rows(INBOX))
        quiet.do(intake.receive, quiet.policies, RawEvent(raw.channel, f"m1#{number}", raw.stream, raw.payload))

    quiet.hear("ada@example.test", "one", channel="try", id="m1")
    change("two", "edited")
    change("", "deleted")
    (row,) = quiet.rows(INBOX.where(queries.inbox.c.external_id == "m1#1"))
    assert row.told_of is not None
    assert again(quiet, "try") == 2
    assert [message.text for message in quiet.rows(MESSAGES)] == [""]
    kinds = [row.kind for row in quiet.rows(select(queries.customer.metadata.tables["event"]))]
    assert (kinds.count("MessageEdited"), kinds.count("MessageDeleted")) == (1, 1)
