"""Robots are never answered twice, and a mail that comes back is on its ticket."""

from pathlib import Path
from typing import Any

import pytest

from contactcenter.flow import actions, deliver, queries
from contactcenter.flow.actions import Caller
from contactcenter.flow.automatic import A_DAY
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.model.columns import DAY, HOUR, SECOND
from contactcenter.model.values import Attached, DeliveryReport, Fold, NotFound, Undeliverable
from contactcenter.routing.hours import DAYS, parse_hours
from tests.desk import NOON, QuietDesk, opened_quiet_desk
from tests.letters import UNDO, Letters, Postman, colleague

QUESTION = "When will my parcel arrive?"
GONE = "5.1.1: no such user"


@pytest.fixture
def grace(quiet_mail: QuietDesk) -> Caller:
    return quiet_mail.hire("Grace")


def automatic(post: Postman) -> list[Any]:
    """What the desk has said by itself."""
    return [message for message in post.messages() if message.author == "assistant"]


# --- what the assistant is not asked ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "more", "why"),
    [
        ("-----BEGIN PGP MESSAGE-----", {"unreadable": "it is encrypted"}, "it is encrypted"),
        (" \n", {}, "nothing new is written in it"),
        ("> Hello", {"folds": (Fold(0, 7, "quote"),)}, "nothing new is written in it"),
        ("", {"attachments": (Attached("photo.png", "image/png", 3, "part:1"),)}, "it brings files and no words"),
    ],
)
def test_a_mail_without_words_to_read_goes_to_people_with_that_reason(
    quiet_mail: QuietDesk, post: Postman, text: str, more: dict[str, Any], why: str
) -> None:
    ticket = post.bring("ada", text, to="robot", **more)
    assert ticket.status == "open"
    assert post.happened("TicketOpened")[0]["reason"] == why
    assert quiet_mail.answer() == []


def test_an_encrypted_answer_to_the_assistant_goes_to_people(quiet_mail: QuietDesk, post: Postman) -> None:
    ticket = post.bring("ada", QUESTION, to="robot")
    quiet_mail.answer()
    assert quiet_mail.ticket(ticket.id).status == "answered"
    answers = {"answers": ticket.conversation_id, "subject": "Re: My order"}
    assert post.bring("ada", "hidden", to="robot", unreadable="it is encrypted", **answers).status == "open"
    assert quiet_mail.answer() == []


# --- robots -----------------------------------------------------------------------------------------------------------


async def test_a_customer_is_told_once_that_the_mail_is_here(quiet_mail: QuietDesk, post: Postman) -> None:
    ticket = post.bring("ada")
    post.bring("ada", subject="Another thing")
    (sent,) = await post.sent()
    assert sent.text == f"We have it: ticket {ticket.id}."
    quiet_mail.clock.forward(DAY / SECOND)
    post.bring("ada", subject="Tomorrow")
    assert len(await post.sent()) == 1


async def test_who_was_told_at_noon_that_it_is_here_is_told_at_night_that_nobody_is(
    empty_store: Path, tmp_path: Path
) -> None:
    """Each once a day; and who writes at night first gets both in one, the number of the ticket included."""
    hours = parse_hours("UTC", dict.fromkeys(DAYS, ("09:00-17:00",)))
    ways = {"mail": Way(Letters("mail"), "support", assistant=False, acknowledge="We have it: ticket {ticket}.")}
    queue = QueuePolicy("support", "Support", hours=hours, outside_hours="We are away.")
    with opened_quiet_desk(empty_store, tmp_path, Policies(ways, {"support": queue})) as quiet:
        post = Postman(quiet)
        post.bring("ada")
        quiet.clock.forward(6 * HOUR / SECOND)
        post.bring("ada", subject="Another thing")
        post.bring("ada", subject="A third")
        post.bring("bob")
        back = "We are away. We are back on Sunday at 09:00 (UTC)."
        assert [message.text for message in automatic(post)] == [
            "We have it: ticket 1.", back, f"We have it: ticket 4.\n\n{back}",
        ]  # fmt: skip


