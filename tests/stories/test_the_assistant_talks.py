"""A conversation with the assistant as a desk keeps it: in the store, on the history, and in order."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.channels.loopback import Loopback
from contactcenter.channels.protocol import Capabilities
from contactcenter.crm.queries import CLAIMS_OF
from contactcenter.flow import actions, assist, automatic, choices, erase, ledger, queries, talks
from contactcenter.flow.policies import Policies, QueuePolicy
from contactcenter.flow.views import read_choices, shown_ticket
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.forms import Ask, Lookup
from contactcenter.knowledge.replies import LookUp
from contactcenter.model.columns import SECOND, table
from contactcenter.model.history import ToolAsked
from contactcenter.model.tickets import Talk
from contactcenter.model.values import Choice, Record, Sender
from contactcenter.routing.hours import parse_hours
from tests.by_letters import ByLetters
from tests.desk import ARTICLE, OFFERED, ORDER, QuietDesk, asking_policies, opened_quiet_desk
from tests.letters import Postman

ADA, BOB = "ada@example.test", "bob@example.test"
QUESTION = "When will my parcel arrive?"
INVOICE = Article("invoice", "Where is my invoice?", "Beside the order.")
BILL = Article("bill", "Where is my invoices?", "In your mail.")
LATE = Article(
    "late", "My parcel is late", "We look for it.", asks=(Ask("order", "order_number"), Ask("mail", "email"))
)
STATE = Article(
    "state", "What is the state of my order?", "We can look.",
    asks=(Ask("order", "order_number"), Ask("pin", "number", "Your PIN?", secret=True)),
    lookup=Lookup("orders", "Order {order} is {state}."),
)  # fmt: skip
ARTICLES = [ARTICLE, INVOICE, BILL, LATE, STATE]
WEEKDAYS = parse_hours("UTC", {"monday": ["09:00-17:00"]})
ASK_MAIL = "You can leave your e-mail address."
NOT_HELPED = Choice("That does not help", choices.NOT_HELPED)


class Plain(Loopback):
    """Shows no buttons: choices are numbers."""

    capabilities = Capabilities(text_limit=4000, parses_at_once=True)


def policies(**queues: QueuePolicy) -> Policies:
    """A desk that offers all choices and asks for an address out of hours."""
    known = asking_policies()
    ways = {
        name: replace(way, choices=(OFFERED[0], NOT_HELPED, OFFERED[1]), ask_mail=ASK_MAIL)
        for name, way in known.ways.items()
    }
    plain = replace(ways["try"], channel=Plain("plain"))
    return replace(known, ways={**ways, "plain": plain}, queues={**known.queues, **queues})


@pytest.fixture
def talking(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    with opened_quiet_desk(empty_store, tmp_path, policies()) as desk:
        desk.assistant = Assistant(ARTICLES, 0.7, "http://desk.test", ByLetters())
        yield desk


async def says(desk: QuietDesk, text: str, channel: str = "try", who: str = ADA, found: Record | None = None) -> Any:
    """A customer writes and is answered, by a process that has just started; the last thing that was said."""
    desk.assistant = Assistant(desk.assistant.articles, 0.7, "http://desk.test", ByLetters())
    desk.hear(who, text, channel)
    desk.answer(found)
    while await desk.deliver():
        pass
    return desk.said(1)[-1]


def summary(desk: QuietDesk, ticket: int = 1) -> Any:
    return desk.do(shown_ticket, ticket, {}).summary


# --- small talk -------------------------------------------------------------------------------------------------------


async def test_a_greeting_is_answered_and_waits_for_the_question(talking: QuietDesk) -> None:
    said = await says(talking, "Hello!")
    assert (said.author, said.text, said.choices) == ("assistant", "Hello! How can I help you?", "")
    assert talking.ticket(1).status == "answered"
    assert [fact["kind"] for _, fact in talking.facts(1, "PhraseSaid")] == ["hello"]
    assert (await says(talking, QUESTION)).text == ORDER


async def test_thanks_solve_what_was_answered_and_no_loop_begins(talking: QuietDesk) -> None:
    await says(talking, QUESTION)
    assert (await says(talking, "Thank you!")).text == "You are welcome!"
    assert talking.ticket(1).status == "solved"
    for _ in range(5):
        assert (await says(talking, "Thank you!")).author == "customer"
        assert talking.ticket(1).status == "solved"
    assert len(talking.facts(1, "StayedSilent")) == 5


async def test_what_was_met_with_silence_is_no_part_of_the_next_question(talking: QuietDesk) -> None:
    await says(talking, QUESTION)
    await says(talking, "ok")
    talking.hear(ADA, "Hello?")
    (asked,) = talking.do(assist.begin, talking.policies, "quiet")
    assert asked.question.text == "Hello?"


async def test_a_question_after_that_takes_the_ticket_up_again(talking: QuietDesk) -> None:
    await says(talking, QUESTION)
    await says(talking, "Thank you!")
    await says(talking, "Do you sell teapots?")
    assert talking.ticket(1).status == "open"
    assert summary(talking).answered == ["Where is my order?"]


# --- questions back ---------------------------------------------------------------------------------------------------


async def test_a_question_back_is_answered_by_a_button(talking: QuietDesk) -> None:
    asked = await says(talking, "Where is my invoice")
    offered = [choice.text for choice in read_choices(asked.choices)]
    assert offered == ["Where is my invoice?", "Where is my invoices?", "Talk to a person"]
    assert [fact["articles"] for _, fact in talking.facts(1, "AskedBack")] == [["invoice", "bill"]]
    talking.press(ADA, asked.id, 1)
    talking.answer()
    assert talking.said(1)[-1].text == "In your mail."
    assert talking.facts(1, "AnswerGiven")[-1][1]["reasons"] == ["the customer chose “Where is my invoices?”"]


@pytest.mark.parametrize("words", ["2", "where is my  invoices?", "the second"])
async def test_without_buttons_its_number_or_its_words_do_the_same(talking: QuietDesk, words: str) -> None:
    await says(talking, "Where is my invoice", "plain")
    assert (await says(talking, words, "plain")).text == "In your mail."


async def test_a_person_can_be_asked_for_below_a_question_back(talking: QuietDesk) -> None:
    asked = await says(talking, "Where is my invoice")
    talking.press(ADA, asked.id, 2)
    assert talking.ticket(1).status == "open"
    assert [near.article for near in summary(talking).suggestions][:2] == ["invoice", "bill"]
    assert summary(talking).asked == ["Where is my invoice"]


async def test_a_choice_between_articles_that_people_have_answered_since_changes_nothing(talking: QuietDesk) -> None:
    asked = await says(talking, "Where is my invoice")
    talking.do(actions.reply, talking.policies, talking.hire("Grace"), 1, "I look.")
    talking.press(ADA, asked.id, 1)
    assert talking.answer() == []
    assert talking.ticket(1).status == "open", "and Grace reads it"


async def test_once_a_person_has_answered_the_assistant_is_silent_for_good(talking: QuietDesk) -> None:
    await says(talking, QUESTION)
    grace = talking.hire("Grace")
    talking.do(actions.reply, talking.policies, grace, 1, "It leaves today.")
    assert talking.ticket(1).assignee_id is None, "she only added something"
    await says(talking, "Where is my invoice?")
    assert (talking.ticket(1).status, talking.said(1)[-1].author) == ("open", "customer")


async def test_nor_does_it_speak_when_whoever_had_it_gave_it_back(talking: QuietDesk) -> None:
    await says(talking, QUESTION)
    grace = talking.hire("Grace")
    talking.do(actions.claim, talking.policies, grace, 1)
    talking.do(actions.transfer, talking.policies, grace, 1, "sales")
    await says(talking, "Where is my invoice?")
    assert (talking.ticket(1).status, talking.said(1)[-1].author) == ("open", "customer")


# --- not helped -------------------------------------------------------------------------------------------------------


async def test_that_does_not_help_leads_to_people_when_nothing_else_is_near(talking: QuietDesk) -> None:
    talking.assistant.learn([ARTICLE])
    answer = await says(talking, QUESTION)
    talking.press(ADA, answer.id, 1)
    talking.answer()
    assert (talking.ticket(1).status, talking.said(1)[-1].text) == ("open", "That does not help")
    assert talking.ticket(1).handoff == "the customer said that the answer did not help"


async def test_the_same_button_twice_is_one_word(talking: QuietDesk) -> None:
    answer = await says(talking, QUESTION)
    talking.press(ADA, answer.id, 1)
    talking.press(ADA, answer.id, 1)
    assert [message.text for message in talking.said(1)][2:] == ["That does not help"]
    assert len(talking.answer()) == 1


# --- data and tools ---------------------------------------------------------------------------------------------------


async def test_data_are_asked_for_step_by_step_and_go_to_people_with_the_ticket(talking: QuietDesk) -> None:
    asked = await says(talking, "My parcel is late")
    assert [message.text for message in talking.said(1)[1:]] == ["We look for it.", "What is your order number?"]
    assert [choice.does for choice in read_choices(asked.choices)] == ["cancel", "person"]
    assert (await says(talking, "4711")).text == "What is your e-mail address?"
    await says(talking, "ada.l@example.test, please")
    assert talking.ticket(1).status == "open"
    assert summary(talking).collected == {"order": "4711", "mail": "ada.l@example.test"}
    assert [fact["name"] for _, fact in talking.facts(1, "DataCollected")] == ["order", "mail"]
    claims = talking.rows(CLAIMS_OF, customer=talking.ticket(1).customer_id)
    assert [(claim.kind, claim.value) for claim in claims] == [("email", "ada.l@example.test")]


async def test_the_button_that_stops_it_stops_it(talking: QuietDesk) -> None:
    asked = await says(talking, "My parcel is late")
    talking.press(ADA, asked.id, 0)
    talking.answer()
    assert talking.said(1)[-1].text.startswith("All right")
    assert talking.do(talks.recall, 1).form is None
    talking.press(ADA, asked.id, 1)
    assert talking.ticket(1).status == "open", "the person is still there to be asked for"


async def test_what_a_tool_tells_of_somebody_is_told_to_them(talking: QuietDesk) -> None:
    await says(talking, "What is the state of my order 4711?")
    said = await says(talking, "1234", found=Record({"loopback": ADA}, {"state": "sent"}))
    assert said.text == "Order 4711 is sent."
    assert json.loads(said.source)["article"] == "state"
    assert [lookup.data for lookup in talking.looked_up] == [{"order": "4711", "pin": "1234"}]
    assert [fact["name"] for _, fact in talking.facts(1, "DataCollected")] == ["order", "pin"]
    kept = str(talking.rows(select(table(Talk))))
    assert "1234" not in kept
    assert "1234" not in str(talking.facts(1, "DataCollected", "HandedOff", "PhraseSaid", "AnswerGiven"))


async def test_what_is_of_somebody_else_goes_to_people_and_is_not_told(talking: QuietDesk) -> None:
    await says(talking, "What is the state of my order 4711?")
    said = await says(talking, "1234", found=Record({"loopback": BOB}, {"state": "sent"}))
    assert (said.author, talking.ticket(1).status) == ("customer", "open")
    assert summary(talking).collected == {"order": "4711", "pin": "(given)"}


async def test_the_tool_that_was_asked_is_on_the_history(talking: QuietDesk) -> None:
    await says(talking, "What is the state of my order 4711?")
    talking.hear(ADA, "1234")
    (asked,) = talking.do(assist.begin, talking.policies, "quiet")
    outcome = talking.assistant.answer(asked.question)
    assert isinstance(outcome, LookUp)
    told = talking.assistant.looked_up(asked.question, outcome, Record({"loopback": ADA}, {"state": "sent"}))
    fact = ToolAsked("orders", "state", "it found it")
    talking.do(assist.settle, talking.policies, asked, told, fact)
    assert talking.facts(1, "ToolAsked")[0][1] == {"tool": "orders", "article": "state", "outcome": "it found it"}


async def test_a_person_who_took_it_while_the_tool_was_asked_has_it_alone(talking: QuietDesk) -> None:
    await says(talking, "What is the state of my order 4711?")
    talking.hear(ADA, "1234")
    (asked,) = talking.do(assist.begin, talking.policies, "quiet")
    outcome = talking.assistant.answer(asked.question)
    assert isinstance(outcome, LookUp)
    talking.do(actions.claim, talking.policies, talking.hire("Grace"), 1)
    told = talking.assistant.looked_up(asked.question, outcome, Record({"loopback": ADA}, {"state": "sent"}))
    talking.do(assist.settle, talking.policies, asked, told)
    assert talking.said(1)[-1].text == "1234"
    assert talking.ticket(1).status == "open"


# --- handing over -----------------------------------------------------------------------------------------------------


async def test_people_are_told_what_was_asked_and_answered_and_what_is_near(talking: QuietDesk) -> None:
    await says(talking, QUESTION)
    await says(talking, "It is a present. Let me talk to a person!")
    told = summary(talking)
    assert told.asked == [QUESTION, "It is a present. Let me talk to a person!"]
    assert told.answered == ["Where is my order?"]
    assert [near.article for near in told.suggestions] == ["order-status", "late"]
    (_, fact), = talking.facts(1, "HandedOff")  # fmt: skip
    assert fact["summary"] == ["told: “Where is my order?”"]
    assert fact["suggestions"] == ["order-status", "late"]
    assert "present" not in str(fact), "nobody's words are on the history"


async def test_a_button_hands_over_with_the_same_summary(talking: QuietDesk) -> None:
    answer = await says(talking, QUESTION)
    talking.press(ADA, answer.id, 2)
    assert summary(talking).answered == ["Where is my order?"]
    assert summary(talking).suggestions[0].article == "order-status"


async def test_who_comes_when_nobody_is_there_is_asked_once_for_an_address_which_is_a_claim(
    empty_store: Path, tmp_path: Path
) -> None:
    closed = QueuePolicy("support", "Support", hours=WEEKDAYS, outside_hours="Away.")
    with opened_quiet_desk(empty_store, tmp_path, policies(support=closed)) as desk:
        said = await says(desk, "Do you sell teapots?")
        assert said.text.startswith("Away. We are back on Monday at 09:00 (UTC).")
        assert said.text.endswith(ASK_MAIL)
        desk.hear(ADA, "ada.l@example.test")
        desk.hear(ADA, "or ada.m@example.test")
        claims = desk.rows(CLAIMS_OF, customer=desk.ticket(1).customer_id)
        assert [(claim.kind, claim.value) for claim in claims] == [
            ("email", "ada.l@example.test"), ("email", "ada.m@example.test"),
        ]  # fmt: skip
        desk.do(automatic.acknowledge, desk.policies, desk.ticket(1))
        assert not desk.said(1)[-1].text.endswith(ASK_MAIL), "asked once"


async def test_who_is_forgotten_is_forgotten_in_what_was_remembered(talking: QuietDesk) -> None:
    await says(talking, "My parcel is late")
    await says(talking, "4711")
    assert "4711" in str(talking.rows(select(table(Talk))))
    talking.do(erase.erase_person, talking.ticket(1).customer_id, "agent:1")
    assert talking.rows(select(table(Talk))) == []


# --- too much ---------------------------------------------------------------------------------------------------------


def test_whoever_writes_without_end_is_read_ever_less_often_and_costs_no_more(talking: QuietDesk) -> None:
    dropped = read = 0
    for second in range(40):
        for number in range(5):
            talking.hear(ADA, f"{QUESTION} {second}.{number}")
        for asked in talking.do(assist.begin, talking.policies, "quiet"):
            read += 1
            assert len(asked.question.text) <= assist.QUESTION_LIMIT
            outcome = talking.assistant.answer(asked.question)
            talking.hear(ADA, "and another one")
            assert not isinstance(outcome, LookUp)
            talking.do(assist.settle, talking.policies, asked, outcome)
        talking.clock.forward(1)
        dropped = len(talking.facts(1, "AnswerDropped"))
    assert dropped == read
    assert read < 20
    assert len(talking.rows(queries.UNANSWERED, ticket=1)) == 20
    talking.clock.forward(10)
    talking.answer()
    assert talking.ticket(1).status in ("answered", "open"), "and in the end it is answered"


async def test_an_endless_conversation_ends_with_people(talking: QuietDesk) -> None:
    talking.assistant = Assistant(ARTICLES, 0.7, "", ByLetters(), most=4)
    for number in range(12):
        talking.hear(ADA, "Hello" if number % 2 else "Thanks")
        talking.answer()
    assert talking.ticket(1).status == "open"
    assert [message.author for message in talking.said(1)].count("assistant") <= 4


def test_a_worker_that_died_while_it_thought_loses_nothing(talking: QuietDesk) -> None:
    talking.hear(ADA, "My parcel is late")
    talking.do(assist.begin, talking.policies, "dead")
    assert talking.answer() == []
    (row,) = [row for row in talking.do(ledger.questions.taken_by_dead) if row.ticket_id == 1]
    talking.do(ledger.questions.release, row.id, row.attempts, talking.clock.now())
    talking.clock.at += SECOND
    assert len(talking.answer()) == 1
    assert talking.do(talks.recall, 1).form is not None


def test_a_claim_that_its_living_worker_does_not_know_is_read_again(talking: QuietDesk) -> None:
    """The store was away while it was written down, or settled; what is in hand is left alone."""
    talking.hear(ADA, QUESTION)
    ((row, _), ) = [(asked.row, asked) for asked in talking.do(assist.begin, talking.policies, "alive")]  # fmt: skip
    nothing: frozenset[int] = frozenset()
    assert talking.do(assist.forgotten, "alive", {row}, nothing) == nothing
    unknown = talking.do(assist.forgotten, "alive", nothing, nothing)
    assert unknown == {row}
    assert talking.answer() == [], "at the first heartbeat it may just have been claimed"
    talking.do(assist.forgotten, "alive", nothing, unknown)
    assert len(talking.answer()) == 1


# --- who wrote --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "proven", "alone"),
    [
        ({"proof": "dmarc"}, True, True),
        ({}, False, False),
        ({"proof": "dmarc", "reply_to": "mallory@example.test"}, True, False),
        ({"proof": "dmarc", "reply_to": "Ada@example.test"}, True, True),
        ({"proof": "dmarc", "others": (Sender("email", "bob@example.test", "Bob"),)}, True, False),
    ],
)
def test_a_mail_proves_its_writer_by_itself_and_is_answered_to_them_alone(
    quiet_mail: QuietDesk, post: Postman, letter: dict[str, Any], proven: bool, alone: bool
) -> None:
    post.bring("ada", "What is the state of my order?", to="robot", **letter)
    (asked,) = quiet_mail.do(assist.begin, quiet_mail.policies, "quiet")
    writer = asked.question.writer
    assert (bool(writer.kind), writer.address) == (proven, ADA if proven else "")
    assert writer.alone is alone


def test_one_unproven_mail_among_others_proves_nothing(quiet_mail: QuietDesk, post: Postman) -> None:
    post.bring("ada", "What is the state of my order?", to="robot", proof="dmarc", id="1@ada.test")
    post.bring("ada", "4711", to="robot", id="2@ada.test", references=("1@ada.test",), thread=("1@ada.test",))
    (asked,) = quiet_mail.do(assist.begin, quiet_mail.policies, "quiet")
    assert asked.question.text == "What is the state of my order?\n4711"
    assert asked.question.writer.kind == ""


def test_two_questions_by_mail_are_one_mail_with_both_sources(quiet_mail: QuietDesk, post: Postman) -> None:
    quiet_mail.assistant.learn([ARTICLE, INVOICE])
    post.bring("ada", f"{QUESTION} Where is my invoice?", to="robot")
    quiet_mail.answer()
    (said,) = [message for message in post.messages() if message.direction == "outbound"]
    assert said.text.startswith(f"{ORDER}\n\nSource: Where is my order?\nhttp://desk.test/help/order-status\n\nBeside")
    assert json.loads(said.source)["article"] == "invoice"
    assert len(quiet_mail.facts(1, "AnswerGiven")) == 2
