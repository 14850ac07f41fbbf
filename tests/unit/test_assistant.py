"""When the assistant dares to answer, and what it says when it does not."""

import pytest

from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.replies import Answer, Handoff, Outcome, Phrase, Question, Reply

ORDER = Article("order", "Where is my order?", "Under Orders.", ("When will my parcel arrive?",))
RETURNS = Article("returns", "How do I return something?", "# Returns\n\nSend it back.")
REFUNDS = Article("refunds", "How do I refund a customer?", "Ask Sam.", audience="agents")


def ask(text: str, *articles: Article, told: tuple[str, ...] = (), precision: float = 0.7) -> Outcome:
    assistant = Assistant(articles or (ORDER, RETURNS, REFUNDS), precision, "http://desk.test")
    return assistant.answer(Question(1, 1, text, frozenset(told)))


def answer_of(outcome: Outcome) -> Answer:
    """The answer that is all of a reply."""
    assert isinstance(outcome, Reply)
    (part,) = outcome.parts
    assert isinstance(part, Answer)
    return part


def reason_of(outcome: Outcome) -> str:
    assert isinstance(outcome, Handoff)
    return outcome.reason


def test_a_question_of_an_article_is_answered_by_its_passage_and_names_it() -> None:
    answer = answer_of(ask("when will my PARCEL arrive"))
    assert answer.text == "Under Orders."
    assert (answer.source.article, answer.source.url) == ("order", "http://desk.test/help/order")
    assert answer.reasons[0].startswith("“Where is my order?” fits the question (9")
    assert answer.reasons[0].endswith("%; 50% are enough)")


@pytest.mark.parametrize("text", ["", "   ", "?!", "🫖", "x" * 8000])
def test_what_no_article_is_about_goes_to_people_and_is_said_in_words(text: str) -> None:
    assert reason_of(ask(text)) == "no article is about this"


def test_below_the_threshold_it_hands_over_and_says_how_far_below() -> None:
    reason = reason_of(ask("When will somebody tell me about the parcel of my neighbour?", precision=0.9))
    assert reason.startswith("no article fits well enough: “Where is my order?” comes nearest (")
    assert reason.endswith("% are needed)")


def test_with_no_articles_everything_goes_to_people() -> None:
    assistant = Assistant((), 0.7, "http://desk.test")
    assert reason_of(assistant.answer(Question(1, 1, "Where is my order?"))) == "no article is about this"


def test_a_higher_precision_answers_less() -> None:
    near = "when will the parcel arrive please"
    assert answer_of(ask(near, precision=0.05)).source.article == "order"
    assert isinstance(ask(near, precision=0.99), Handoff)


def test_two_articles_that_fit_alike_are_not_chosen_between() -> None:
    twin = Article("order-2", "Where is my order", "Elsewhere.", ORDER.questions)
    outcome = ask("Where is my order?", ORDER, twin)
    assert isinstance(outcome, Reply)
    (back,) = outcome.parts
    assert isinstance(back, Phrase)
    assert back.reason.startswith("two articles are too close to choose: ")
    assert [choice.text for choice in back.choices] == ["Where is my order?", "Where is my order"]


def test_what_was_told_already_is_not_told_again() -> None:
    reason = reason_of(ask("Where is my order?", told=("order",)))
    assert reason == "the article that fits was given already and did not settle it"


@pytest.mark.parametrize(
    "text",
    [
        "Can I talk to a person?",
        "please connect me with a real human",
        "I'd like to SPEAK\nto somebody",
        "human!",
        "agent",
        "Ich möchte mit einem Menschen sprechen, bitte einen Menschen zum Sprechen",
        "Kann ich mit einem Mitarbeiter reden? Mitarbeiter sprechen",
        "Where is my order? Let me talk to an agent.",
    ],
)
def test_whoever_asks_for_a_person_gets_one(text: str) -> None:
    assert reason_of(ask(text)) == "the customer asked for a person"


@pytest.mark.parametrize("text", ["The agent of my insurance called", "A person like you is rare", "humane"])
def test_speaking_of_people_is_not_asking_for_one(text: str) -> None:
    assert reason_of(ask(text)) != "the customer asked for a person"


def test_what_is_for_agents_is_suggested_to_them_and_never_told_to_a_customer() -> None:
    outcome = ask("How do I refund a customer?")
    assert isinstance(outcome, Handoff)
    assert outcome.suggestions[0].article.slug == "refunds"


def test_suggestions_come_best_first_each_article_once() -> None:
    found = Assistant((ORDER, RETURNS, REFUNDS), 0.7, "").suggest("How do I return something I ordered?")
    assert found[0].article.slug == "returns"
    assert len({item.article.slug for item in found}) == len(found) == 3
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
