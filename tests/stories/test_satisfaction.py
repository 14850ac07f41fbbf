"""A customer is asked once how it went, when a person has solved their ticket; the answer is kept for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contactcenter.desk import facts, home
from contactcenter.flow import actions, queries
from contactcenter.flow.actions import Caller
from contactcenter.model.values import Fold, Outbound
from tests.desk import FACES, SURVEY, QuietDesk, asking_policies, opened_quiet_desk
from tests.letters import Postman, colleague

ADA = "ada@example.test"
HOUR = 3600.0


@pytest.fixture
def asking(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    """A desk that asks."""
    with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as desk:
        yield desk


@pytest.fixture
def grace(asking: QuietDesk) -> Caller:
    return asking.hire("Grace")


def solve(desk: QuietDesk, grace: Caller, ticket: int) -> None:
    desk.do(actions.set_status, desk.policies, grace, ticket, "solved", None, "")


async def surveyed(desk: QuietDesk, grace: Caller) -> int:
    """Ada's ticket is solved and the question has reached her; its number."""
    desk.hear(ADA, "It is broken.", channel="people")
    desk.do(actions.reply, desk.policies, grace, 1, "Here is a new one.")
    solve(desk, grace, 1)
    await desk.deliver()
    await desk.deliver()
    return int(desk.ticket(1).survey_id)


async def test_who_was_helped_by_a_person_is_asked(asking: QuietDesk, grace: Caller) -> None:
    question = await surveyed(asking, grace)
    assert asking.sent("people") == ["Here is a new one.", "How did we do in ticket 1?"]
    assert [fact["message"] for _, fact in asking.facts(1, "SatisfactionAsked")] == [question]
    assert asking.ticket(1).status == "solved"


async def test_the_ratings_of_the_day_stand_in_the_home_of_slack(asking: QuietDesk, grace: Caller) -> None:
    bea = asking.hire("Bea")

    def shown(agent: Caller) -> str:
        assert agent.agent is not None
        return str(home.view(asking.do(facts.home, asking.policies, agent.agent), "http://desk.test"))

    await surveyed(asking, grace)
    assert "ratings" not in shown(grace)
    asking.hear(ADA, "4", channel="people")
    assert ":star: today's ratings: yours *4.0* of 5 (1), the desk's *4.0* of 5 (1)" in shown(grace)
    assert ":star: today's ratings: the desk's *4.0* of 5 (1)" in shown(bea)
    asking.clock.forward(24 * HOUR)
    assert "ratings" not in shown(grace)


@pytest.mark.parametrize("typed", ["4", "🙂"])
async def test_the_answer_is_kept_and_reopens_nothing(asking: QuietDesk, grace: Caller, typed: str) -> None:
    await surveyed(asking, grace)
    asking.hear(ADA, typed, channel="people")
    ticket = asking.ticket(1)
    assert (ticket.rating, ticket.status, ticket.rated_at) == (4, "solved", asking.clock.now())
    actor, fact = asking.facts(1, "SatisfactionGiven")[-1]
    said = asking.said(1)[-1]
    assert (actor, fact) == (
        "customer",
        {"message": said.id, "customer": ticket.customer_id, "score": 4, "before": None},
    )


async def test_a_press_counts_and_can_be_changed_within_a_day(asking: QuietDesk, grace: Caller) -> None:
    question = await surveyed(asking, grace)
    asking.press(ADA, question, 0, channel="people")
    asking.clock.forward(23 * HOUR)
    asking.press(ADA, question, 4, channel="people")
    assert asking.ticket(1).rating == 5
    assert [(fact["score"], fact["before"]) for _, fact in asking.facts(1, "SatisfactionGiven")] == [(1, None), (5, 1)]
    asking.clock.forward(2 * HOUR)
    asking.press(ADA, question, 0, channel="people")
    assert asking.ticket(1).rating == 5, "a day after the first answer it stands"
    assert asking.ticket(1).status == "solved"


async def test_the_same_press_again_is_nothing_new(asking: QuietDesk, grace: Caller) -> None:
    question = await surveyed(asking, grace)
    asking.press(ADA, question, 4, channel="people")
    asking.press(ADA, question, 4, channel="people")
    assert len(asking.facts(1, "SatisfactionGiven")) == 1


async def test_a_late_answer_counts_for_the_ticket_it_was_asked_about(asking: QuietDesk, grace: Caller) -> None:
    question = await surveyed(asking, grace)
    asking.clock.forward(8 * 24 * HOUR)
    asking.upkeep()
    asking.hear(ADA, "It broke again.", channel="people")
    asking.press(ADA, question, 1, channel="people")
    assert (asking.ticket(1).status, asking.ticket(1).rating) == ("closed", 2)
    assert (asking.ticket(2).status, asking.ticket(2).rating) == ("open", None)


async def test_words_that_are_no_rating_reopen_the_ticket_as_ever(asking: QuietDesk, grace: Caller) -> None:
    await surveyed(asking, grace)
    asking.hear(ADA, "Because it took five days", channel="people")
    assert (asking.ticket(1).status, asking.ticket(1).rating) == ("open", None)
    asking.hear(ADA, "5", channel="people")
    assert asking.ticket(1).rating is None, "a number is a rating only right below the question"