def test_a_robots_mail_is_stored_and_neither_answered_nor_hurried(quiet_mail: QuietDesk, post: Postman) -> None:
    """Checklist 44."""
    ticket = post.bring("shop", automatic="Precedence: bulk")
    assert (ticket.status, ticket.priority) == ("open", "low")
    assert automatic(post) == []
    assert "a robot wrote it: Precedence: bulk" in post.happened("TicketOpened")[0]["reason"]


def test_an_out_of_office_reply_opens_nothing_again(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    """Checklist 44."""
    ticket = post.bring("ada")
    quiet_mail.do(actions.reply, quiet_mail.policies, grace, ticket.id, "It is on its way.")
    away = {"answers": ticket.conversation_id, "automatic": "Auto-Submitted: auto-replied", "subject": "Re: My order"}
    assert post.bring("ada", "I am on holiday.", others=(colleague("bob"),), **away).status == "answered"
    quiet_mail.do(actions.set_status, quiet_mail.policies, grace, ticket.id, "solved", None, "")
    assert post.bring("ada", "I am still on holiday.", **away).status == "solved"
    assert post.participants(ticket) == []


def test_a_robot_that_marks_nothing_is_stopped_by_the_brake(quiet_mail: QuietDesk, post: Postman) -> None:
    """Checklist 46: whatever it says, an address gets so many automatic answers a day, and then people have it."""
    for number in range(A_DAY + 5):
        post.bring("robot", QUESTION, to="robot", subject=f"Notice {number}")
        quiet_mail.answer()
    assert len(automatic(post)) == A_DAY
    last = post.tickets()[-1]
    assert (last.status, last.handoff) == (
        "open", f"{A_DAY} automatic messages went to this address within a day: a robot may be answering",
    )  # fmt: skip
    quiet_mail.clock.forward(DAY / SECOND)
    post.bring("robot", QUESTION, to="robot", subject="Tomorrow")
    quiet_mail.answer()
    assert len(automatic(post)) == A_DAY + 1


def test_old_mail_is_answered_by_people(quiet_mail: QuietDesk, post: Postman) -> None:
    """Checklist 5: after an outage of 72 hours nobody gets a machine's answer to last week's mail."""
    old = NOON - 72 * HOUR
    ticket = post.bring("ada", QUESTION, to="robot", received_at=old)
    assert (ticket.status, ticket.waiting_since) == ("open", old)
    assert "it was written 72 hours ago" in post.happened("TicketOpened")[0]["reason"]
    post.bring("ada", received_at=old)
    assert automatic(post) == []


def test_the_assistant_reads_what_was_newly_written(quiet_mail: QuietDesk, post: Postman) -> None:
    quoted = f"Never mind.\n\n> {QUESTION}"
    post.bring("ada", quoted, to="robot", folds=(Fold(13, len(quoted), "quote"),))
    quiet_mail.answer()
    assert automatic(post) == []
    post.bring("bob", quoted, to="robot")
    quiet_mail.answer()
    assert len(automatic(post)) == 1


# --- bounces ----------------------------------------------------------------------------------------------------------


async def answered(quiet_mail: QuietDesk, post: Postman, grace: Caller, **more: Any) -> tuple[Any, Any]:
    """A ticket that Grace has answered, and the answer, which has left."""
    ticket = post.bring("ada", **more)
    said = quiet_mail.do(actions.reply, quiet_mail.policies, grace, ticket.id, "It is on its way.")
    await post.sent()
    return ticket, quiet_mail.row(queries.MESSAGE_BY_ID, id=said.id)


def bounce(post: Postman, **told: Any) -> None:
    report = DeliveryReport(**{"external_id": "", "delivery": "buried", "reason": GONE, **told})
    post.bring("mailer-daemon", automatic="a delivery report", subject="Undeliverable", report=report)


@pytest.mark.parametrize("by", ["id", "token"])
async def test_a_mail_that_comes_back_is_on_its_ticket(
    quiet_mail: QuietDesk, post: Postman, grace: Caller, by: str
) -> None:
    """Checklist 49, 51: found by the id it names, or by the return path that only we can have made."""
    ticket, said = await answered(quiet_mail, post, grace)
    before = len(post.messages())
    bounce(post, **({"external_id": said.external_id} if by == "id" else {"message": said.id}))
    told = quiet_mail.row(queries.MESSAGE_BY_ID, id=said.id)
    assert (told.delivery, told.delivery_reason) == ("buried", GONE)
    ticket = quiet_mail.ticket(ticket.id)
    assert (ticket.status, ticket.assignee_id) == ("open", grace.agent)
    assert len(post.messages()) == before
    assert await post.sent() == []
    assert f"the answer did not arrive: {GONE}" in post.happened("StatusChanged")[-1]["reason"]


async def test_a_mail_that_is_refused_at_once_is_ours_to_answer_again(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """As if it had come back."""
    ticket = post.bring("ada")
    await post.sent()
    quiet_mail.do(actions.reply, quiet_mail.policies, grace, ticket.id, "It is on its way.")
    quiet_mail.clock.forward(UNDO)
    (attempt,) = quiet_mail.do(deliver.begin, "quiet", "mail")
    quiet_mail.do(deliver.settle, quiet_mail.policies, attempt, Undeliverable("550 no such user"))
    assert quiet_mail.ticket(ticket.id).status == "open"
    assert "the answer did not arrive: 550" in post.happened("StatusChanged")[-1]["reason"]


async def test_a_mail_that_is_late_has_not_failed(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    """Checklist 50."""
    ticket, said = await answered(quiet_mail, post, grace)
    bounce(post, external_id=said.external_id, delivery="delayed", reason="4.4.1: no answer yet")
    told = quiet_mail.row(queries.MESSAGE_BY_ID, id=said.id)
    assert (told.delivery, told.delivery_reason) == ("sent", "delayed: 4.4.1: no answer yet")
    assert quiet_mail.ticket(ticket.id).status == "answered"
    bounce(post, external_id=said.external_id, delivery="delivered", reason="")
    bounce(post, external_id=said.external_id, delivery="sent", reason="")
    assert quiet_mail.row(queries.MESSAGE_BY_ID, id=said.id).delivery == "delivered"


async def test_somebody_in_copy_who_cannot_be_reached_fails_nothing(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket, said = await answered(quiet_mail, post, grace, others=(colleague("bob"),))
    bounce(post, message=said.id, address="BOB@example.test", suppress=True)
    told = quiet_mail.row(queries.MESSAGE_BY_ID, id=said.id)
    assert (told.delivery, told.delivery_reason) == ("sent", f"not to somebody in copy: {GONE}")
    assert quiet_mail.ticket(ticket.id).status == "answered"


async def test_an_address_that_is_dead_gets_nothing_automatic_any_more(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """Checklist 52: an agent may still try; who forges a report can strike out nobody else."""
    _, said = await answered(quiet_mail, post, grace)
    bounce(post, message=said.id, suppress=True, address="bob@example.test")
    assert quiet_mail.row(queries.SUPPRESSED, kind="email", whom="bob@example.test") is None
    bounce(post, message=said.id, suppress=True)
    quiet_mail.clock.forward(2 * DAY / SECOND)
    before = len(automatic(post))
    ticket = post.bring("ada", subject="Another thing")
    assert len(automatic(post)) == before
    assert post.happened("AutomaticWithheld")[-1]["reason"] == f"nothing automatic goes to this address: {GONE}"
    quiet_mail.do(actions.reply, quiet_mail.policies, grace, ticket.id, "Does this reach you?")
    assert len(await post.sent()) == 1
    quiet_mail.do(actions.lift_suppression, grace, ticket.customer_id)
    post.bring("ada", subject="It does")
    assert len(automatic(post)) == before + 1
    with pytest.raises(NotFound, match="nothing is held back"):
        quiet_mail.do(actions.lift_suppression, grace, ticket.customer_id)


def test_a_report_on_nothing_of_ours_is_kept_as_a_mail(quiet_mail: QuietDesk, post: Postman) -> None:
    bounce(post, external_id="unknown@elsewhere.test")
    (ticket,) = post.tickets()
    assert (ticket.status, ticket.priority) == ("open", "low")
    assert automatic(post) == []
