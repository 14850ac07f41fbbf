"""Attacks on the way of a mail through the desk, and what must not happen by accident."""

from typing import Any

import pytest

from contactcenter.crm.queries import IDENTITY_BY_ID
from contactcenter.flow import actions, queries
from contactcenter.flow.actions import Caller
from contactcenter.flow.automatic import A_DAY
from contactcenter.flow.threads import NOT_TO_ALL, PARTICIPANTS_LIMIT
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.values import Conflict, DeliveryReport, Sender
from tests.desk import QuietDesk
from tests.letters import Postman, colleague
from tests.stories.test_erasing_a_person import everything, forget

ADA = Sender("email", "ada@home.test", "Ada")
QUESTION = "When will my parcel arrive?"


@pytest.fixture
def grace(quiet_mail: QuietDesk) -> Caller:
    return quiet_mail.hire("Grace")


def answer(desk: QuietDesk, caller: Caller, ticket: Any, text: str = "It is on its way.") -> Any:
    return desk.do(actions.reply, desk.policies, caller, ticket.id, text)


def reply_to(desk: QuietDesk, ticket: Any) -> str:
    return str(desk.row(queries.CONVERSATION, id=ticket.conversation_id).reply_to)


# --- what a customer must not read ------------------------------------------------------------------------------------


