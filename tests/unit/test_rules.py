"""Rules: in their order, pure, and with what each of them said."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.routing.demands import Needs, NeedStep, fault_of, kept, routing_needs
from contactcenter.routing.rules import TEXT_LIMIT, Facts, Rule, When, applied, holds, phrase, spoken, tag_of

MAIL = Facts(
    channel="mail",
    kind="email",
    queue="support",
    subject="Frage zur Rechnung 4711",
    text="Guten Tag,\nich möchte mein Geld zurück.",
    domain="shop.ada.test",
    language="de-at",
    weekday="saturday",
    inside=False,
)
WORDS = st.text(string.ascii_letters + string.digits + "äß漢 .,-*", max_size=30)


def said(*texts: str) -> frozenset[str]:
    return frozenset(map(phrase, texts))


def of(*values: str) -> frozenset[str]:
    return frozenset(values)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(), True),
        (When(channel=of("mail", "chat")), True),
        (When(channel=of("chat")), False),
        (When(kind=of("email"), queue=of("support")), True),
        (When(kind=of("email"), queue=of("sales")), False),
        (When(subject=said("rechnung")), True),
        (When(subject=said("RECHNUNG 4711")), True),
        (When(subject=said("rech")), False),
        (When(subject=said("rech*")), True),
        (When(subject=said("*nung")), True),
        (When(subject=said("geld")), False),
        (When(text=said("geld", "gold")), True),
        (When(text=said("tag ich")), True),  # words one after the other, whatever stands between them
        (When(text=said("rechnung")), False),
        (When(words=said("rechnung")), True),
        (When(words=said("GELD")), True),
        (When(from_domain=of("ada.test")), True),
        (When(from_domain=of("da.test")), False),
        (When(language=of("de")), True),
        (When(language=of("fr", "de-at")), True),
        (When(language=of("de-ch")), False),
        (When(language=of("d")), False),
        (When(weekday=of("saturday", "sunday"), inside=False), True),
        (When(inside=True), False),
    ],
)
def test_a_condition_holds_for_any_of_its_values_and_all_conditions_must(when: When, expected: bool) -> None:
    assert holds(when, MAIL) is expected


def test_words_are_found_in_any_case_form_and_script() -> None:
    assert phrase("Straße") in spoken("IN DER STRASSE.")
    assert phrase("e\u0301clair") in spoken("Un \u00c9CLAIR?")
    assert phrase("*退款*") in spoken("我要退款吗")
    assert phrase(" ?! ") == ""


def test_the_first_word_on_queue_priority_and_needs_stands_and_tags_add_up() -> None:
    german = Rule("german", "They write German.", steps=(NeedStep(0, {"german": 3}),), tags=("german",))
    billing = Rule("billing", "It is about money.", queue="billing", priority="high", tags=("money", "german"))
    late = Rule("late", "Nobody is there.", queue="night", priority="low", steps=(NeedStep(0, {"night": 1}),))
    outcome = applied([german, billing, late], MAIL)
    assert (outcome.queue, outcome.priority, outcome.tags) == ("billing", "high", ("german", "money"))
    assert outcome.needs == Needs((NeedStep(0, {"german": 3}),))
    assert [match.told for match in outcome.matched] == [
        "german: They write German. (needs german 3; tags german)",
        "billing: It is about money. (queue billing; priority high; tags money)",
        "late: Nobody is there. (it set nothing that was not set before)",
    ]


def test_every_step_of_what_is_needed_is_told() -> None:
    steps = (NeedStep(0, {"german": 4, "billing": 2}), NeedStep(600, {"german": 2}), NeedStep(1800, {}, ("sales",)))
    [match] = applied([Rule("r", "Because.", steps=steps, wanted={"chess": 1})], MAIL).matched
    assert match.sets == (
        "needs german 4, billing 2", "after 600 s: german 2", "after 1800 s: no skill, or in sales", "wants chess 1",
    )  # fmt: skip


def test_nothing_after_a_rule_that_stops_is_asked() -> None:
    first, then = Rule("first", "It is enough.", queue="a", stop=True), Rule("then", "More.", tags=("b",))
    assert applied([first, then], MAIL).tags == ()
    assert applied([Rule("no", "Not this.", When(kind=of("telegram")), stop=True), then], MAIL).tags == ("b",)


RULES = st.lists(
    st.builds(
        Rule,
        name=st.sampled_from("abcdef"),
        why=st.just("So."),
        when=st.builds(
            When,
            kind=st.sampled_from([of(), of("email"), of("telegram")]),
            words=st.sampled_from([of(), said("geld"), said("gold")]),
            inside=st.sampled_from([None, True, False]),
        ),
        queue=st.sampled_from(["", "sales", "billing"]),
        priority=st.sampled_from(["", "high", "low"]),
        steps=st.sampled_from([(), (NeedStep(0, {"german": 2}),), (NeedStep(0, {"chess": 1}),)]),
        tags=st.lists(st.sampled_from(["x", "y", "z"]), unique=True).map(tuple),
        stop=st.booleans(),
    ),
    max_size=6,
)


@given(RULES)
def test_the_outcome_is_what_reading_the_rules_from_the_top_gives(rules: list[Rule]) -> None:
    asked: list[Rule] = []
    for rule in rules:
        if holds(rule.when, MAIL):
            asked.append(rule)
            if rule.stop:
                break
    outcome = applied(rules, MAIL)
    assert [match.rule for match in outcome.matched] == [rule.name for rule in asked]
    assert outcome.queue == next((rule.queue for rule in asked if rule.queue), "")
    assert outcome.priority == next((rule.priority for rule in asked if rule.priority), "")
    assert outcome.needs.steps == next((rule.steps for rule in asked if rule.steps), ())
    assert list(outcome.tags) == list(dict.fromkeys(tag for rule in asked for tag in rule.tags))


@given(RULES, RULES)
def test_a_rule_further_down_takes_nothing_away(rules: list[Rule], more: list[Rule]) -> None:
    before, after = applied(rules, MAIL), applied([*rules, *more], MAIL)
    assert after.matched[: len(before.matched)] == before.matched
    assert before.queue in ("", after.queue)
    assert set(before.tags) <= set(after.tags)


@given(WORDS, WORDS, WORDS)
def test_whoever_says_a_phrase_among_other_words_is_found(before: str, phrased: str, after: str) -> None:
    wanted = phrase(phrased)
    assert not wanted or wanted in spoken(f"{before} {phrased} {after}")


@given(st.text(max_size=60))
def test_no_text_of_a_customer_breaks_a_rule(text: str) -> None:
    facts = Facts("mail", "email", "support", text, text, text, "", "monday", inside=True)
    rule = Rule("r", "So.", When(words=said("geld*"), from_domain=of("ada.test")), queue="sales")
    assert applied([rule], facts).queue in ("", "sales")
    assert tag_of(text) == tag_of(tag_of(text) or text)


@pytest.mark.parametrize("unit", ["\u0301\u0323", "\ufdfa", "\u1100\u1161", "a\u0301", "\U0001d160", " ", "\u00ad"])
def test_a_text_made_to_be_slow_takes_no_time(unit: str) -> None:
    began = time.process_time()
    assert len(spoken("a" + unit * 1_000_000)) <= 2 * TEXT_LIMIT + 2
    assert time.process_time() - began < 0.2  # a run of marks, composed at once, takes more than that


@pytest.mark.parametrize(("text", "tag"), [("Refund", "refund"), (" to call ", "to-call"), ("größe_2", "größe_2"),
                                           ("a,b", ""), ("", ""), ("-a", ""), ("x" * 41, "")])  # fmt: skip
def test_a_tag_is_one_word_in_one_case(text: str, tag: str) -> None:
    assert tag_of(text) == tag


class Row:
    """A ticket's row, as far as this goes."""

    def __init__(self, needs: str) -> None:
        self.needs = needs


def test_needs_come_back_from_the_row_as_they_were_kept() -> None:
    needs = Needs((NeedStep(0, {"german": 3}), NeedStep(600, {}, ("sales", "support"))), {"chess": 1})
    assert routing_needs(Row(kept(needs))) == needs
    assert kept(Needs()) == ""
    assert routing_needs(Row("")) == Needs()
    assert [step.open_to("support") for step in needs.steps] == [("support",), ("support", "sales")]


@pytest.mark.parametrize(
    ("skills", "told"),
    [
        ({"german": 0}, "skill german cannot have level 0; levels are 1 (a beginner) to 5 (an expert)"),
        ({"english": 5, "german": 6}, "skill german cannot have level 6"),
        ({"Deutsch!": 3}, "'Deutsch!' is no name of a skill"),
        ({"x" * 41: 3}, "is no name of a skill"),
    ],
)
def test_a_level_that_is_none_is_told_by_the_name_of_its_skill(skills: dict[str, int], told: str) -> None:
    assert told in fault_of(skills)
    assert fault_of({"german": 1, "english": 5}) == ""
