"""Two tickets about one thing become one: what was said is in one place, and the customer is answered once."""

import pytest

from contactcenter.flow import actions, deliver, queries
from contactcenter.flow.actions import Caller
from contactcenter.model.values import Conflict, Invalid, NotFound, Undeliverable
from tests.desk import QuietDesk, RunningDesk
from tests.letters import Postman

ADA, BOB = "ada@example.test", "bob@example.test"


@pytest.fixture
def sam(quiet: QuietDesk) -> Caller:
    return quiet.hire("Sam", "supervisor", queues=("sales",))


@pytest.fixture
def two(quiet: QuietDesk, sam: Caller) -> QuietDesk:
    """Ada wrote twice, on two channels: ticket 1 waits longer, ticket 2 is with the assistant."""
    quiet.hear(ADA, "It is broken.", channel="people")
    quiet.clock.forward(60)
    quiet.hear(ADA, "It is still broken.", channel="try")
    return quiet


def merge(desk: QuietDesk, caller: Caller, source: int, target: int) -> None:
    desk.do(actions.merge_tickets, desk.policies, caller, source, target)


def test_what_was_said_and_noted_moves_and_the_first_is_closed_with_a_link(two: QuietDesk, sam: Caller) -> None:
    two.do(actions.write_note, two.policies, sam, 2, "Look at the photo.")
    merge(two, sam, 2, 1)
    assert [message.text for message in two.said(1)] == ["It is broken.", "It is still broken."]
    assert [note.text for note in two.rows(queries.NOTES_AFTER, ticket=1, after=0, limit=9)] == ["Look at the photo."]
    assert (two.ticket(2).status, two.ticket(2).merged_into) == ("closed", 1)
    reason = "Sam merged ticket 2 into ticket 1"
    fact = {"merge": 1, "ticket": 2, "into": 1, "messages": 1, "notes": 1, "reason": reason}
    assert [two.facts(number, "TicketMerged") for number in (1, 2)] == [[(sam.actor, fact)]] * 2


def test_what_the_customer_writes_next_comes_into_the_other_ticket(two: QuietDesk, sam: Caller) -> None:
    merge(two, sam, 2, 1)
    two.hear(ADA, "Hello?", channel="try")
    assert two.said(1)[-1].text == "Hello?"


def test_the_other_ticket_is_ours_to_answer_again_and_as_old_and_urgent_as_what_came(
    two: QuietDesk, sam: Caller
) -> None:
    since = two.ticket(1).waiting_since
    two.do(actions.set_priority, two.policies, sam, 1, "high")
    two.do(actions.reply, two.policies, sam, 2, "Which one?")
    assert two.ticket(2).status == "answered"
    merge(two, sam, 1, 2)
    ticket = two.ticket(2)
    assert (ticket.status, ticket.waiting_since, ticket.priority) == ("open", since, "high")
    assert ticket.assignee_id == sam.agent


def test_a_ticket_that_is_done_makes_nothing_ours_to_answer(two: QuietDesk, sam: Caller) -> None:
    two.do(actions.set_status, two.policies, sam, 1, "solved", None, "")
    two.do(actions.set_status, two.policies, sam, 2, "solved", None, "")
    merge(two, sam, 1, 2)
    assert two.ticket(2).status == "solved"


def test_an_open_offer_of_what_is_merged_ends(two: QuietDesk, sam: Caller) -> None:
    grace = two.hire("Grace")
    two.route()
    merge(two, sam, 1, 2)
    assert two.rows(queries.OFFERS_OF, agent=grace.agent) == []
    two.route()
    [offer] = two.rows(queries.OFFERS_OF, agent=grace.agent)
    assert offer.ticket_id == 2


def test_two_customers_are_never_merged_and_the_words_say_why(two: QuietDesk, sam: Caller) -> None:
    two.hear(BOB, "Mine too", channel="people")
    with pytest.raises(Conflict, match="never shown among what the other wrote"):
        merge(two, sam, 3, 1)


def test_an_agent_merges_their_own_and_nobodys_but_not_a_colleagues(two: QuietDesk, sam: Caller) -> None:
    grace, bea = two.hire("Grace"), two.hire("Bea")
    two.do(actions.claim, two.policies, bea, 1)
    with pytest.raises(Conflict, match="Bea has ticket 1"):
        merge(two, grace, 2, 1)
    merge(two, bea, 2, 1)
    with pytest.raises(Conflict, match="Bea has ticket 1"):
        two.do(actions.unmerge, two.policies, grace, 2)


def test_nothing_is_merged_into_itself_nor_twice_nor_into_what_is_closed(two: QuietDesk, sam: Caller) -> None:
    with pytest.raises(Invalid):
        merge(two, sam, 1, 1)
    merge(two, sam, 2, 1)
    for source, target in ((2, 1), (1, 2)):
        with pytest.raises(Conflict, match="ticket 2 was merged into ticket 1"):
            merge(two, sam, source, target)
    with pytest.raises(NotFound):
        merge(two, sam, 1, 99)


