"""The help centre's shelf finds what is asked for, shows agents' articles to nobody, and takes any question."""

import time

from hypothesis import given
from hypothesis import strategies as st

from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.shelf import PLACES_LIMIT, Page, Shelf, related
from contactcenter.web.paced import Paced


def shelf(*articles: Article) -> Shelf:
    made = Shelf()
    made.fill(1, [Page(article, number, 0) for number, article in enumerate(articles, 1)])
    return made


def found(of: Shelf, text: str) -> list[str]:
    return [page.article.slug for page in of.search(text)]


KNOWN = shelf(
    Article("orders", "Where is my order?", "Look under Orders. A parcel takes two days.", ("When will it come?",)),
    Article("returns", "How do I send it back?", "Use the label in the parcel.", ("Can I return an order?",)),
    Article("größe", "Welche Größe passt?", "Miss deinen Fuß.", language="de"),
    Article("refunds", "Refunds of orders", "Up to fifty.", audience="agents"),
)


def test_a_word_of_the_title_weighs_more_than_one_of_the_text() -> None:
    assert found(KNOWN, "order") == ["orders", "returns"]
    assert found(KNOWN, "my parcel") == ["orders", "returns"]
    assert found(KNOWN, "label") == ["returns"]


def test_a_word_is_found_by_how_it_begins_and_in_any_case() -> None:
    assert found(KNOWN, "GRÖ") == ["größe"]
    assert found(KNOWN, "ret") == ["returns"]
    assert found(KNOWN, "re") == [], "two letters are a word or nothing"


def test_what_is_only_for_agents_is_not_found() -> None:
    assert found(KNOWN, "refunds fifty") == []
    assert [page.article.slug for page in KNOWN.public()] == ["returns", "größe", "orders"]


@given(st.text(max_size=400))
def test_any_question_is_answered(text: str) -> None:
    assert len(found(KNOWN, text)) <= 3


def test_a_question_of_common_words_looks_at_so_much_and_no_more() -> None:
    many = shelf(*(Article(f"a{n}", f"Word{n} and and", "the the " * 50 + f"word{n}") for n in range(3_000)))
    began = time.process_time()
    assert many.search("the and word wor wo " * 50)
    assert time.process_time() - began < 1
    assert PLACES_LIMIT < 3_000 * 12


def test_articles_are_related_by_words_that_few_have() -> None:
    others = (Article(f"o{n}", f"Where is thing{n}?", "Text") for n in range(8))
    of = shelf(
        Article("a", "Where is my teapot?", "T"), Article("b", "Is the teapot iron?", "T"),
        Article("c", "Ist die teapot gut?", "T", language="de"), *others,
    )  # fmt: skip
    page = of.contents.pages["a"]
    assert [other.article.slug for other in related(of, page, 4)] == ["b"]


def test_a_summary_is_how_an_article_begins() -> None:
    assert Page(Article("a", "A", "# Head\n\nIt *begins* so.\n\nMore."), 1, 0).summary == "It begins so."
    assert len(Page(Article("a", "A", "word " * 100_000), 1, 0).summary) <= 1_000


def test_one_address_and_all_together_may_only_so_often() -> None:
    now = [0.0]
    paced = Paced(each=2, together=5, clock=lambda: now[0])
    assert [paced.may("ada") for _ in range(3)] == [True, True, False]
    assert [paced.may(f"b{n}") for n in range(4)] == [True, True, True, False]
    now[0] = 601
    assert paced.may("ada")
