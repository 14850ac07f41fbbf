"""Whatever is said in whatever order, by people or by other assistants: nothing is told twice, and every talk ends."""

import random

import msgspec
import pytest

from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.forms import Ask, Lookup
from contactcenter.knowledge.memory import Memory
from contactcenter.knowledge.phrases import BUILT_IN
from contactcenter.knowledge.replies import Answer, Handoff, LookUp, Outcome, Question, Reply, Silence, Writer
from contactcenter.model.values import NoRecord, Record

MOST = 12
ARTICLES = (
    Article("order", "Where is my order?", "Under Orders.\n\nOn Saturdays, too.", ("When will my parcel arrive?",)),
    Article("invoice", "Where is my invoice?", "Beside the order."),
    Article("bill", "Where is my invoices?", "In your mail."),
    Article("late", "My parcel is late", "We look.", asks=(Ask("order", "order_number"), Ask("mail", "email"))),
    Article("state", "The state of my order", "A moment.", asks=(Ask("order", "order_number"), Ask("pin", secret=True)),
            lookup=Lookup("orders", "{order} is {state}")),
    Article("inside", "Goodwill refunds", "Ask Sam.", audience="agents"),
)  # fmt: skip
SAID = (
    "Hello", "Hallo!", "thanks", "ok", "no", "yes", "bye", "👍", "never mind", "are you a bot?", "That does not help",
    "Where is my order?", "Where is my invoice", "And on Saturdays?", "My parcel is late", "The state of my order",
    "4711", "ada@example.test", "1", "2", "the second", "", "?!", "\u202e\0", "Goodwill refunds", "x" * 5000,
    "teapots?",
    "Where is my order? My parcel is late. The state of my order 4711?", "Where is my order? Teapots?",
    *(text for texts in BUILT_IN.values() for text in msgspec.structs.astuple(texts)),
)  # fmt: skip
PRESSED = (
    "",
    "",
    "",
    "",
    "not_helped",
    "cancel",
    "article:order",
    "article:bill",
    "article:inside",
    "article:gone",
    "x",
)
FOUND = (
    Record({"email": "ada@example.test"}, {"state": "sent"}), Record({}, {}), NoRecord("away"), NoRecord("none", True),
)  # fmt: skip


def answers(outcome: Outcome) -> list[str]:
    parts = outcome.parts if isinstance(outcome, Reply) else ()
    return [part.text for part in parts if isinstance(part, Answer)]


@pytest.mark.parametrize("seed", range(60))
def test_every_talk_ends_and_repeats_no_answer(seed: int) -> None:
    dice, memory, told, said, asked_back = random.Random(seed), Memory(), list[str](), 0, False
    assistant = Assistant(ARTICLES, 0.7, "http://desk.test", most=MOST)
    writer = dice.choice((Writer("email", "ada@example.test", alone=True), Writer()))
    for _ in range(100):
        text = dice.choice(SAID)
        question = Question(1, 1, text, memory=memory, chosen=dice.choice(PRESSED), writer=writer)
        outcome = assistant.answer(question)
        assert outcome == assistant.answer(question), "the same question comes to the same"
        if isinstance(outcome, LookUp):
            assert writer.kind, "no tool is asked for somebody unproven"
            outcome = assistant.looked_up(question, outcome, dice.choice(FOUND))
        told += answers(outcome)
        assert len(told) == len(set(told)), "no answer is told twice"
        assert "Ask Sam." not in told
        if isinstance(outcome, Reply):
            assert outcome.parts, "a reply says something"
            back = outcome.memory.last == "which"
            assert not (back and asked_back), "it does not ask back twice in a row"
            asked_back = back
            said += len(outcome.parts)
        if isinstance(outcome, Handoff) or (isinstance(outcome, Reply) and outcome.rest is not None):
            break
        assert isinstance(outcome, Reply | Silence)
        kept = msgspec.json.decode(msgspec.json.encode(outcome.memory), type=Memory)
        memory = msgspec.structs.replace(kept, said=said)
    assert said < MOST + 6, "and it says only so much"


def test_two_assistants_that_talk_to_each_other_stop() -> None:
    one, other = (Assistant(ARTICLES, 0.7, "http://desk.test", most=MOST) for _ in range(2))
    memories, text, turns = [Memory(), Memory()], "Hello", 0
    for turns in range(100):
        outcome = (one, other)[turns % 2].answer(Question(1, 1, text, memory=memories[turns % 2]))
        if not isinstance(outcome, Reply):
            break
        memories[turns % 2] = outcome.memory
        text = " ".join(part.text for part in outcome.parts)
    assert turns < 12