def test_who_acts_on_a_merged_ticket_is_told_where_it_goes_on(two: QuietDesk, sam: Caller) -> None:
    merge(two, sam, 2, 1)
    where = pytest.raises(Conflict, match="ticket 2 was merged into ticket 1: go on there")
    with where:
        two.do(actions.reply, two.policies, sam, 2, "Hello")
    with where:
        two.do(actions.write_note, two.policies, sam, 2, "Hello")
    with where:
        two.do(actions.set_status, two.policies, sam, 2, "open", None, "")
    with where:
        two.do(actions.claim, two.policies, sam, 2)


def test_whoever_was_slower_is_told_so(two: QuietDesk, sam: Caller) -> None:
    seen = two.ticket(1).version
    two.hear(ADA, "One more thing", channel="people")
    two.do(actions.write_note, two.policies, sam, 1, "x")
    with pytest.raises(Conflict):
        two.do(actions.merge_tickets, two.policies, sam, 2, 1, None, seen)


def test_a_row_of_merges_is_undone_from_its_end(two: QuietDesk, sam: Caller) -> None:
    two.do(actions.set_status, two.policies, sam, 1, "closed", None, "")
    two.hear(ADA, "And another", channel="people")
    merge(two, sam, 1, 2)
    merge(two, sam, 2, 3)
    assert len(two.said(3)) == 3
    with pytest.raises(Conflict, match="take that out first"):
        two.do(actions.unmerge, two.policies, sam, 1)
    two.do(actions.unmerge, two.policies, sam, 2)
    two.do(actions.unmerge, two.policies, sam, 1)
    assert [[message.text for message in two.said(number)] for number in (1, 2, 3)] == [
        ["It is broken."],
        ["It is still broken."],
        ["And another"],
    ]
    with pytest.raises(NotFound):
        two.do(actions.unmerge, two.policies, sam, 1)


def test_what_was_answered_meanwhile_stays_as_it_is_when_a_ticket_is_taken_out(two: QuietDesk, sam: Caller) -> None:
    two.do(actions.set_status, two.policies, sam, 1, "solved", None, "")
    merge(two, sam, 2, 1)
    assert two.ticket(1).status == "open"
    two.do(actions.reply, two.policies, sam, 1, "Both are on their way.")
    two.do(actions.unmerge, two.policies, sam, 2)
    assert (two.ticket(1).status, two.ticket(2).status) == ("answered", "new")


async def test_an_answer_that_fails_while_its_ticket_is_merged_is_ours_to_answer_in_the_other(
    two: QuietDesk, sam: Caller
) -> None:
    two.do(actions.reply, two.policies, sam, 2, "Here it is.")
    two.do(actions.set_status, two.policies, sam, 1, "solved", None, "")
    [attempt] = two.do(deliver.begin, "quiet", "try")
    merge(two, sam, 2, 1)
    assert two.ticket(1).status == "solved"
    two.do(deliver.settle, two.policies, attempt, Undeliverable("the address refuses for good"))
    assert two.ticket(1).status == "open"


async def test_a_mail_that_answers_a_merged_tickets_message_comes_into_the_other(
    quiet_mail: QuietDesk, post: Postman
) -> None:
    """Checklist 39."""
    sam = quiet_mail.hire("Sam", "supervisor")
    first = post.bring("ada", "Where is it?", subject="My order")
    second = post.bring("ada", "Nobody answers", subject="Anybody there?")
    quiet_mail.do(actions.reply, quiet_mail.policies, sam, second.id, "It left today.")
    reply = (await post.sent())[-1]
    merge(quiet_mail, sam, second.id, first.id)
    again = post.bring("ada", "Thank you", references=(reply.external_id,), subject="Re: Anybody there?")
    numbered = post.bring("ada", "One more", tickets=(second.id,), subject=f"Re: [#{second.id}] Anybody there?")
    assert (again.id, numbered.id) == (first.id, first.id)
    quiet_mail.do(actions.set_status, quiet_mail.policies, sam, first.id, "closed", None, "")
    later = post.bring("ada", "Now it broke", references=(reply.external_id,), subject="Re: Anybody there?")
    assert later.id not in (first.id, second.id), "and what answers a closed one opens a new one"


async def test_a_visitor_whose_chat_was_merged_sees_how_the_other_ticket_stands(desk: RunningDesk) -> None:
    ada = await desk.chat(name="Ada")
    await ada.say("I want to talk to a human")
    first = (await ada.becomes("open"))["ticket"]
    await desk.sam.put(f"/tickets/{first}/status", {"status": "closed"})
    await ada.becomes("closed")
    await ada.say("I want to talk to a human again")
    second = (await ada.becomes("open"))["ticket"]
    preview = await desk.sam.get(f"/tickets/{first}/merger?into={second}")
    assert (preview["messages"], preview["notes"], preview["into"]["id"]) == (1, 0, second)
    merged = await desk.sam.put(f"/tickets/{first}/merger", {"into": second})
    assert merged["id"] == second
    assert (await desk.sam.get(f"/tickets/{first}"))["merged_into"] == second
    shown = [message["text"] for message in await desk.sam.items(f"/tickets/{second}/messages")]
    assert shown == ["I want to talk to a human", "I want to talk to a human again"]
    await desk.sam.call("DELETE", f"/tickets/{first}/merger", status=204)
    assert len(await desk.sam.items(f"/tickets/{first}/messages")) == 1
