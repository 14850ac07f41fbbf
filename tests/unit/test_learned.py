"""What people approved is written into the folder, whole or not at all."""

from datetime import date
from pathlib import Path

import pytest

from contactcenter.knowledge.articles import ArticleError, load_folder
from contactcenter.knowledge.learned import Writing, write_into
from contactcenter.model.values import Conflict, NotFound

TODAY = date(2026, 11, 21)
CHEQUES = Writing(
    "cheques", "Do you take cheques?", ("Do you take cheques?", "Can I pay by cheque?"), "We do not: sorry."
)
ORDER = "---\n# ours\ntitle: 'Where is my order?'\naudience: agents\nquestions: [Is it here]\n---\n# Orders\n\nLook.\n"


def test_a_new_article_has_its_title_once_and_the_day_it_was_approved(tmp_path: Path) -> None:
    write_into(tmp_path, CHEQUES, TODAY)
    [article] = load_folder(tmp_path)
    assert (article.slug, article.title, article.text) == ("cheques", "Do you take cheques?", "We do not: sorry.")
    assert (article.questions, article.checked) == (("Can I pay by cheque?",), TODAY)
    with pytest.raises(Conflict, match="there is an article cheques already"):
        write_into(tmp_path, CHEQUES, TODAY)


def test_a_sample_is_added_and_all_else_of_the_article_stays(tmp_path: Path) -> None:
    file = tmp_path / "more" / "order.md"
    file.parent.mkdir()
    file.write_text(ORDER, encoding="utf-8")
    for _ in range(2):
        write_into(tmp_path, Writing("order", "", ("Was it sent?: no", "is it HERE?", "where is my order")), TODAY)
    [article] = load_folder(tmp_path)
    assert article.questions == ("Is it here", "Was it sent?: no")
    assert (article.audience, article.text, article.checked) == ("agents", "# Orders\n\nLook.", None)
    assert [path.name for path in file.parent.iterdir()] == ["order.md"]


def test_an_article_that_is_gone_or_broken_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no article order any more"):
        write_into(tmp_path, Writing("order", "", ("Was it sent?",)), TODAY)
    (tmp_path / "order.md").write_text("no front matter", encoding="utf-8")
    with pytest.raises(ArticleError, match=r"order.md: does not begin with front matter"):
        write_into(tmp_path, Writing("order", "", ("Was it sent?",)), TODAY)
    assert (tmp_path / "order.md").read_text(encoding="utf-8") == "no front matter"
