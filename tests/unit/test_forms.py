"""Data that articles ask for: how they are written down, found in what is typed, and put into an answer."""

import pytest

from contactcenter.knowledge.articles import Article, ArticleError
from contactcenter.knowledge.forms import Ask, fill, mail_in, read_asks, take, take_ahead
from contactcenter.knowledge.front import read_article
from tests.growth import grows_little

HEAD = "---\ntitle: A\n{}\n---\nText"


def article(head: str) -> Article:
    return read_article("a", HEAD.format(head), "a.md")


def test_an_article_says_what_it_asks_for_and_what_is_done_with_it() -> None:
    read = article(
        'asks: [{name: order, kind: order_number}, {name: pin, pattern: "[0-9]{4}", secret: true, question: "PIN?"}]\n'
        'lookup: {tool: orders, answer: "Order {order} is {state}."}'
    )
    assert [(ask.name, ask.kind, ask.secret) for ask in read.asks] == [
        ("order", "order_number", False), ("pin", "text", True),
    ]  # fmt: skip
    assert read.lookup is not None
    assert read.lookup.tool == "orders"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("asks: order", "asks must be a list"),
        ("asks: [order]", "each of asks has name"),
        ("asks: [{name: order, tpye: x}]", "each of asks has name"),
        ("asks: [{name: Order!}]", "asks has the name 'Order!'"),
        ("asks: [{name: order, kind: colour}]", "can be text, number"),
        ("asks: [{name: order, secret: perhaps}]", "secret is true or false"),
        ("asks: [{name: a}, {name: a}]", "names one datum twice"),
        ('asks: [{name: a, pattern: "(a+)+b"}]', "could take long"),
        ('asks: [{name: a, pattern: "a*a*a*a*b"}]', "could take long"),
        ('asks: [{name: a, pattern: "(?=a)b"}]', "could take long"),
        ('asks: [{name: a, pattern: "[a"}]', "no regular expression"),
        ("asks: [{name: a, pattern: 7}]", "pattern must be a text"),
        ("lookup: {tool: orders, answer: x}", "nothing to look up by"),
        ("asks: [{name: a}]\nlookup: orders", "lookup must have tool and answer"),
        ("asks: [{name: a}]\nlookup: {tool: orders, answer: 7}", "lookup must have tool and answer"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_reason(head: str, told: str) -> None:
    with pytest.raises(ArticleError) as refused:
        article(head)
    assert str(refused.value).startswith("a.md:")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("order_number", "It is 4711.", "4711"),
        ("order_number", "#AB-4711/2", "AB-4711/2"),
        ("order_number", "I do not know", ""),
        ("email", "write to <ada@example.test>, please", "ada@example.test"),
        ("email", "ada@example", ""),
        ("email", "@", ""),
        ("phone", "call +49 (30) 123-456 78", "+49 (30) 123-456 78"),
        ("phone", "12", ""),
        ("date", "on 3.11.2026", "2026-11-03"),
        ("date", "2026-11-30", "2026-11-30"),
        ("date", "31.2.2026", ""),
        ("number", "7.50 EUR", "7.50"),
        ("text", "  a \n b ", "a b"),
        ("text", " ", ""),
    ],
)
def test_a_datum_is_found_in_what_was_typed(kind: str, text: str, value: str) -> None:
    assert take(Ask("it", kind), text) == value


def test_a_pattern_of_its_own_goes_before_the_kind() -> None:
    (ask,) = read_asks([{"name": "pin", "pattern": "[0-9]{4}", "secret": True}])
    assert take(ask, "my pin is 1234!") == "1234"
    assert take(ask, "12345") == ""
    assert take_ahead(ask, "1234") == "", "a secret is never guessed out of a question"


def test_only_what_can_hardly_be_anything_else_is_taken_out_of_a_question() -> None:
    assert take_ahead(Ask("order", "order_number"), "Where is my order 4711?") == "4711"
    assert take_ahead(Ask("name"), "Where is my order?") == ""


def test_a_template_is_filled_in_once_and_only_when_nothing_is_missing() -> None:
    values = {"order": "{state}", "state": "sent"}
    assert fill("{order} is {state} {Not} {{", values) == "{state} is sent {Not} {{"
    assert fill("{order} by {when}", values) == ""


@pytest.mark.parametrize("text", ["a@" * 500_000, "@" * 1_000_000, "1" * 1_000_000, "a" * 1_000_000, "1 -" * 300_000])
@pytest.mark.parametrize("kind", ["order_number", "email", "phone", "date", "number", "text"])
def test_no_text_takes_long_to_find_a_datum_in(kind: str, text: str) -> None:
    grows_little(lambda part: take(Ask("it", kind), text[: len(text) // part]))
    grows_little(lambda part: mail_in(text[: len(text) // part]))