async def test_nobody_is_asked_twice_about_a_ticket_nor_twice_within_a_day(asking: QuietDesk, grace: Caller) -> None:
    await surveyed(asking, grace)
    asking.hear(ADA, "Wait, it is not", channel="people")
    solve(asking, grace, 1)
    asking.hear(ADA, "Something else", channel="try")
    solve(asking, grace, 2)
    assert len(asking.facts(1, "SatisfactionAsked") + asking.facts(2, "SatisfactionAsked")) == 1
    asking.clock.forward(25 * HOUR)
    asking.hear(ADA, "A third thing", channel="try")
    solve(asking, grace, 2)
    assert len(asking.facts(2, "SatisfactionAsked")) == 1


async def test_who_helped_themselves_is_not_asked(asking: QuietDesk) -> None:
    asking.hear(ADA, "When will my parcel arrive?")
    asking.answer()
    await asking.deliver()
    asking.press(ADA, asking.said(1)[-1].id, 0)
    assert (asking.ticket(1).status, asking.ticket(1).survey_id) == ("solved", None)


def test_a_channel_that_is_not_set_to_asks_nobody(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear(ADA, "It is broken.", channel="people")
    solve(quiet, grace, 1)
    assert quiet.ticket(1).survey_id is None


@pytest.fixture
def asking_mail(quiet_mail: QuietDesk) -> QuietDesk:
    """Mailboxes that ask."""
    ways = {name: replace(way, survey=SURVEY) for name, way in quiet_mail.policies.ways.items()}
    quiet_mail.policies = replace(quiet_mail.policies, ways=ways)
    return quiet_mail


async def asked_by_mail(desk: QuietDesk, post: Postman, grace: Caller) -> list[Outbound]:
    """Ada's mail was answered and her ticket solved; what left."""
    ticket = post.bring("ada")
    desk.do(actions.reply, desk.policies, grace, ticket.id, "It is on its way.")
    solve(desk, grace, ticket.id)
    return await post.sent()


async def test_by_mail_a_bare_number_above_what_it_quotes_is_the_answer(asking_mail: QuietDesk, post: Postman) -> None:
    grace = asking_mail.hire("Grace")
    question = (await asked_by_mail(asking_mail, post, grace))[-1]
    assert (question.author, question.choices) == ("assistant", FACES)
    text = "5\n\nOn Sat, the desk wrote:\n> How did we do?"
    answer = post.bring("ada", text, references=(question.external_id,), folds=(Fold(1, len(text), "quote"),))
    assert (answer.rating, answer.status) == (5, "solved")


async def test_somebody_in_copy_rates_nothing(asking_mail: QuietDesk, post: Postman) -> None:
    grace = asking_mail.hire("Grace")
    ticket = post.bring("ada", others=(colleague("bob"),))
    asking_mail.do(actions.reply, asking_mail.policies, grace, ticket.id, "It is on its way.")
    solve(asking_mail, grace, ticket.id)
    question = (await post.sent())[-1]
    answer = post.bring("bob", "5", references=(question.external_id,))
    assert (answer.id, answer.rating, answer.status) == (ticket.id, None, "open")


def test_a_ticket_that_a_robot_began_asks_nobody(asking_mail: QuietDesk, post: Postman) -> None:
    ticket = post.bring("monitor", automatic="it says so itself")
    solve(asking_mail, asking_mail.hire("Grace"), ticket.id)
    assert post.happened("SatisfactionAsked") == []


def test_an_address_that_gets_nothing_automatic_is_not_asked_and_the_history_says_why(
    asking_mail: QuietDesk, post: Postman
) -> None:
    ticket = post.bring("ada")
    struck = {"kind": "email", "address": "ada@example.test", "reason": "it came back", "suppressed_at": 0}
    asking_mail.do(lambda tx: tx.run(queries.SUPPRESS, **struck))
    solve(asking_mail, asking_mail.hire("Grace"), ticket.id)
    assert post.happened("SatisfactionAsked") == []
    assert "it came back" in post.happened("AutomaticWithheld")[-1]["reason"]


async def test_who_takes_the_reply_back_takes_the_question_back(asking_mail: QuietDesk, post: Postman) -> None:
    grace = asking_mail.hire("Grace")
    ticket = post.bring("ada")
    reply = asking_mail.do(actions.reply, asking_mail.policies, grace, ticket.id, "Done.")
    solve(asking_mail, grace, ticket.id)
    asking_mail.do(actions.take_back, asking_mail.policies, grace, reply.id)
    assert [message.author for message in await post.sent()] == ["assistant"], "it was acknowledged, and that is all"
    solve(asking_mail, grace, ticket.id)
    assert [message.text for message in await post.sent()] == [f"How did we do in ticket {ticket.id}?"]


async def test_who_reopens_at_once_takes_the_question_back(asking_mail: QuietDesk, post: Postman) -> None:
    grace = asking_mail.hire("Grace")
    ticket = post.bring("ada")
    solve(asking_mail, grace, ticket.id)
    asking_mail.do(actions.set_status, asking_mail.policies, grace, ticket.id, "open", None, "")
    assert [message.text for message in await post.sent()] == [f"We have it: ticket {ticket.id}."]