async def test_what_a_colleague_wrote_above_a_forwarded_mail_is_not_told_to_who_wrote_it(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("grace", "Mind this one, he is a pain.", subject="Fwd: Help", forwarded=ADA, proof="dmarc")
    quiet_mail.do(actions.set_customer, quiet_mail.policies, grace, ticket.id, ADA)
    answer(quiet_mail, grace, ticket)
    *_, sent = await post.sent()
    assert (sent.address, sent.quoted) == (ADA.address, None)


async def test_what_somebody_wrote_who_was_removed_is_not_repeated_to_the_others(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("ada", others=(colleague("bob"),))
    post.bring("bob", "Buy at http://evil.test", subject="Re: My order", references=("1@ada.test",))
    quiet_mail.do(actions.remove_participant, grace, ticket.id, "bob@example.test")
    answer(quiet_mail, grace, ticket)
    *_, sent = await post.sent()
    assert sent.quoted is not None
    assert sent.quoted.text == "Where is it?"


async def test_a_reply_that_was_taken_back_is_never_named_to_anybody(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("ada")
    taken = answer(quiet_mail, grace, ticket, "Oh no")
    named = quiet_mail.row(queries.MESSAGE_BY_ID, id=taken.id).external_id
    quiet_mail.do(actions.take_back, quiet_mail.policies, grace, taken.id)
    answer(quiet_mail, grace, ticket)
    *_, sent = await post.sent()
    assert sent.references
    assert named not in sent.references


def test_an_agent_is_told_who_would_read_what_was_not_written_to_them(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """Ada leaves Bob out, and the answer that quotes her would go to him."""
    ticket = post.bring("ada", others=(colleague("bob"),))
    assert post.messages()[0].remarks == ""
    more: dict[str, Any] = {"subject": "Re: My order", "answers": ticket.conversation_id}
    post.bring("ada", "Do not tell Bob", **more)
    assert NOT_TO_ALL in post.messages()[-1].remarks
    post.bring("ada", "For all", others=(colleague("bob"),), **more)
    post.bring("bob", "For all", others=(colleague("ada"),), **more)
    assert [message.remarks for message in post.messages()[-2:]] == ["", ""]
    post.bring("bob", "Do not tell Ada", **more)
    assert NOT_TO_ALL in post.messages()[-1].remarks
    quiet_mail.do(actions.remove_participant, grace, ticket.id, "bob@example.test")
    post.bring("ada", "For you", **more)
    assert post.messages()[-1].remarks == ""


def test_a_ticket_is_not_solved_by_a_reply_that_was_taken_back(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("ada")
    taken = answer(quiet_mail, grace, ticket)
    quiet_mail.do(actions.set_status, quiet_mail.policies, grace, ticket.id, "solved", None, "")
    quiet_mail.do(actions.take_back, quiet_mail.policies, grace, taken.id)
    assert quiet_mail.ticket(ticket.id).status == "open"


# --- who takes part ---------------------------------------------------------------------------------------------------


def test_whom_an_agent_has_removed_is_not_brought_back_by_the_next_mail(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("ada", others=(colleague("bob"),))
    quiet_mail.do(actions.remove_participant, grace, ticket.id, "Bob@example.test")
    more: dict[str, Any] = {"subject": "Re: My order", "answers": ticket.conversation_id}
    post.bring("ada", others=(colleague("bob"),), **more)
    post.bring("bob", **more)
    assert post.participants(ticket) == []
    quiet_mail.do(actions.add_participant, quiet_mail.policies, grace, ticket.id, colleague("bob"))
    assert post.participants(ticket) == ["bob@example.test"]


def test_a_token_does_not_let_in_half_the_world(post: Postman) -> None:
    ticket = post.bring("ada")
    for number in range(PARTICIPANTS_LIMIT + 5):
        post.bring(f"victim{number}", subject="Re: My order", answers=ticket.conversation_id)
    assert len(post.participants(ticket)) == PARTICIPANTS_LIMIT


def test_an_id_that_is_no_secret_does_not_turn_answers_away(post: Postman) -> None:
    """Whoever once was in copy knows the ids of Ada's mails, and can forge her address."""
    ticket = post.bring("ada")
    turned: dict[str, Any] = {"subject": "Re: My order", "reply_to": "mallory@evil.test"}
    assert post.bring("ada", references=("1@ada.test",), **turned).id == ticket.id
    thread = ("1@ada.test",)
    assert post.bring("ada", thread=thread, **turned).id == ticket.id
    conversation = post.desk.row(queries.CONVERSATION, id=ticket.conversation_id)
    assert conversation.reply_to == ""
    post.bring("ada", references=("1@ada.test",), proof="dmarc", **turned)
    assert post.desk.row(queries.CONVERSATION, id=ticket.conversation_id).reply_to == "mallory@evil.test"


@pytest.mark.parametrize("id_", ["1@ada.test", "9@mallory.test"])
def test_nobody_draws_a_customer_into_their_own_conversation(post: Postman, id_: str) -> None:
    """By putting Ada into copy and using an id that her next mail will name: the answer would go to Mallory."""
    ticket = post.bring("ada")
    trap = post.bring("mallory", id=id_, references=("1@ada.test",), others=(colleague("ada"),), subject="Re: My order")
    assert trap.id != ticket.id
    more: dict[str, Any] = {"references": (id_, "1@ada.test"), "thread": ("1@ada.test",)}
    assert post.bring("ada", "My diagnosis is …", subject="Re: My order", **more).id == ticket.id


def test_whom_a_colleagues_ticket_is_answered_to_is_for_that_colleague_to_say(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("ada", others=(colleague("cleo"),))
    answer(quiet_mail, grace, ticket)
    bea, mallory = quiet_mail.hire("Bea"), colleague("mallory")
    with pytest.raises(Conflict, match="Grace has ticket"):
        quiet_mail.do(actions.set_customer, quiet_mail.policies, bea, ticket.id, mallory)
    with pytest.raises(Conflict, match="Grace has ticket"):
        quiet_mail.do(actions.add_participant, quiet_mail.policies, bea, ticket.id, mallory)
    with pytest.raises(Conflict, match="Grace has ticket"):
        quiet_mail.do(actions.remove_participant, bea, ticket.id, "cleo@example.test")


# --- nothing is lost --------------------------------------------------------------------------------------------------


def test_a_program_that_gives_all_its_mails_one_id_is_heard_each_time(post: Postman) -> None:
    found = {post.bring("shop", f"Number {n}", id="same@shop.test", subject=f"Order {n}").id for n in range(4)}
    assert len(found) == 4


def test_who_forwarded_a_mail_that_was_given_away_is_heard_again(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("grace", "See below", subject="Fwd: Help", forwarded=ADA, proof="dmarc")
    quiet_mail.do(actions.set_customer, quiet_mail.policies, grace, ticket.id, ADA)
    again = post.bring("grace", "And this", subject="Fwd: Help", references=("1@grace.test",), thread=("1@grace.test",))
    assert again.id != ticket.id


def test_what_a_header_says_of_its_robot_can_be_stored_anywhere(post: Postman) -> None:
    post.bring("ada", automatic="Auto-Submitted: a\0b")
    assert "\0" not in post.messages()[-1].automatic


# --- floods -----------------------------------------------------------------------------------------------------------


async def test_what_the_desk_says_by_itself_goes_to_the_customer_alone(quiet_mail: QuietDesk, post: Postman) -> None:
    """One forged mail with thirty people in copy would make thirty-one."""
    post.bring("ada", others=(colleague("bob"), colleague("cleo")))
    (sent,) = await post.sent()
    assert (sent.author, sent.copies) == ("assistant", ())


def test_the_brake_counts_where_automatic_mail_goes_and_not_whom_a_mail_claims_to_be_from(
    quiet_mail: QuietDesk, post: Postman
) -> None:
    for number in range(A_DAY + 5):
        post.bring(f"forged{number}", QUESTION, to="robot", reply_to="victim@home.test")
        quiet_mail.answer()
    automatic = [message for message in post.messages() if message.author == "assistant"]
    assert len(automatic) == A_DAY


async def test_the_address_that_is_struck_out_is_the_one_it_went_to(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    ticket = post.bring("form", reply_to="Ada@home.test")
    said = answer(quiet_mail, grace, ticket)
    await post.sent()
    report = DeliveryReport(external_id="", delivery="buried", reason="gone", message=said.id, suppress=True)
    post.bring("mailer-daemon", automatic="a delivery report", report=report)
    assert quiet_mail.row(queries.SUPPRESSED, kind="email", whom="form@example.test") is None
    assert quiet_mail.row(queries.SUPPRESSED, kind="email", whom="ada@home.test") is not None


# --- being forgotten --------------------------------------------------------------------------------------------------


def test_who_was_in_copy_of_an_old_ticket_is_forgotten_in_its_history_too(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    customer = post.bring("ada").customer_id
    theirs = post.bring("bob", others=(colleague("ada"), colleague("cleo")))
    quiet_mail.do(actions.remove_participant, grace, theirs.id, "ada@example.test")
    forget(quiet_mail, customer)
    told = [event["address"] for event in post.happened("ParticipantAdded")]
    assert told == ["cleo@example.test"]
    assert "mail:ada" not in everything(quiet_mail)


def test_the_windows_of_colleagues_are_told_when_somebody_else_is_answered(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """Or they answer somebody whom they do not see."""
    ticket = post.bring("ada")
    quiet_mail.do(actions.claim, quiet_mail.policies, grace, ticket.id)

    def told() -> list[set[str]]:
        found = [set(topics) for topics, frame in quiet_mail.told if b'"participants"' in frame]
        quiet_mail.told.clear()
        return found

    readers = {f"ticket:{ticket.id}", f"agent:{grace.agent}"}
    quiet_mail.do(actions.add_participant, quiet_mail.policies, grace, ticket.id, colleague("bob"))
    assert told() == [readers]
    quiet_mail.do(actions.remove_participant, grace, ticket.id, "bob@example.test")
    assert told() == [readers]
    quiet_mail.do(actions.set_customer, quiet_mail.policies, grace, ticket.id, ADA)
    assert told() == [readers]


@pytest.mark.parametrize("asked", [False, True])
def test_many_names_of_one_mailbox_are_told_once_a_day_in_all(
    quiet_mail: QuietDesk, post: Postman, asked: bool
) -> None:
    """Checklist 46: whoever forges ada+1@, ada+2@ and so on as senders, or as where answers go, floods her with us."""
    for number in range(A_DAY + 5):
        forged = f"ada+{number}@example.test"
        writer = f"robot{number}" if asked else f"ada+{number}"
        post.bring(writer, QUESTION, to="robot", subject=f"Notice {number}", reply_to=forged if asked else "")
        quiet_mail.answer()
    assert sum(message.author == "assistant" for message in post.messages()) == A_DAY


def test_an_address_with_a_plus_that_is_dead_stays_silent_and_its_mailbox_does_not(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    def told() -> int:
        return sum(message.author == "assistant" for message in post.messages())

    ticket = post.bring("ada+old")
    answer(quiet_mail, grace, ticket)
    said = post.messages()[-1]
    report = DeliveryReport("", "buried", "gone", message=said.id, suppress=True)
    post.bring("mailer-daemon", automatic="a delivery report", subject="Undeliverable", report=report)
    quiet_mail.clock.forward(2 * DAY / SECOND)
    before = told()
    post.bring("ada+old", subject="Another thing")
    assert told() == before
    post.bring("ada", subject="Another thing")
    assert told() == before + 1


def test_who_is_forgotten_is_not_remembered_for_being_counted(quiet_mail: QuietDesk, post: Postman) -> None:
    """Their mailbox without the plus, and where they asked answers to go, were customers who had never written."""
    ticket = post.bring("ada+shop", reply_to="ada+home@example.test")
    other = post.bring("ada", subject="Somebody else's, for all we know")
    quiet_mail.clock.forward(2 * DAY / SECOND)
    assert "ada+home@" in everything(quiet_mail)
    forget(quiet_mail, ticket.customer_id)
    left = everything(quiet_mail)
    assert [word for word in ("ada+shop@", "ada+home@") if word in left] == []
    assert quiet_mail.row(IDENTITY_BY_ID, id=other_identity(quiet_mail, other)).address == "ada@example.test"
    post.bring("cleo+shop", subject="Hello")
    (cleo,) = [message for message in post.messages() if "Cleo" in message.author_name]
    forget(quiet_mail, cleo.author_id)
    assert "cleo@" not in everything(quiet_mail)


def other_identity(desk: QuietDesk, ticket: Any) -> int:
    return int(desk.row(queries.CONVERSATION, id=ticket.conversation_id).identity_id)
