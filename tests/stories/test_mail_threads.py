"""A mail always finds its ticket, and nobody finds somebody else's."""

from typing import Any

import pytest

from contactcenter.flow import actions, queries
from contactcenter.flow.actions import Caller
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.values import Attached, Conflict, Invalid, NotAllowed, Sender
from tests.desk import NOON, QuietDesk
from tests.letters import Postman, colleague


@pytest.fixture
def grace(quiet_mail: QuietDesk) -> Caller:
    return quiet_mail.hire("Grace")


def answer(desk: QuietDesk, grace: Caller, ticket: Any, text: str = "It is on its way.") -> Any:
    """Grace answers; the message."""
    return desk.do(actions.reply, desk.policies, grace, ticket.id, text)


def shown_ticket(desk: QuietDesk, ticket: Any) -> str:
    """As lists show it."""
    return str(desk.row(queries.SHOWN_TICKET_BY_ID, id=ticket.id).preview)


def our_id(post: Postman) -> str:
    return str(post.messages()[-1].external_id)


def remarks(post: Postman) -> str:
    return str([message.remarks for message in post.messages() if message.direction == "inbound"][-1])


def test_a_reply_finds_its_ticket_by_token_by_reference_and_by_number(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """Checklist 34."""
    first = post.bring("ada")
    answer(quiet_mail, grace, first)
    ways: list[dict[str, Any]] = [
        {"answers": first.conversation_id},
        {"references": (our_id(post),)},
        {"references": ("unknown@x", "1@ada.test")},
        {"tickets": (first.id,)},
    ]
    for way in ways:
        assert post.bring("ada", "And now?", subject="Re: My order", **way).id == first.id, way
    assert len(post.tickets()) == 1


def test_a_subject_alone_finds_nothing(post: Postman) -> None:
    assert post.bring("ada").id != post.bring("ada", subject="Re: My order").id


@pytest.mark.parametrize("way", ["tickets", "references"])
def test_a_stranger_who_names_a_ticket_gets_one_of_their_own_and_the_agent_a_hint(post: Postman, way: str) -> None:
    """Checklist 36."""
    first = post.bring("ada")
    named: dict[str, Any] = {"tickets": (first.id,)} if way == "tickets" else {"references": ("1@ada.test",)}
    theirs = post.bring("mallory", subject="Re: My order", **named)
    assert theirs.id != first.id
    assert f"ticket {first.id}, in which this sender takes no part" in remarks(post)
    assert post.participants(first) == []


def test_a_number_lets_nobody_bring_others_in(quiet_mail: QuietDesk, post: Postman) -> None:
    """From can be forged, and a number is easily guessed: a secret of ours or proof is needed."""
    first = post.bring("ada")
    forged: dict[str, Any] = {
        "subject": "Re: My order",
        "tickets": (first.id,),
        "others": (colleague("mallory"),),
        "reply_to": "m@x.test",
    }
    assert post.bring("ada", **forged).id == first.id
    assert post.participants(first) == []
    post.bring("ada", **forged, proof="dmarc")
    assert post.participants(first) == ["mallory@example.test"]


def test_ids_and_tokens_of_another_mailbox_never_match(quiet_mail: QuietDesk, post: Postman) -> None:
    """Checklist 37."""
    first = post.bring("ada")
    ways: list[dict[str, Any]] = [
        {"answers": first.conversation_id}, {"references": ("1@ada.test",)}, {"tickets": (first.id,)},
    ]  # fmt: skip
    for way in ways:
        assert post.bring("ada", to="robot", subject="Re: My order", **way).id != first.id


@pytest.mark.parametrize("subject", ["Fwd: Your invoice 12", "Your invoice 12", "WG: Rechnung"])
def test_an_old_mail_forwarded_about_something_else_is_a_new_ticket(post: Postman, subject: str) -> None:
    """Checklist 38."""
    first = post.bring("ada")
    new = post.bring("ada", subject=subject, references=("1@ada.test",), thread=("1@ada.test",))
    assert new.id != first.id
    assert post.bring("ada", subject=f"Re: {subject}", references=("2@ada.test",), thread=("1@ada.test",)).id == new.id


@pytest.mark.parametrize(
    "subject", ["Re: My order", "AW: [#1] my  ORDER", "", "Re: quite another thing", "Fwd: My order"]
)
def test_a_reply_stays_in_its_ticket_whatever_programs_make_of_the_subject(post: Postman, subject: str) -> None:
    first = post.bring("ada")
    assert post.bring("ada", subject=subject, references=("1@ada.test",), thread=("1@ada.test",)).id == first.id


def test_a_solved_ticket_is_reopened_and_a_closed_one_goes_on_in_a_new_one(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """Checklist 39."""
    first = post.bring("ada")
    quiet_mail.do(actions.set_status, quiet_mail.policies, grace, first.id, "solved", None, "")
    assert post.bring("ada", references=("1@ada.test",), subject="Re: My order").status == "open"
    quiet_mail.do(actions.set_status, quiet_mail.policies, grace, first.id, "solved", None, "")
    quiet_mail.clock.forward(8 * DAY / SECOND)
    quiet_mail.upkeep()
    second = post.bring("ada", references=("1@ada.test",), subject="Re: My order")
    assert second.id != first.id
    assert second.conversation_id == first.conversation_id
    assert f"it goes on from ticket {first.id}, which is closed" in post.happened("TicketOpened")[-1]["reason"]


async def test_a_colleague_in_copy_answers_and_is_answered(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    """Checklist 40."""
    first = post.bring("ada", others=(colleague("bob"), colleague("ada")))
    assert post.participants(first) == ["bob@example.test"]
    joined = post.bring("bob", "I saw it on Monday.", subject="Re: My order", references=("1@ada.test",))
    assert joined.id == first.id
    assert post.messages()[-1].author_name == "Bob"
    answer(quiet_mail, grace, first)
    *_, sent = await post.sent()
    assert (sent.address, [copy.address for copy in sent.copies]) == ("ada@example.test", ["bob@example.test"])
    quiet_mail.do(actions.remove_participant, grace, first.id, "bob@example.test")
    answer(quiet_mail, grace, first)
    *_, sent = await post.sent()
    assert sent.copies == ()


def test_who_answers_our_own_mail_joins_and_the_history_tells(post: Postman) -> None:
    """Somebody to whom the customer forwarded our answer knows a token that only our mails carry."""
    first = post.bring("ada")
    joined = post.bring("cleo", "I can help.", subject="Re: My order", answers=first.conversation_id)
    assert joined.id == first.id
    assert post.participants(first) == ["cleo@example.test"]
    assert post.happened("ParticipantAdded")[-1]["reason"] == "answered a mail of ours in it"


def test_a_reply_that_arrives_before_what_it_answers_is_joined_by_it(post: Postman) -> None:
    """Checklist 42: also where the first is Ada's and the reply her colleague's."""
    thread = ("first@ada.test",)
    reply = post.bring(
        "bob", "Me too", subject="Re: My order", references=thread, thread=thread, others=(colleague("ada"),)
    )
    assert post.bring("ada", id="first@ada.test", others=(colleague("bob"),)).id == reply.id
    again = post.bring("ada", subject="Re: My order", references=("9@x", "first@ada.test"), thread=thread)
    assert again.id == reply.id


async def test_where_answers_are_to_go_is_where_they_go(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    first = post.bring("form", reply_to="ada@home.test")
    answer(quiet_mail, grace, first)
    *_, sent = await post.sent()
    assert sent.address == "ada@home.test"
    assert quiet_mail.row(queries.CONVERSATION_WITH, id=first.conversation_id).address == "form@example.test"


async def test_a_long_conversation_is_answered_with_what_was_said_last(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    first = post.bring("ada", "The first")
    post.bring("ada", "The last", subject="Re: My order", references=("1@ada.test",))
    answer(quiet_mail, grace, first)
    *_, sent = await post.sent()
    assert sent.quoted is not None
    assert (sent.quoted.name, sent.quoted.text, sent.quoted.at) == ("Ada", "The last", NOON)
    assert (sent.thread, sent.ticket) == (first.conversation_id, first.id)


async def test_what_a_colleague_forwards_can_be_given_to_who_wrote_it(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """Checklist 62, 70: proposed for a proven colleague only, switched by a person, and switched back."""
    ada = Sender("email", "ada@home.test", "Ada")
    post.bring("grace", "See below", forwarded=ada)
    assert remarks(post) == ""
    ticket = post.bring("grace", "See below", subject="Fwd: Help", forwarded=ada, proof="dmarc")
    assert "it seems to be from Ada <ada@home.test>" in remarks(post)
    given = quiet_mail.do(actions.set_customer, quiet_mail.policies, grace, ticket.id, ada)
    assert given.customer.name == "Ada"
    answer(quiet_mail, grace, ticket)
    assert (await post.sent())[-1].address == "ada@home.test"
    back = quiet_mail.do(actions.set_customer, quiet_mail.policies, grace, ticket.id, colleague("grace"))
    assert back.customer.id == ticket.customer_id
    assert [event["after"] for event in post.happened("CustomerChanged")][-1] == ticket.customer_id


# --- taking back ------------------------------------------------------------------------------------------------------


async def test_nothing_leaves_before_the_undo_window_ends(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    """Checklist 60."""
    first = post.bring("ada")
    assert [sent.author for sent in await post.sent(after=0)] == ["assistant"]  # an acknowledgement need not wait
    answer(quiet_mail, grace, first, "Too early")
    assert await post.sent(after=4.9) == []
    assert [sent.text for sent in await post.sent(after=0.1)] == ["Too early"]


async def test_a_reply_can_be_taken_back_until_it_leaves(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    """Checklist 60."""
    first = post.bring("ada")
    await post.sent()
    taken = answer(quiet_mail, grace, first, "Oh no")
    assert quiet_mail.do(actions.take_back, quiet_mail.policies, grace, taken.id).delivery == "withdrawn"
    assert quiet_mail.ticket(first.id).status == "open"
    assert "Oh no" not in shown_ticket(quiet_mail, first)
    assert await post.sent() == []
    late = answer(quiet_mail, grace, first, "Well considered")
    assert len(await post.sent()) == 1
    with pytest.raises(Conflict, match="can no longer be taken back"):
        quiet_mail.do(actions.take_back, quiet_mail.policies, grace, late.id)


def test_nobody_takes_back_what_somebody_else_said(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    said = answer(quiet_mail, grace, post.bring("ada"))
    bea = quiet_mail.hire("Bea")
    with pytest.raises(NotAllowed):
        quiet_mail.do(actions.take_back, quiet_mail.policies, bea, said.id)


def test_files_beyond_what_a_mail_carries_are_refused_with_words(
    quiet_mail: QuietDesk, post: Postman, grace: Caller
) -> None:
    """Checklist 58."""
    first = post.bring("ada")
    said = len(post.messages())
    large = (Attached("a.pdf", "application/pdf", 1_001, "file:" + "0" * 64),)
    with pytest.raises(Invalid, match="the files have 1001 bytes; a message on mail carries 1000"):
        quiet_mail.do(actions.reply, quiet_mail.policies, grace, first.id, "Here", large)
    assert len(post.messages()) == said


async def test_files_go_with_a_reply(quiet_mail: QuietDesk, post: Postman, grace: Caller) -> None:
    file = Attached("a.pdf", "application/pdf", 1_000, "file:" + "0" * 64)
    first = post.bring("ada")
    quiet_mail.do(actions.reply, quiet_mail.policies, grace, first.id, "Here", (file,))
    *_, sent = await post.sent()
    assert sent.files == (file,)
