"""What people approved becomes an article, or samples of one."""

from datetime import date

import pytest

from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.learned import Writing, new_article, with_samples
from contactcenter.model.values import Invalid

TODAY = date(2026, 11, 21)
CHEQUES = Writing(
    "cheques", "Do you take cheques?", ("Do you take cheques?", "Can I pay by cheque?"), "We do not: sorry."
)
ORDER = Article("order", "Where is my order?", "Look.", ("Is it here",), audience="agents")


def refuse(key: str, reason: str) -> Invalid:
    return Invalid(reason, key)


def test_a_new_article_has_its_title_once_and_the_day_it_was_approved() -> None:
    article = new_article(CHEQUES, TODAY, refuse)
    assert (article.slug, article.title, article.text) == ("cheques", "Do you take cheques?", "We do not: sorry.")
    assert (article.questions, article.checked) == (("Can I pay by cheque?",), TODAY)


def test_a_sample_is_added_once_and_all_else_of_the_article_stays() -> None:
    samples = ("Was it sent?: no", "is it HERE?", "where is my order")
    once = with_samples(ORDER, samples, refuse)
    assert once.questions == ("Is it here", "Was it sent?: no")
    assert with_samples(once, samples, refuse) == once
    assert (once.audience, once.text, once.checked) == ("agents", "Look.", None)


def test_what_cannot_be_read_again_is_refused() -> None:
    with pytest.raises(Invalid, match="characters"):
        with_samples(ORDER, tuple(f"{number} {'x' * 490}" for number in range(199)), refuse)
